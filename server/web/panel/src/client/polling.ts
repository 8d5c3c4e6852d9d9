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
