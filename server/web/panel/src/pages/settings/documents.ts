import { graphql, type ResultOf, type VariablesOf } from '~/graphql';

const AccountSettings = graphql(`
  fragment AccountSettings on Account {
    id
    name
    description
    status
    timeZone
    stopClause
    stopLanguages
    stopWords
    stopWordsInForce
    keepsAdvertisingHours
    callbackUrl
    stopCallbackUrl
    createdAt
    callback {
      url
      stopUrl
      signingKeyId
      disabledAt
      disabledReason
      failingSince
      lastDelivery { id }
    }
  }
`);

export const SettingsQuery = graphql(
  `
    query Settings($account: String!) {
      account(name: $account) {
        ...AccountSettings
        holder { id name email }
      }
      stopLanguages { language words }
    }
  `,
  [AccountSettings],
);

export type Settings = NonNullable<ResultOf<typeof SettingsQuery>['account']>;
export type StopLanguages = ResultOf<typeof SettingsQuery>['stopLanguages'];
export type StopLanguage = Settings['stopLanguages'][number];

export const UpdateAccount = graphql(
  `
    mutation UpdateAccount($input: UpdateAccountInput!) {
      updateAccount(input: $input) {
        account { ...AccountSettings }
        userErrors { field code message retryAfter }
      }
    }
  `,
  [AccountSettings],
);

export type AccountChanges = Omit<VariablesOf<typeof UpdateAccount>['input'], 'account'>;
