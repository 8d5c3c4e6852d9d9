/** What the pages of API users ask and change. */

import { graphql, type ResultOf } from '~/graphql';

export const UserFacts = graphql(`
  fragment UserFacts on User {
    id
    login
    enabled
    createdAt
    lastUsedAt
    endsAt
    quota { enabled left assigned }
    limit { enabled threshold channel email phoneNumber emailState phoneNumberState armed lastAlertAt }
    ipRestrictions
    callback { url stopUrl signingKeyId disabledAt disabledReason failingSince lastDelivery { id state createdAt } }
  }
`);

export type User = ResultOf<typeof UserFacts>;

export const UsersQuery = graphql(
  `
    query Users(
      $account: String!
      $filter: UserFilter
      $orderBy: UserOrder
      $from: DateTime!
      $to: DateTime!
      $first: Int
      $after: String
      $last: Int
      $before: String
    ) {
      users(account: $account, filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes {
          ...UserFacts
          statistics(from: $from, to: $to, by: DAY) { messages delivered failed notBilled }
        }
      }
    }
  `,
  [UserFacts],
);

export type UserRow = NonNullable<ResultOf<typeof UsersQuery>['users']>['nodes'][number];

export const UserIdsQuery = graphql(`
  query UserIds($account: String!, $filter: UserFilter, $after: String) {
    users(account: $account, filter: $filter, first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id }
    }
  }
`);

export const ChosenUsersQuery = graphql(`
  query ChosenUsers($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
      ... on User { login enabled quota { enabled left assigned } }
    }
  }
`);

export const AccountCreditsQuery = graphql(`
  query AccountCredits($account: String!) {
    account(name: $account) { id name creditsLeft }
  }
`);

export const QuotaQuery = graphql(`
  query UserQuota($account: String!, $login: String!) {
    account(name: $account) { id creditsLeft }
    user(account: $account, login: $login) { id quota { enabled left assigned } }
  }
`);

export const WaitingQuery = graphql(`
  query UserWaiting($account: String!, $login: String!) {
    messages(account: $account, filter: { login: $login, status: [CREATED] }, first: 1) { totalCount }
  }
`);

export const CreateUser = graphql(
  `
    mutation CreateUser($input: CreateUserInput!) {
      createUser(input: $input) {
        user { ...UserFacts }
        generatedPassword
        userErrors { field code message retryAfter }
      }
    }
  `,
  [UserFacts],
);

export const ChangeUserPassword = graphql(
  `
    mutation ChangeUserPassword($input: ChangeUserPasswordInput!) {
      changeUserPassword(input: $input) {
        user { ...UserFacts }
        generatedPassword
        userErrors { field code message retryAfter }
      }
    }
  `,
  [UserFacts],
);

export const SetUserEnabled = graphql(`
  mutation SetUserEnabled($input: SetUserEnabledInput!) {
    setUserEnabled(input: $input) {
      user { id enabled quota { enabled left assigned } }
      userErrors { field code message retryAfter }
    }
  }
`);

export const DeleteUser = graphql(`
  mutation DeleteUser($input: DeleteUserInput!) {
    deleteUser(input: $input) {
      account { id creditsLeft }
      deletedUserId
      userErrors { field code message retryAfter }
    }
  }
`);

export const SetUserQuota = graphql(`
  mutation SetUserQuota($input: SetUserQuotaInput!) {
    setUserQuota(input: $input) {
      user { id quota { enabled left assigned } account { id creditsLeft } }
      userErrors { field code message retryAfter }
    }
  }
`);

export const AdjustUserQuota = graphql(`
  mutation AdjustUserQuota($input: AdjustUserQuotaInput!) {
    adjustUserQuota(input: $input) {
      user { id quota { enabled left assigned } account { id creditsLeft } }
      userErrors { field code message retryAfter }
    }
  }
`);

export const SetUserLimit = graphql(
  `
    mutation SetUserLimit($input: SetUserLimitInput!) {
      setUserLimit(input: $input) {
        user { ...UserFacts }
        userErrors { field code message retryAfter }
      }
    }
  `,
  [UserFacts],
);

export const SetUserIpRestrictions = graphql(
  `
    mutation SetUserIpRestrictions($input: SetUserIpRestrictionsInput!) {
      setUserIpRestrictions(input: $input) {
        user { ...UserFacts }
        userErrors { field code message retryAfter }
      }
    }
  `,
  [UserFacts],
);

export const SetUserCallback = graphql(
  `
    mutation SetUserCallback($input: SetUserCallbackInput!) {
      setUserCallback(input: $input) {
        user { ...UserFacts }
        userErrors { field code message retryAfter }
      }
    }
  `,
  [UserFacts],
);

export const CallbackCall = graphql(`
  fragment CallbackCall on CallbackDelivery {
    id
    kind
    state
    attempts
    nextTryAt
    createdAt
    endedAt
    url
    tries { triedAt address status latencyMs verdict }
  }
`);

export type Call = ResultOf<typeof CallbackCall>;

export const SendTestCallback = graphql(
  `
    mutation SendTestCallback($input: SendTestCallbackInput!) {
      sendTestCallback(input: $input) {
        delivery { ...CallbackCall }
        userErrors { field code message retryAfter }
      }
    }
  `,
  [CallbackCall],
);

export const CallQuery = graphql(
  `
    query Call($id: ID!) {
      node(id: $id) {
        __typename
        id
        ... on CallbackDelivery { ...CallbackCall }
      }
    }
  `,
  [CallbackCall],
);

export const MyAddressQuery = graphql(`
  query MyAddress {
    viewer { kind address }
  }
`);
