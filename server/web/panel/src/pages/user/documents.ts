/** What the page of one API user asks and changes. */

import { graphql, type ResultOf } from '~/graphql';
import { UserFacts } from '~/pages/users/documents';

export const UserQuery = graphql(
  `
    query User($account: String!, $login: String!, $today: DateTime!, $week: DateTime!, $to: DateTime!) {
      account(name: $account) { id creditsLeft }
      user(account: $account, login: $login) {
        ...UserFacts
        today: statistics(from: $today, to: $to, by: DAY) { messages delivered failed notBilled }
        week: statistics(from: $week, to: $to, by: DAY) { messages delivered failed notBilled credits refunded }
        callbackDeliveries(first: 5) {
          nodes {
            id kind state attempts nextTryAt createdAt endedAt url
            message { id receiver }
            tries { triedAt status verdict latencyMs address }
          }
        }
        accessTokens(first: 100) { nodes { id label scopes createdAt expiresAt lastUsedAt revokedAt } }
        sessions(first: 50) { totalCount nodes { id createdAt expiresAt lastUsedAt address userAgent } }
      }
    }
  `,
  [UserFacts],
);

export type UserData = ResultOf<typeof UserQuery>;
export type UserOfPage = NonNullable<UserData['user']>;

export const KeepUser = graphql(`
  mutation KeepUser($input: KeepUserInput!) {
    keepUser(input: $input) {
      user { id endsAt }
      userErrors { field code message retryAfter }
    }
  }
`);

export const RotateKey = graphql(`
  mutation RotateCallbackKey($input: RotateCallbackKeyInput!) {
    rotateCallbackKey(input: $input) {
      callback { signingKeyId }
      signingSecret
      userErrors { field code message retryAfter }
    }
  }
`);

export const RequestConfirmation = graphql(`
  mutation RequestConfirmation($input: RequestConfirmationInput!) {
    requestConfirmation(input: $input) {
      contact { email phoneNumber state }
      userErrors { field code message retryAfter }
    }
  }
`);

export const ConfirmPhoneNumber = graphql(`
  mutation ConfirmPhoneNumber($input: ConfirmPhoneNumberInput!) {
    confirmPhoneNumber(input: $input) {
      contact { email phoneNumber state }
      userErrors { field code message retryAfter }
    }
  }
`);

export const RevokeUserToken = graphql(`
  mutation RevokeUserToken($id: ID!) {
    revokeAccessToken(input: { id: $id }) {
      accessToken { id revokedAt }
      userErrors { field code message retryAfter }
    }
  }
`);

export const RevokeUserSession = graphql(`
  mutation RevokeUserSession($id: ID!) {
    revokeSession(input: { id: $id }) {
      userErrors { field code message retryAfter }
    }
  }
`);

export const RevokeUserSessions = graphql(`
  mutation RevokeUserSessions($user: UserInput!) {
    revokeSessions(input: { user: $user }) {
      userErrors { field code message retryAfter }
    }
  }
`);
