// What a control panel made with Relay would ask: pages to scroll, things found again by id, lists kept up to date.
import { graphql } from 'react-relay';

export const users = graphql`
  fragment console_users on Account
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" })
  @refetchable(queryName: "consoleUsersPageQuery") {
    users(first: $count, after: $cursor) @connection(key: "console_users") {
      __id
      edges {
        node {
          ...console_user
        }
      }
    }
  }
`;

export const user = graphql`
  fragment console_user on User {
    login
    enabled
    lastUsedAt
    ipRestrictions
    quota { enabled left assigned }
    limit { enabled threshold channel email phoneNumber armed lastAlertAt }
    callback { url stopUrl }
  }
`;

export const messages = graphql`
  fragment console_messages on Query
  @argumentDefinitions(
    account: { type: "String!" }
    filter: { type: "MessageFilter" }
    count: { type: "Int", defaultValue: 50 }
    cursor: { type: "String" }
  )
  @refetchable(queryName: "consoleMessagesPageQuery") {
    messages(account: $account, filter: $filter, first: $count, after: $cursor)
      @connection(key: "console_messages", filters: ["account", "filter"]) {
      edges {
        node {
          ...console_message
        }
      }
    }
  }
`;

export const message = graphql`
  fragment console_message on Message {
    number
    receiver
    status
    ptt { code description }
    statusChangedAt
    user { login }
  }
`;

export const ledger = graphql`
  fragment console_ledger on Account
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  )
  @refetchable(queryName: "consoleLedgerPageQuery") {
    creditEntries(first: $first, after: $after, last: $last, before: $before)
      @connection(key: "console_creditEntries") {
      edges {
        node { kind accountDelta accountBalance occurredAt }
      }
    }
  }
`;

export const tokens = graphql`
  fragment console_tokens on Viewer
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" })
  @refetchable(queryName: "consoleTokensPageQuery") {
    accessTokens(first: $count, after: $cursor) @connection(key: "console_accessTokens") {
      edges {
        node { label scopes expiresAt revokedAt }
      }
    }
  }
`;

export const panel = graphql`
  query consolePanelQuery($account: String!, $filter: MessageFilter) {
    viewer { kind name ...console_tokens }
    account(name: $account) {
      name
      creditsLeft
      ...console_users
      ...console_ledger @arguments(first: 50)
    }
    ...console_messages @arguments(account: $account, filter: $filter)
  }
`;

export const found = graphql`
  query consoleFoundQuery($id: ID!) {
    node(id: $id) {
      __typename
      ...console_user @alias(as: "user")
      ...console_message @alias(as: "message")
    }
  }
`;

export const createUser = graphql`
  mutation consoleCreateUserMutation($input: CreateUserInput!, $connections: [ID!]!) {
    createUser(input: $input) {
      user @appendNode(connections: $connections, edgeTypeName: "UserEdge") {
        ...console_user
      }
      generatedPassword
      userErrors { field code message }
    }
  }
`;

export const deleteUser = graphql`
  mutation consoleDeleteUserMutation($input: DeleteUserInput!, $connections: [ID!]!) {
    deleteUser(input: $input) {
      deletedUserId @deleteEdge(connections: $connections)
      account { creditsLeft }
      userErrors { code message }
    }
  }
`;

export const deleteSender = graphql`
  mutation consoleDeleteSenderMutation($input: DeleteSenderInput!) {
    deleteSender(input: $input) {
      deletedSenderId @deleteRecord
      userErrors { code message }
    }
  }
`;

export const followed = graphql`
  subscription consoleFollowedSubscription($account: String!, $after: String) {
    deliveryStatusChanged(account: $account, after: $after) {
      cursor
      message { ...console_message }
    }
  }
`;
