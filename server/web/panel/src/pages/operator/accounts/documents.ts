/** What the operators' page of accounts asks for and does. */

import { graphql, type ResultOf } from '~/graphql';

export const AccountsQuery = graphql(`
  query OperatorAccounts(
    $filter: AccountFilter, $orderBy: AccountOrder, $first: Int, $after: String, $last: Int, $before: String
  ) {
    accounts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes {
        id name description status creditsLeft creditsHeldByQuota createdAt
        holder { id name email }
      }
    }
  }
`);

export const CreditsQuery = graphql(`
  query OperatorCredits($name: String!) {
    account(name: $name) { id name creditsLeft }
  }
`);

export const HoldersQuery = graphql(`
  query OperatorHolderChoice($search: String) {
    holders(filter: { search: $search }, first: 20) {
      nodes { id name email }
    }
  }
`);

export const CreateAccount = graphql(`
  mutation OperatorCreateAccount($input: CreateAccountInput!) {
    createAccount(input: $input) {
      account { id name status creditsLeft }
      userErrors { field code message retryAfter }
    }
  }
`);

export const SetStatus = graphql(`
  mutation OperatorSetStatus($input: UpdateAccountInput!) {
    updateAccount(input: $input) {
      account { id status creditsLeft }
      userErrors { field code message retryAfter }
    }
  }
`);

export const GrantCredits = graphql(`
  mutation OperatorGrantCredits($input: GrantCreditsInput!) {
    grantCredits(input: $input) {
      account { id creditsLeft }
      userErrors { field code message retryAfter }
    }
  }
`);

export const CorrectCredits = graphql(`
  mutation OperatorCorrectCredits($input: CorrectCreditsInput!) {
    correctCredits(input: $input) {
      account { id creditsLeft }
      userErrors { field code message retryAfter }
    }
  }
`);

export type Account = NonNullable<ResultOf<typeof AccountsQuery>['accounts']>['nodes'][number];
