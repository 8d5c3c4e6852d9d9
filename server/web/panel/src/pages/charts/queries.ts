import { graphql, type ResultOf } from '~/graphql';

export const ChartsQuery = graphql(`
  query Charts(
    $account: String!
    $from: DateTime!
    $to: DateTime!
    $by: StatisticsInterval!
    $timeZone: String!
  ) {
    account(name: $account) {
      id
      statistics(from: $from, to: $to, by: $by, timeZone: $timeZone) {
        start
        messages
        credits
        refunded
        delivered
        failed
        notBilled
        pending
      }
      deliveryTimes(from: $from, to: $to, by: $by, timeZone: $timeZone) {
        start
        delivered
        medianSeconds
        p95Seconds
      }
      statisticsByUser(from: $from, to: $to, first: 12) {
        login
        messages
        credits
        refunded
        delivered
        failed
        notBilled
      }
      pttShares(from: $from, to: $to) {
        ptt { code description }
        messages
        share
      }
    }
  }
`);

export type Charts = NonNullable<ResultOf<typeof ChartsQuery>['account']>;
export type Interval = 'HOUR' | 'DAY' | 'MONTH';
