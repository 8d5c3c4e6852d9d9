/** What the operators' page of holders asks for and does. */

import { graphql, type ResultOf } from '~/graphql';

export const HoldersQuery = graphql(`
  query OperatorHolders(
    $filter: HolderFilter, $orderBy: HolderOrder, $first: Int, $after: String, $last: Int, $before: String
  ) {
    holders(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id email name isOperator enabled createdAt }
    }
  }
`);

export const SessionsQuery = graphql(`
  query OperatorSessions($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Holder { sessions(first: 1) { totalCount } }
    }
  }
`);

export const CreateHolder = graphql(`
  mutation OperatorCreateHolder($input: CreateHolderInput!) {
    createHolder(input: $input) {
      generatedPassword
      holder { id email name }
      userErrors { field code message retryAfter }
    }
  }
`);

export const ResetPassword = graphql(`
  mutation OperatorResetPassword($input: ResetHolderPasswordInput!) {
    resetHolderPassword(input: $input) {
      generatedPassword
      holder { id email }
      userErrors { field code message retryAfter }
    }
  }
`);

export const SetEnabled = graphql(`
  mutation OperatorSetHolderEnabled($input: SetHolderEnabledInput!) {
    setHolderEnabled(input: $input) {
      holder { id enabled }
      userErrors { field code message retryAfter }
    }
  }
`);

export const EndSessions = graphql(`
  mutation OperatorEndSessions($input: RevokeSessionsInput!) {
    revokeSessions(input: $input) {
      revoked
      userErrors { field code message retryAfter }
    }
  }
`);

export type Holder = NonNullable<ResultOf<typeof HoldersQuery>['holders']>['nodes'][number];
