import { graphql, type ResultOf } from '~/graphql';

export const ProfileQuery = graphql(`
  query Profile {
    viewer {
      name
      address
      scopes
      holder { id name email isOperator createdAt }
    }
  }
`);

export const UpdateProfile = graphql(`
  mutation UpdateProfile($input: UpdateProfileInput!) {
    updateProfile(input: $input) {
      holder { id name }
      userErrors { field code message retryAfter }
    }
  }
`);

export const ChangePassword = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      holder { id }
      userErrors { field code message retryAfter }
    }
  }
`);

export const SessionsQuery = graphql(`
  query Sessions($first: Int, $after: String, $last: Int, $before: String) {
    viewer {
      sessions(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id createdAt expiresAt lastUsedAt address userAgent current }
      }
    }
  }
`);

export type Session = NonNullable<ResultOf<typeof SessionsQuery>['viewer']>['sessions']['nodes'][number];

export const RevokeSession = graphql(`
  mutation RevokeSession($id: ID!) {
    revokeSession(input: { id: $id }) {
      revokedSessionId
      userErrors { field code message retryAfter }
    }
  }
`);

export const RevokeSessions = graphql(`
  mutation RevokeSessions {
    revokeSessions(input: { keepCurrent: true }) {
      revoked
      userErrors { field code message retryAfter }
    }
  }
`);

export const TokensQuery = graphql(`
  query Tokens($first: Int, $after: String, $last: Int, $before: String) {
    viewer {
      accessTokens(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes {
          id
          label
          scopes
          createdAt
          expiresAt
          lastUsedAt
          revokedAt
          accounts { id name }
          user { id login account { id name } }
        }
      }
    }
  }
`);

export type Token = NonNullable<ResultOf<typeof TokensQuery>['viewer']>['accessTokens']['nodes'][number];
export type Scope = Token['scopes'][number];

export const CreateToken = graphql(`
  mutation CreateToken($input: CreateAccessTokenInput!) {
    createAccessToken(input: $input) {
      accessToken { id label }
      secret
      userErrors { field code message retryAfter }
    }
  }
`);

export const RevokeToken = graphql(`
  mutation RevokeToken($id: ID!) {
    revokeAccessToken(input: { id: $id }) {
      accessToken { id revokedAt }
      userErrors { field code message retryAfter }
    }
  }
`);

export const MadeUsersQuery = graphql(`
  query MadeUsers($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on AccessToken {
        users(first: 20) { totalCount nodes { id login endsAt account { id name } } }
      }
    }
  }
`);

export const KeepUser = graphql(`
  mutation KeepUser($account: String!, $login: String!) {
    keepUser(input: { account: $account, login: $login }) {
      user { id endsAt }
      userErrors { field code message retryAfter }
    }
  }
`);

export const TokenAccountsQuery = graphql(`
  query TokenAccounts($text: String) {
    accounts(filter: { search: $text }, first: 20) {
      nodes { id name description }
    }
  }
`);
