import { graphql, type ResultOf, type VariablesOf } from '~/graphql';

const AccountLimit = graphql(`
  fragment AccountLimit on Account {
    id
    name
    creditsLeft
    alertSender
    limit {
      enabled
      threshold
      channel
      email
      emailState
      phoneNumber
      phoneNumberState
      armed
      lastAlertAt
    }
  }
`);

export const LimitsQuery = graphql(
  `
    query Limits($account: String!, $first: Int, $after: String, $last: Int, $before: String) {
      account(name: $account) { ...AccountLimit }
      users(account: $account, filter: { hasLimit: true }, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes {
          id
          login
          limit { threshold channel email emailState phoneNumber phoneNumberState armed lastAlertAt }
        }
      }
    }
  `,
  [AccountLimit],
);

export type AccountWithLimit = NonNullable<ResultOf<typeof LimitsQuery>['account']>;
export type UserWithLimit = NonNullable<ResultOf<typeof LimitsQuery>['users']>['nodes'][number];

export const SetAccountLimit = graphql(
  `
    mutation SetAccountLimit($input: SetAccountLimitInput!) {
      setAccountLimit(input: $input) {
        account { ...AccountLimit }
        userErrors { field code message retryAfter }
      }
    }
  `,
  [AccountLimit],
);

export const AlertSendersQuery = graphql(`
  query AlertSenders($account: String!) {
    account(name: $account) {
      id
      senders(filter: { status: ENABLED }, first: 100) { nodes { id name } }
    }
  }
`);

export const SetAlertSender = graphql(`
  mutation SetAlertSender($account: String!, $alertSender: String) {
    updateAccount(input: { account: $account, alertSender: $alertSender }) {
      account { id alertSender }
      userErrors { field code message retryAfter }
    }
  }
`);

export const RaisedQuery = graphql(`
  query RaisedAlerts(
    $account: String!
    $filter: LimitAlertFilter
    $direction: OrderDirection!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    account(name: $account) {
      id
      limitAlerts(
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
          userLogin
          remaining
          threshold
          raisedAt
          notifications { channel recipient state failure attempts sentAt message { id } }
        }
      }
    }
  }
`);

export type Alert = NonNullable<ResultOf<typeof RaisedQuery>['account']>['limitAlerts']['nodes'][number];
export type Notification = Alert['notifications'][number];

export const AlertChanges = graphql(`
  subscription AlertChanges($account: String!) {
    limitReached(account: $account) { id cursor }
  }
`);

const AlertTexts = graphql(`
  fragment AlertTexts on Account {
    id
    name
    alertSender
    alertTemplates {
      mailSubject
      mailBody
      smsBody
      variables { name meaning }
    }
  }
`);

export const TextsQuery = graphql(
  `
    query AlertTemplates($account: String!) {
      account(name: $account) { ...AlertTexts }
    }
  `,
  [AlertTexts],
);

export type AccountWithTexts = NonNullable<ResultOf<typeof TextsQuery>['account']>;
export type Variable = AccountWithTexts['alertTemplates']['variables'][number];

export const SetTexts = graphql(
  `
    mutation SetAlertTemplates($input: SetAlertTemplatesInput!) {
      setAlertTemplates(input: $input) {
        account { ...AlertTexts }
        userErrors { field code message retryAfter }
      }
    }
  `,
  [AlertTexts],
);

/** Each text is tried by itself, so that what is wrong is said of the right one. */
export const PreviewQuery = graphql(`
  query AlertPreview(
    $account: String!
    $mailSubject: String!
    $mailBody: String!
    $smsBody: String!
    $values: AlertValuesInput!
  ) {
    account(name: $account) {
      id
      alertTemplates {
        mailSubject: preview(mailSubject: $mailSubject, values: $values) { mailSubject }
        mailBody: preview(mailBody: $mailBody, values: $values) { mailBody }
        smsBody: preview(smsBody: $smsBody, values: $values) { smsBody smsCoding smsParts }
      }
    }
  }
`);

export type Preview = NonNullable<ResultOf<typeof PreviewQuery>['account']>['alertTemplates'];
export type PreviewValues = VariablesOf<typeof PreviewQuery>['values'];
