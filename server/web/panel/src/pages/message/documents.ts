import { graphql, type ResultOf } from '~/graphql';

export const MessageDetails = graphql(`
  fragment MessageDetails on Message {
    id number userLogin sender receiver body coding messageClass parts credits tag
    createdAt deferredUntil heldUntil link sentAt status statusChangedAt waitReason
    ptt { code known description comment duration deliveryStatus final }
    events {
      id previousStatus status occurredAt
      ptt { code known description comment duration final }
    }
    callbackDeliveries {
      id kind state attempts nextTryAt createdAt endedAt url webhookId
      tries { triedAt address status latencyMs verdict }
    }
  }
`);

export const MessageQuery = graphql(
  `
    query Message($id: ID!) {
      message(id: $id) { ...MessageDetails account { id name timeZone } }
    }
  `,
  [MessageDetails],
);

export const MessageChanges = graphql(
  `
    subscription MessageChanges($account: String!, $id: ID!) {
      deliveryStatusChanged(account: $account, messageId: $id) {
        id
        cursor
        message { ...MessageDetails }
      }
    }
  `,
  [MessageDetails],
);

export type Message = ResultOf<typeof MessageDetails>;
export type MessageEvent = Message['events'][number];
export type CallbackDelivery = Message['callbackDeliveries'][number];
