/** What the page of samples asks, and how it sends a test. */

import { graphql } from '~/graphql';
import { MessageDetails } from '~/pages/message/documents';

export const SendWithQuery = graphql(`
  query SendWith($account: String!, $login: String!) {
    viewer { name address }
    account(name: $account) {
      id
      senders(filter: { status: ENABLED }, first: 100) { nodes { id name } }
    }
    user(account: $account, login: $login) { id login enabled ipRestrictions quota { enabled left } }
  }
`);

export const CreateTestToken = graphql(`
  mutation CreateTestToken($input: CreateAccessTokenInput!) {
    createAccessToken(input: $input) {
      accessToken { id }
      secret
      userErrors { field code message retryAfter }
    }
  }
`);

export const RevokeTestToken = graphql(`
  mutation RevokeTestToken($id: ID!) {
    revokeAccessToken(input: { id: $id }) {
      userErrors { code }
    }
  }
`);

export const SendTest = graphql(`
  mutation SendTest($input: SendMessageInput!) {
    sendMessage(input: $input) {
      receivers { code reason message { id events { id cursor } } }
      userErrors { field code message retryAfter }
    }
  }
`);

/** Each change of one message after the one that is known. */
export const TestChanges = graphql(
  `
    subscription TestChanges($account: String!, $id: ID!, $after: String) {
      deliveryStatusChanged(account: $account, messageId: $id, after: $after) {
        id
        cursor
        message { ...MessageDetails }
      }
    }
  `,
  [MessageDetails],
);
