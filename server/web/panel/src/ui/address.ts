/** What a page shows, kept in the address bar: a link to it, or a reload, shows the same. */

import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';

export const PAGE_SIZE = 50;

/**
 * The named parts of the address's query, and a way to change some; a change begins the list at its start, unless it
 * keeps its place.
 */
export function useAddress<Name extends string>(names: readonly Name[], { keepsPlace = false } = {}) {
  const [params, setParams] = useSearchParams();
  const key = names.join(' ');
  const values = useMemo(
    () => Object.fromEntries(names.map((name) => [name, params.get(name) ?? ''])) as Record<Name, string>,
    [params, key],
  );
  const set = useCallback(
    (changes: Partial<Record<Name, string | null>>) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (!keepsPlace) {
            next.delete('after');
            next.delete('before');
          }
          for (const [name, value] of Object.entries<string | null | undefined>(changes)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true },
      ),
    [setParams, keepsPlace],
  );
  return [values, set] as const;
}

/** The place of one of several lists on a page, which the address has no room for. */
export function useLocalPlace(size: number) {
  const [place, setPlace] = useState<{ after?: string; before?: string }>({});
  const variables = place.before ? { last: size, before: place.before } : { first: size, after: place.after };
  return [variables, setPlace] as const;
}

/** The place of a keyset page, as a connection's arguments have it, kept in the address. */
export function usePlace(size = PAGE_SIZE) {
  const [params, setParams] = useSearchParams();
  const after = params.get('after') ?? undefined;
  const before = params.get('before') ?? undefined;
  const go = useCallback(
    (place: { after?: string; before?: string }) =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        next.delete('after');
        next.delete('before');
        if (place.after) next.set('after', place.after);
        if (place.before) next.set('before', place.before);
        return next;
      }),
    [setParams],
  );
  const place = useMemo(
    () => (before ? { last: size, before } : { first: size, after }),
    [after, before, size],
  );
  return [place, go] as const;
}
