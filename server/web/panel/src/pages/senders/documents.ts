import { graphql, type ResultOf } from '~/graphql';

export const SendersQuery = graphql(`
  query Senders(
    $account: String!
    $filter: SenderFilter
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    account(name: $account) {
      id
      senders(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id name kind status comment createdAt statusChangedAt }
      }
    }
  }
`);

export type Sender = NonNullable<ResultOf<typeof SendersQuery>['account']>['senders']['nodes'][number];

export const DeclareSender = graphql(`
  mutation DeclareSender($input: CreateSenderInput!) {
    createSender(input: $input) {
      sender { id name status }
      userErrors { field code message retryAfter }
    }
  }
`);

export const DeleteSender = graphql(`
  mutation DeleteSender($input: DeleteSenderInput!) {
    deleteSender(input: $input) {
      deletedSenderId
      userErrors { field code message retryAfter }
    }
  }
`);
