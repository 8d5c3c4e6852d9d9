/** The one way to the server: its public GraphQL API, with a normalised cache and the session's cookie. */

import { cacheExchange } from '@urql/exchange-graphcache';
import { Client, type CombinedError, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import type { introspection_types } from '~/graphql-env.d.ts';
import { Refreshing } from './refreshing';
import { Socket } from './socket';

export const ENDPOINT = '/graphql';

export interface Connection {
  client: Client;
  /** Keeps nothing of what it is told: for what is long, asked for once, or done many times in a row. */
  uncached: Client;
  socket: Socket;
  /** Ask anew for all that is on the screen. */
  refresh: () => void;
}

/** After these, all that is on the screen is asked for again: each changes lists or sums that its payload lacks. */
const CHANGES: (keyof introspection_types['Mutation']['fields'])[] = [
  'addToBlacklist',
  'adjustUserQuota',
  'cancelMessage',
  'cancelPendingMessages',
  'changePassword',
  'correctCredits',
  'createAccessToken',
  'createAccount',
  'createHolder',
  'createLink',
  'createSender',
  'createUser',
  'deleteLink',
  'deleteSender',
  'deleteUser',
  'grantCredits',
  'keepUser',
  'removeFromBlacklist',
  'replayCallbacks',
  'revokeAccessToken',
  'revokeSession',
  'revokeSessions',
  'sendTestCallback',
  'setRate',
  'setSenderStatus',
  'setUserCallback',
  'setUserQuota',
  'transferCredits',
  'updateLink',
];

/** Make a client with an empty cache; `onSignedOut` hears when the server no longer knows the session. */
export function connect(onSignedOut: () => void): Connection {
  const url = new URL(ENDPOINT, window.location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new Socket(url.href);
  const refreshing = new Refreshing();
  const signedOut = mapExchange({
    onError: (error) => {
      if (codeOf(error) === 'UNAUTHENTICATED') onSignedOut();
    },
  });
  const options = {
    url: ENDPOINT,
    preferGetMethod: false,
    // With this type a refusal is an answer like any other, and not a failed request in the browser's log.
    fetchOptions: { headers: { Accept: 'application/json' } },
  };
  const uncached = new Client({ ...options, requestPolicy: 'network-only', exchanges: [signedOut, fetchExchange] });
  const client = new Client({
    ...options,
    requestPolicy: 'cache-and-network',
    exchanges: [
      signedOut,
      refreshing.exchange,
      cacheExchange({
        updates: {
          Mutation: Object.fromEntries(CHANGES.map((name) => [name, refreshing.refresh])),
          // What others change comes as it is written to the audit trail; messages are followed by themselves.
          Subscription: { auditEntryAdded: refreshing.refresh },
        },
      }),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: socket.forward }),
    ],
  });
  return { client, uncached, socket, refresh: refreshing.refresh };
}

/** Return a client for whom a token acts for, whoever is signed in. */
export function asBearer(token: string): Client {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` };
  return new Client({
    url: ENDPOINT,
    preferGetMethod: false,
    fetchOptions: { headers, credentials: 'omit' },
    exchanges: [fetchExchange],
  });
}

/** The stable reason of an error, as docs/errors.md lists them; undefined where the server was not reached. */
export function codeOf(error: CombinedError | undefined): string | undefined {
  return error?.graphQLErrors.find(({ extensions }) => extensions.code)?.extensions.code as string | undefined;
}
