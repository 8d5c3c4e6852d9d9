/**
 * A list in rows and columns. What is sorted, searched and filtered the server does; this shows it and says what is
 * asked for. On a narrow screen each row is a card.
 */

import { ActionIcon, Checkbox, Group, Text, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import classes from './table.module.css';

export interface Column<Row, Order extends string = string> {
  key: string;
  header: string;
  /** What the header means, where that is not plain. */
  hint?: string;
  /** For numbers. */
  end?: boolean;
  /** What the server orders by when this header is clicked. */
  order?: Order;
  render: (row: Row) => ReactNode;
}

export interface Sorting<Order extends string = string> {
  field: Order;
  direction: 'ASC' | 'DESC';
}

interface TableProps<Row, Order extends string> {
  /** What the list is, for who can't see it. */
  label: string;
  columns: Column<Row, Order>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** What a row is called where it is chosen, unless that is its key. */
  rowLabel?: (row: Row) => string;
  /** What stands in place of no rows. */
  empty: ReactNode;
  sorting?: Sorting<Order>;
  onSort?: (sorting: Sorting<Order>) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
}

export function DataTable<Row, Order extends string = string>({
  label,
  columns,
  rows,
  rowKey,
  rowLabel = rowKey,
  empty,
  sorting,
  onSort,
  selected,
  onSelect,
}: TableProps<Row, Order>) {
  const t = useTranslations('common');
  if (rows.length === 0) return <>{empty}</>;
  const keys = rows.map(rowKey);
  const chosen = keys.filter((key) => selected?.has(key)).length;
  const choose = (changed: string[], on: boolean) => {
    const next = new Set(selected);
    for (const key of changed) {
      if (on) next.add(key);
      else next.delete(key);
    }
    onSelect?.(next);
  };
  return (
    <div className={classes.scroller}>
      {/* The roles are said, since cards on narrow screens lose those of a table. */}
      <table className={classes.table} aria-label={label} role="table">
        <thead role="rowgroup">
          <tr role="row">
            {selected && (
              <th role="columnheader" scope="col">
                <Checkbox
                  size="xs"
                  aria-label={t('selectAll')}
                  checked={chosen === keys.length}
                  indeterminate={chosen > 0 && chosen < keys.length}
                  onChange={(event) => choose(keys, event.currentTarget.checked)}
                />
              </th>
            )}
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                role="columnheader"
                className={column.end ? classes.end : undefined}
                aria-sort={ariaSort(column, sorting)}
              >
                {column.hint ? (
                  <Tooltip label={column.hint}>
                    <span tabIndex={0}>{column.header}</span>
                  </Tooltip>
                ) : column.order && onSort ? (
                  <UnstyledButton className={classes.sort} onClick={() => onSort(nextSorting(column.order as Order, sorting))}>
                    {column.header}
                    {sorting?.field === column.order &&
                      (sorting.direction === 'ASC' ? <IconArrowUp size={12} /> : <IconArrowDown size={12} />)}
                  </UnstyledButton>
                ) : (
                  column.header || <VisuallyHidden>{t('actions')}</VisuallyHidden>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, index) => {
            const key = keys[index] ?? '';
            return (
              <tr key={key} role="row" aria-selected={selected ? selected.has(key) : undefined}>
                {selected && (
                  <td role="cell" className={classes.choose}>
                    <Checkbox
                      size="xs"
                      aria-label={t('selectRow', { row: rowLabel(row) })}
                      checked={selected.has(key)}
                      onChange={(event) => choose([key], event.currentTarget.checked)}
                    />
                  </td>
                )}
                {columns.map((column, place) => (
                  <td
                    key={column.key}
                    role="cell"
                    data-label={(place > 0 && column.header) || undefined}
                    className={cellClass(column, place, selected !== undefined)}
                  >
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** On a card the first column is its head, beside which the choice and the actions (a column without a name) stand. */
function cellClass<Row, Order extends string>(column: Column<Row, Order>, place: number, choice: boolean) {
  const names = [column.end && classes.end];
  if (place === 0) names.push(classes.head, choice && classes.chosen);
  if (column.header === '') names.push(classes.actions);
  return names.filter(Boolean).join(' ') || undefined;
}

function ariaSort<Row, Order extends string>(column: Column<Row, Order>, sorting: Sorting<Order> | undefined) {
  if (!column.order) return undefined;
  if (sorting?.field !== column.order) return 'none' as const;
  return sorting.direction === 'ASC' ? ('ascending' as const) : ('descending' as const);
}

function nextSorting<Order extends string>(field: Order, sorting: Sorting<Order> | undefined): Sorting<Order> {
  const again = sorting?.field === field;
  return { field, direction: again && sorting.direction === 'ASC' ? 'DESC' : 'ASC' };
}

interface PagerProps {
  total?: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  /** Called with the cursor after, or before, which the other page lies. */
  onPage: (place: { after?: string; before?: string }) => void;
  busy?: boolean;
}

/** How many entries there are, and the ways to the pages beside this one. */
export function Pager({ total, pageInfo, onPage, busy }: PagerProps) {
  const t = useTranslations('common');
  const formats = useFormats();
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  if (total === 0) return null; // what is said in place of no rows says so
  return (
    <nav className={classes.bar} aria-label={t('pages')}>
      <Text size="sm" c="dimmed" aria-live="polite">
        {total === undefined ? '' : t('total', { count: Math.min(total, 10_000), shown: formats.total(total) })}
      </Text>
      {(hasPreviousPage || hasNextPage) && (
        <Group gap={6}>
          <ActionIcon
            variant="default"
            aria-label={t('previousPage')}
            disabled={!hasPreviousPage || busy}
            onClick={() => onPage({ before: startCursor ?? undefined })}
          >
            <IconChevronLeft size={16} />
          </ActionIcon>
          <ActionIcon
            variant="default"
            aria-label={t('nextPage')}
            disabled={!hasNextPage || busy}
            onClick={() => onPage({ after: endCursor ?? undefined })}
          >
            <IconChevronRight size={16} />
          </ActionIcon>
        </Group>
      )}
    </nav>
  );
}
