/** Lists that are kept as they are on the server. */

import { useCallback, useEffect, useRef } from 'react';
import { type AnyVariables, type TypedDocumentNode, useSubscription } from 'urql';

/** However much happens, a list is asked for this often at most: each time costs the reader points of a budget. */
const EVERY_MS = 2_000;

/** Ask for a list again once something has happened that belongs in it. */
export function useFollowing<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  again: (options: { requestPolicy: 'network-only' }) => void,
): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(0);
  const latest = useRef(again);
  latest.current = again;

  const happened = useCallback((_: Data | undefined, event: Data) => {
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined;
        asked.current = Date.now();
        latest.current({ requestPolicy: 'network-only' });
      },
      Math.max(0, asked.current + EVERY_MS - Date.now()),
    );
    return event;
  }, []);
  useSubscription({ query: document, variables }, happened);

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
