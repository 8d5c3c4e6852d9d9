/** Rows that come in above are shown at once to who sees the head of the list, and else counted until asked for. */

import { useIntersection } from '@mantine/hooks';
import { useCallback, useEffect, useRef, useState } from 'react';

interface Row {
  id: string;
}

/** `list` names what is listed: of another list nothing is held. */
export function useHeld<One extends Row>(rows: readonly One[], list: string) {
  const { ref, entry } = useIntersection<HTMLDivElement>();
  const element = useRef<HTMLDivElement>(null);
  const top = useCallback(
    (node: HTMLDivElement | null) => {
      element.current = node;
      ref(node);
    },
    [ref],
  );
  const isAway = entry !== null && !entry.isIntersecting;
  const [shown, setShown] = useState<{ list: string; ids: ReadonlySet<string> }>({ list, ids: new Set() });
  const held = isAway && shown.list === list && rows.some(({ id }) => shown.ids.has(id));

  useEffect(() => {
    if (!held) setShown({ list, ids: new Set(rows.map(({ id }) => id)) });
  }, [held, rows, list]);

  const show = useCallback(() => {
    element.current?.scrollIntoView({ block: 'start' });
    element.current?.focus({ preventScroll: true });
  }, []);
  const visible = held ? rows.filter(({ id }) => shown.ids.has(id)) : rows;
  return { rows: visible, waiting: rows.length - visible.length, top, show };
}
