/** Rows that come in above are shown at once to who sees the head of the list, and else counted until asked for. */

import { Button } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { IconArrowUp } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import classes from './held.module.css';

interface Row {
  id: string;
}

/** Return which of the rows that a reader sees still belong in the list; of some lists, all do. */
type Keep<One extends Row> = (seen: readonly One[], rows: readonly One[]) => readonly One[];

/** `list` names what is listed: of another list nothing is held. Without `keep`, a row that has left the list goes. */
export function useHeld<One extends Row>(rows: readonly One[], list: string, keep: Keep<One> = stillThere) {
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
  const [shown, setShown] = useState<{ list: string; rows: readonly One[] }>({ list, rows: [] });
  const seen = idsOf(shown.rows);
  const held = isAway && shown.list === list && rows.some(({ id }) => seen.has(id));

  useEffect(() => {
    if (!held) setShown({ list, rows });
  }, [held, rows, list]);

  const show = useCallback(() => {
    element.current?.scrollIntoView({ block: 'start' });
    element.current?.focus({ preventScroll: true });
  }, []);
  const waiting = held ? rows.filter(({ id }) => !seen.has(id)).length : 0;
  return { rows: held ? keep(shown.rows, rows) : rows, waiting, top, show };
}

/** What stands above a list: says how many rows are held, and shows them. */
export function HeldRows({ held, label, onShow }: HeldRowsProps) {
  return (
    <>
      <div ref={held.top} className={classes.top} tabIndex={-1} />
      <div role="status" className={classes.news}>
        {held.waiting > 0 && (
          <Button
            className={classes.newsButton}
            size="compact-sm"
            radius="xl"
            leftSection={<IconArrowUp size={14} />}
            onClick={onShow ?? held.show}
          >
            {label}
          </Button>
        )}
      </div>
    </>
  );
}

interface HeldRowsProps {
  held: Pick<ReturnType<typeof useHeld>, 'waiting' | 'top' | 'show'>;
  label: string;
  /** Where the rows are on another page. */
  onShow?: (() => void) | undefined;
}

function stillThere<One extends Row>(seen: readonly One[], rows: readonly One[]): readonly One[] {
  const ids = idsOf(seen);
  return rows.filter(({ id }) => ids.has(id));
}

function idsOf(rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.map(({ id }) => id));
}
