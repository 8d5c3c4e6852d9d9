import { graphql, type ResultOf } from '~/graphql';

export const AuditQuery = graphql(`
  query Audit(
    $account: String!
    $filter: AuditEntryFilter
    $direction: OrderDirection!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    account(name: $account) {
      id
      auditEntries(
        filter: $filter
        direction: $direction
        first: $first
        after: $after
        last: $last
        before: $before
      ) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id cursor action subject causedBy occurredAt changes { field old new } }
      }
    }
  }
`);

export type Entry = NonNullable<ResultOf<typeof AuditQuery>['account']>['auditEntries']['nodes'][number];
export type Change = Entry['changes'][number];
