import { graphql, type ResultOf, type VariablesOf } from '~/graphql';

export const SendingAccount = graphql(`
  query SendingAccount($name: String!) {
    account(name: $name) {
      id name creditsLeft timeZone stopClause keepsAdvertisingHours
      senders(filter: { status: ENABLED }, first: 100) {
        nodes { id name }
      }
    }
  }
`);

export const CreditsLeft = graphql(`
  query SendingCreditsLeft($name: String!) {
    account(name: $name) { id creditsLeft }
  }
`);

/** What a text would take, by some of its receivers. */
export const EstimateQuery = graphql(`
  query SendingEstimate($input: EstimateMessageInput!) {
    estimateMessage(input: $input) {
      body coding length parts forcedUnicode credits
      receivers { accepted code }
    }
  }
`);

/** What one batch would be and cost, and which of its receivers would be refused. */
export const CheckQuery = graphql(`
  query SendingCheck($input: EstimateMessageInput!) {
    estimateMessage(input: $input) {
      body parts credits
      receivers { accepted waitReason }
    }
  }
`);

export const SendBatch = graphql(`
  mutation SendBatch($input: SendMessageInput!, $single: Boolean!) {
    sendMessage(input: $input) {
      credits
      receivers {
        receiver accepted code reason
        message @include(if: $single) { id }
      }
      userErrors { field code message retryAfter }
    }
  }
`);

export type SendingAccountData = NonNullable<ResultOf<typeof SendingAccount>['account']>;
export type Estimate = NonNullable<ResultOf<typeof EstimateQuery>['estimateMessage']>;
export type MessageInput = Omit<VariablesOf<typeof EstimateQuery>['input'], 'receivers'>;
