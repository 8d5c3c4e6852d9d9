import { graphql, type ResultOf } from '~/graphql';

export const LedgerQuery = graphql(`
  query Ledger(
    $account: String!
    $filter: CreditEntryFilter
    $direction: OrderDirection!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    account(name: $account) {
      id
      name
      creditsLeft
      creditsHeldByQuota
      userQuantityWithQuota
      holder { id }
      creditEntries(
        filter: $filter
        direction: $direction
        first: $first
        after: $after
        last: $last
        before: $before
      ) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes {
          id
          sequence
          kind
          accountDelta
          accountBalance
          quotaDelta
          quotaBalance
          userLogin
          user { id login }
          message { id number receiver credits }
          causedBy
          reason
          occurredAt
        }
      }
    }
  }
`);

export type LedgerAccount = NonNullable<ResultOf<typeof LedgerQuery>['account']>;
export type Entry = LedgerAccount['creditEntries']['nodes'][number];
export type EntryKind = Entry['kind'];

/** The two ends of a period; each is asked for only where the reader has set it. */
export const BalancesQuery = graphql(`
  query LedgerBalances($account: String!, $from: DateTime!, $to: DateTime!, $hasFrom: Boolean!, $hasTo: Boolean!) {
    account(name: $account) {
      id
      atFrom: balanceAt(time: $from) @include(if: $hasFrom)
      atTo: balanceAt(time: $to) @include(if: $hasTo)
    }
  }
`);

export const LedgerChanges = graphql(`
  subscription LedgerChanges($account: String!) {
    creditsChanged(account: $account) { id cursor }
  }
`);

export const ProofQuery = graphql(`
  query LedgerProof($account: String!) {
    verifyLedger(account: $account) {
      intact
      entries
      totals { kind credits }
      breachSequence
      breach
    }
  }
`);

export const TargetsQuery = graphql(`
  query TransferTargets($text: String) {
    accounts(filter: { namePrefix: $text }, first: 50) {
      nodes { id name description creditsLeft holder { id } }
    }
  }
`);

export const Transfer = graphql(`
  mutation TransferCredits($input: TransferCreditsInput!) {
    transferCredits(input: $input) {
      source { id creditsLeft }
      target { id creditsLeft }
      userErrors { field code message retryAfter }
    }
  }
`);
