/** Doing the same for several users, one after the other: each with its result, stoppable, and the rest tried again. */

import { useCallback, useEffect, useRef, useState } from 'react';
import type { AnyVariables, TypedDocumentNode } from 'urql';
import { type Refusal, useFailureText, useRefusalText } from '~/client/action';
import { codeOf } from '~/client/client';
import { useSession } from '~/session';

/** How many are asked for at a time. */
const AT_A_TIME = 3;
/** A hundred that are done in a second are one change on the screen. */
const SHOWN_EVERY_MS = 250;

export interface BulkUser {
  id: string;
  login: string;
}

export interface BulkRequest {
  document: TypedDocumentNode<any, any>;
  variables: AnyVariables;
}

export type BulkState = 'waiting' | 'done' | 'refused';

export interface BulkResult {
  state: BulkState;
  /** Why it was refused. */
  text?: string;
}

export function useBulkRun(request: (user: BulkUser) => BulkRequest) {
  const { uncached, refresh } = useSession().connection;
  const refusalText = useRefusalText();
  const failureText = useFailureText();
  const [results, setResults] = useState<ReadonlyMap<string, BulkResult>>(new Map());
  const [running, setRunning] = useState(false);
  const known = useRef(new Map<string, BulkResult>());
  const stopped = useRef(false);
  const stop = useCallback(() => {
    stopped.current = true;
  }, []);
  useEffect(() => stop, [stop]);

  const one = async (user: BulkUser): Promise<BulkResult> => {
    const { document, variables } = request(user);
    for (;;) {
      const { data, error } = await uncached.mutation(document, variables).toPromise();
      const wait = pauseOf(error);
      if (wait !== undefined && !stopped.current) {
        await new Promise((resume) => setTimeout(resume, wait * 1_000));
        continue;
      }
      const payload = data && (Object.values(data as object)[0] as { userErrors: Refusal[] } | null);
      if (!payload) return { state: 'refused', text: failureText(error) };
      const refusals = payload.userErrors;
      return refusals.length === 0 ? { state: 'done' } : { state: 'refused', text: refusals.map(refusalText).join(' ') };
    }
  };

  const start = async (users: readonly BulkUser[]) => {
    stopped.current = false;
    setRunning(true);
    for (const { id } of users) known.current.set(id, { state: 'waiting' });
    const show = () => setResults(new Map(known.current));
    const timer = setInterval(show, SHOWN_EVERY_MS);
    const queue = [...users];
    const work = async () => {
      for (let user = queue.shift(); user && !stopped.current; user = queue.shift()) {
        const result = await one(user);
        // What ended last comes last.
        known.current.delete(user.id);
        known.current.set(user.id, result);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    clearInterval(timer);
    show();
    setRunning(false);
    refresh();
  };
  return { results, running, start, stop };
}

/** In how many seconds to ask again where the server said so; undefined where it did not. */
function pauseOf(error: Parameters<typeof codeOf>[0]): number | undefined {
  if (codeOf(error) !== 'THROTTLED' && codeOf(error) !== 'UNAVAILABLE') return undefined;
  const retryAfter = error?.graphQLErrors[0]?.extensions.retryAfter;
  return typeof retryAfter === 'number' ? Math.min(retryAfter, 30) : 1;
}
