import { graphql, type ResultOf } from '~/graphql';

export const BlacklistQuery = graphql(`
  query Blacklist(
    $account: String!
    $filter: BlacklistEntryFilter
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    account(name: $account) {
      id
      blacklist(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id number address since }
      }
    }
  }
`);

export type Entry = NonNullable<ResultOf<typeof BlacklistQuery>['account']>['blacklist']['nodes'][number];

export const AddToBlacklist = graphql(`
  mutation AddToBlacklist($input: AddToBlacklistInput!) {
    addToBlacklist(input: $input) {
      entry { id address }
      userErrors { field code message retryAfter }
    }
  }
`);

export const RemoveFromBlacklist = graphql(`
  mutation RemoveFromBlacklist($input: RemoveFromBlacklistInput!) {
    removeFromBlacklist(input: $input) {
      deletedEntryId
      userErrors { field code message retryAfter }
    }
  }
`);
