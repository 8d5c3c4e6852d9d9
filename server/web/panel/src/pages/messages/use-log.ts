/**
 * The list of messages, kept as it is on the server: the log of deliveries is followed from a place that was known
 * before the list was asked for, so that nothing falls between the two.
 */

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Client, useClient, useQuery } from 'urql';
import { useSession } from '~/session';
import type { usePlace } from '~/ui/address';
import { LogEndQuery, type Message, MessageEvents, MessagesQuery } from './documents';
import { asInput, type Filters, fits } from './filter';

/** What has come is shown this often; a hundred messages in a second are one change on the screen. */
const SHOWN_EVERY_MS = 250;
/** Of what has come, no more is kept: the list itself has the rest. */
const KEPT = 200;
/**
 * Each event costs the reader a few points of a budget that all windows and programs share. Below half of it the log
 * is left alone, and the list asked for now and then, until most of the budget is back.
 */
const LEFT_ALONE_BELOW = 0.5;
const FOLLOWED_AGAIN_ABOVE = 0.8;
const ASKED_EVERY_MS = 10_000;

type Place = ReturnType<typeof usePlace>[0];

export function useMessageLog(account: string, filters: Filters, place: Place) {
  const client = useClient();
  const { socket } = useSession().connection;
  const [from, setFrom] = useState<{ cursor: string | undefined; capacity: number }>();
  const [resting, setResting] = useState(false);
  const [arrived, setArrived] = useState<readonly Message[]>([]);
  const filter = useMemo(() => asInput(filters), [filters]);
  const [query, ask] = useQuery({
    query: MessagesQuery,
    variables: { account, filter, ...place },
    pause: from === undefined,
  });
  const again = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask]);

  const begin = useCallback(() => {
    void logEnd(client, account).then((end) => {
      setFrom(end);
      setArrived([]);
      setResting(false);
    });
  }, [client, account]);
  useEffect(begin, [begin]);

  const latest = useRef({ filters, again });
  latest.current = { filters, again };
  useEffect(() => setArrived([]), [filters, place]);

  // Follow the log, after the last that is known of it.
  useEffect(() => {
    if (!from || resting) return;
    let waiting: Message[] = [];
    let first = from.cursor === undefined;
    const show = () => {
      if (waiting.length === 0) return;
      const come = waiting;
      waiting = [];
      setArrived((before) => newest(come, before));
    };
    const timer = setInterval(show, SHOWN_EVERY_MS);
    const login = filters.login || null;
    const { unsubscribe } = client
      .subscription(MessageEvents, { account, login, after: from.cursor })
      .subscribe(({ data, extensions }) => {
        const event = data?.deliveryStatusChanged;
        if (event) {
          waiting.push(event.message);
          from.cursor = event.cursor;
        }
        // Of an account without a log it is not known what came before its first event.
        if (first) latest.current.again();
        first = false;
        const available = (extensions?.cost as { available?: number } | undefined)?.available;
        if (available !== undefined && available < from.capacity * LEFT_ALONE_BELOW) setResting(true);
      });
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }, [client, account, filters.login, from, resting]);

  // What a broken connection kept back comes by the log, unless the server no longer has all of it.
  useEffect(() => {
    let state = socket.state;
    return socket.onChange(() => {
      if (state === 'waiting' && socket.state === 'live') latest.current.again();
      state = socket.state;
    });
  }, [socket]);

  // Or leave it alone.
  useEffect(() => {
    if (!resting || !from) return;
    const timer = setInterval(() => {
      latest.current.again();
    }, ASKED_EVERY_MS);
    return () => clearInterval(timer);
  }, [resting, from]);
  const left = (query.extensions?.cost as { available?: number } | undefined)?.available ?? 0;
  const rested = resting && from !== undefined && !query.fetching && left > from.capacity * FOLLOWED_AGAIN_ABOVE;
  useEffect(() => {
    if (rested) begin();
  }, [rested, begin]);

  const page = query.data?.messages;
  const rows = useMemo(() => (page ? merged(page, arrived, filters, place) : []), [page, arrived, filters, place]);
  return { query, again, rows, resting };
}

async function logEnd(client: Client, account: string) {
  const { data } = await client.query(LogEndQuery, { account }, { requestPolicy: 'network-only' }).toPromise();
  return {
    cursor: data?.deliveryEvents?.nodes[0]?.cursor,
    capacity: data?.viewer?.rateLimit.capacity ?? 0,
  };
}

/** Return the newest of what has come, each message once, as it was last. */
function newest(come: Message[], before: readonly Message[]): Message[] {
  const byId = new Map(before.map((message) => [message.id, message]));
  for (const message of come) byId.set(message.id, message);
  return [...byId.values()].sort(byAge).slice(0, KEPT);
}

/** Return the page with what has come since, as far as it belongs there. */
function merged(
  page: { nodes: readonly Message[]; pageInfo: { hasNextPage: boolean } },
  arrived: readonly Message[],
  filters: Filters,
  place: Place,
): Message[] {
  const isFirst = !('before' in place) && place.after === undefined;
  const byId = new Map(page.nodes.map((message) => [message.id, message]));
  const last = page.nodes.at(-1);
  for (const message of arrived) {
    const known = byId.get(message.id);
    const belongs = isFirst && (!page.pageInfo.hasNextPage || !last || byAge(message, last) < 0);
    if (known ? known.statusChangedAt <= message.statusChangedAt : belongs) byId.set(message.id, message);
  }
  return [...byId.values()].filter((message) => fits(message, filters)).sort(byAge);
}

function byAge(left: Message, right: Message): number {
  return Date.parse(right.createdAt) - Date.parse(left.createdAt) || Number(right.number) - Number(left.number);
}
