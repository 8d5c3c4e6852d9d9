import { graphql, type ResultOf, type VariablesOf } from '~/graphql';

export const CallbacksQuery = graphql(`
  query Callbacks(
    $account: String!, $filter: CallbackDeliveryFilter, $first: Int, $after: String, $last: Int, $before: String
  ) {
    account(name: $account) {
      id
      callbackDeliveries(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes {
          id kind state attempts nextTryAt createdAt endedAt url
          message { id number receiver userLogin }
        }
      }
    }
  }
`);

export const CallbackQuery = graphql(`
  query Callback($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on CallbackDelivery {
        kind state attempts nextTryAt createdAt endedAt url webhookId
        message { id number receiver }
        tries { triedAt address status latencyMs verdict }
      }
    }
  }
`);

export const MissedQuery = graphql(`
  query CallbacksMissed($account: String!, $filter: CallbackDeliveryFilter!) {
    account(name: $account) {
      id
      callbackDeliveries(filter: $filter, first: 1) { totalCount }
    }
  }
`);

export const ReplayCallbacks = graphql(`
  mutation ReplayCallbacks($input: ReplayCallbacksInput!) {
    replayCallbacks(input: $input) {
      replayed
      nextAfter
      userErrors { field code message retryAfter }
    }
  }
`);

export type Callback = NonNullable<
  ResultOf<typeof CallbacksQuery>['account']
>['callbackDeliveries']['nodes'][number];
export type CallbackFilter = NonNullable<VariablesOf<typeof CallbacksQuery>['filter']>;
export type ReplayInput = VariablesOf<typeof ReplayCallbacks>['input'];
export type ReplayAnswer = ResultOf<typeof ReplayCallbacks>;
