// Asks and follows with a client off the shelf: `node run.mjs CLIENT URL`, with TOKEN in the environment
// and {query, subscription, variables} on standard input. Prints each answer as a line of JSON, and ends
// when a message was delivered, or the server refused.
import { text } from 'node:stream/consumers';
import * as Apollo from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { OperationTypeNode, parse } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const [name, url] = process.argv.slice(2);
const authorization = `Bearer ${process.env.TOKEN}`;

const overWebSocket = () =>
  createWsClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  });

async function* answers(client, { document, variables }) {
  yield* client.iterate({ query: document, variables });
}

async function* queued(subscribe) {
  const waiting = [];
  let wake = () => {};
  const push = (one) => { waiting.push(one); wake(); };
  subscribe(push);
  while (true) {
    while (waiting.length) yield waiting.shift();
    await new Promise((resolve) => { wake = resolve; });
  }
}

const clients = {
  'graphql-ws': () => {
    const client = overWebSocket();
    return (operation) => answers(client, operation);
  },
  'graphql-sse': () => {
    const client = createSseClient({ url, headers: { authorization }, retryAttempts: 0 });
    return (operation) => answers(client, operation);
  },
  urql: () => {
    const socket = overWebSocket();
    const client = new Client({
      url,
      preferGetMethod: false,
      fetchOptions: { headers: { authorization } },
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: (request) => ({
            subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query || '' }, sink) }),
          }),
        }),
      ],
    });
    return ({ kind, document, variables }) => queued((push) => client[kind](document, variables).subscribe(push));
  },
  apollo: () => {
    const client = new Apollo.ApolloClient({
      cache: new Apollo.InMemoryCache(),
      link: Apollo.ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(overWebSocket()),
        new Apollo.HttpLink({ uri: url, headers: { authorization } }),
      ),
    });
    return ({ kind, document, variables }) => queued((push) => {
      const query = parse(document);
      if (kind === 'query') client.query({ query, variables }).then(push);
      else client.subscribe({ query, variables }).subscribe(push);
    });
  },
};

const { query, subscription, variables } = JSON.parse(await text(process.stdin));
const say = ({ data, errors, error }) => console.log(JSON.stringify({ data, errors: errors ?? error }));

// Follows the same so many times on one socket, says which is refused, and how many of the others are told something.
const many = async (count) => {
  const client = overWebSocket();
  const told = new Set();
  for (let number = 1; number <= count; number += 1) {
    client.subscribe({ query: subscription, variables }, {
      next: () => {
        told.add(number);
        if (told.size === count - 1) say({ data: { told: told.size } });
      },
      error: (errors) => say({ errors }),
      complete: () => {},
    });
  }
  await new Promise(() => setTimeout(() => process.exit(0), 60_000));
};
if (process.env.TIMES) {
  setInterval(() => {}, 1_000);
  await many(Number(process.env.TIMES));
}
const run = clients[name]();

try {
  for await (const answer of run({ kind: 'query', document: query, variables })) {
    say(answer);
    break;
  }
  for await (const answer of run({ kind: 'subscription', document: subscription, variables })) {
    say(answer);
    if (!answer.data || answer.data.deliveryStatusChanged.status === 'SUCCESS') break;
  }
} catch (refusal) {
  say(refusal.response ? await refusal.response.json() : { errors: refusal });
}
process.exit(0);
