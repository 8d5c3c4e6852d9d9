import { graphql, type ResultOf } from '~/graphql';

export const IncomingQuery = graphql(`
  query Incoming(
    $account: String!
    $filter: IncomingMessageFilter
    $direction: OrderDirection!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    account(name: $account) {
      id
      incomingMessages(
        filter: $filter
        direction: $direction
        first: $first
        after: $after
        last: $last
        before: $before
      ) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id sender senderAddress receiver body asksToStop isStop receivedAt }
      }
    }
  }
`);

export type Incoming = NonNullable<ResultOf<typeof IncomingQuery>['account']>['incomingMessages']['nodes'][number];

export const IncomingChanges = graphql(`
  subscription IncomingChanges($account: String!) {
    incomingMessage(account: $account) { id cursor }
  }
`);
