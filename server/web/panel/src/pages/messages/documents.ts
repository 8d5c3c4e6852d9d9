/** What the pages of messages ask the server. */

import { graphql, type ResultOf, type VariablesOf } from '~/graphql';

export const MessageRow = graphql(`
  fragment MessageRow on Message {
    id number userLogin sender receiver body status statusChangedAt createdAt
    parts credits tag deferredUntil waitReason
    ptt { code description }
  }
`);

export const MessagesQuery = graphql(
  `
    query Messages($account: String!, $filter: MessageFilter, $first: Int, $after: String, $last: Int, $before: String) {
      messages(account: $account, filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { ...MessageRow }
      }
    }
  `,
  [MessageRow],
);

/** Where the log of deliveries stands, and how much the reader may ask for. */
export const LogEndQuery = graphql(`
  query MessagesLogEnd($account: String!) {
    deliveryEvents(account: $account, last: 1) {
      nodes { id cursor }
    }
    viewer { rateLimit { capacity } }
  }
`);

export const MessageEvents = graphql(
  `
    subscription MessageEvents($account: String!, $login: String, $after: String) {
      deliveryStatusChanged(account: $account, login: $login, after: $after) {
        id
        cursor
        message { ...MessageRow }
      }
    }
  `,
  [MessageRow],
);

export const CancelMessage = graphql(`
  mutation CancelMessage($id: ID!) {
    cancelMessage(input: { id: $id }) {
      message { id status statusChangedAt credits }
      userErrors { field code message retryAfter }
    }
  }
`);

export const ReplayMessage = graphql(`
  mutation ReplayMessageCallbacks($id: ID!, $deliveredToo: Boolean!) {
    replayCallbacks(input: { messageId: $id, deliveredToo: $deliveredToo }) {
      replayed
      userErrors { field code message retryAfter }
    }
  }
`);

export const PttCodesQuery = graphql(`
  query MessagesPttCodes {
    pttCodes { code description }
  }
`);

export type Message = ResultOf<typeof MessageRow>;
export type MessageFilter = NonNullable<VariablesOf<typeof MessagesQuery>['filter']>;
