import { graphql, type ResultOf } from '~/graphql';

export const OverviewQuery = graphql(`
  query Overview($account: String!, $from: DateTime!, $to: DateTime!, $timeZone: String!) {
    account(name: $account) {
      id
      name
      description
      status
      creditsLeft
      creditsHeldByQuota
      userQuantityWithQuota
      limit { enabled threshold }
      statistics(from: $from, to: $to, by: DAY, timeZone: $timeZone) {
        start
        messages
        credits
        refunded
        delivered
        failed
        notBilled
        pending
      }
      users(first: 1) { totalCount nodes { id login } }
      senders(first: 20) { nodes { id status } }
      messages(first: 6) {
        nodes { id receiver sender userLogin createdAt status body }
      }
      limitAlerts(first: 4) {
        nodes { id userLogin remaining threshold raisedAt }
      }
    }
  }
`);

export type Overview = NonNullable<ResultOf<typeof OverviewQuery>['account']>;
export type Day = Overview['statistics'][number];
