/** What nothing follows live is asked for again while it is about to change. */

import { useEffect, useRef } from 'react';

const EVERY_MS = 3_000;

/** Ask again and again while `active`, but not for a window that nobody sees. */
export function usePolling(
  active: boolean,
  again: (options: { requestPolicy: 'network-only' }) => void,
  everyMs = EVERY_MS,
): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current({ requestPolicy: 'network-only' });
    }, everyMs);
    return () => clearInterval(timer);
  }, [active, everyMs]);
}

interface Waiting {
  state: string;
  nextTryAt: string | null;
}

const LATER_MS = 30_000;
const WITHIN_MS = 60_000;

/** Ask for callbacks again while some are to be tried: often where that is soon, now and then where it is in hours. */
export function useCallbackPolling(
  callbacks: readonly Waiting[],
  again: (options: { requestPolicy: 'network-only' }) => void,
): void {
  const waiting = callbacks.filter(({ state }) => state === 'WAITING');
  const isSoon = waiting.some(({ nextTryAt }) => !nextTryAt || Date.parse(nextTryAt) < Date.now() + WITHIN_MS);
  usePolling(waiting.length > 0, again, isSoon ? EVERY_MS : LATER_MS);
}
