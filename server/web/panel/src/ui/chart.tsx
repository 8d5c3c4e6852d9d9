/** A chart, and the same figures as a table: one picture for the eye, one list for everybody. */

import { ActionIcon, Group, Skeleton, Tooltip } from '@mantine/core';
import { IconChartBar, IconTable } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslations } from 'use-intl';
import { Section } from './page';
import { Ranking } from './ranking';
import { DataTable } from './table';

export type ChartTone = 'good' | 'bad' | 'busy' | 'warn' | 'idle';

export interface Series {
  key: string;
  label: string;
  tone: ChartTone;
}

/** One place on the axis, with a figure for each series; null where there is none. */
export interface Point {
  /** What it is known by; two may have the same label, as the same hour of two days. */
  key: string;
  label: string;
  values: Record<string, number | null>;
}

export interface ChartData {
  kind: 'bars' | 'lines' | 'ranking';
  /** What the places are: days, users. */
  axis: string;
  series: readonly Series[];
  points: readonly Point[];
  format: (value: number) => string;
  /** Where the figures are shares of a whole: the whole. */
  full?: number;
}

const HEIGHT = 220;

const Plot = lazy(() => import('./plot'));

export function ChartSection({
  title,
  description,
  data,
  empty,
}: {
  title: string;
  description?: string;
  data: ChartData;
  /** What stands in place of a chart without figures. */
  empty: ReactNode;
}) {
  const t = useTranslations('common');
  const [asTable, setAsTable] = useState(false);
  const bare = data.points.every(({ values }) => Object.values(values).every((value) => !value));
  return (
    <Section
      title={title}
      description={description}
      flush={asTable}
      fill
      actions={
        !bare && (
          <Tooltip label={t(asTable ? 'showChart' : 'showTable')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t(asTable ? 'showChart' : 'showTable')}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? <IconChartBar size={16} /> : <IconTable size={16} />}
            </ActionIcon>
          </Tooltip>
        )
      }
    >
      {bare ? empty : asTable ? <Figures title={title} data={data} /> : <Picture title={title} data={data} />}
    </Section>
  );
}

function Picture({ title, data }: { title: string; data: ChartData }) {
  return (
    <figure aria-label={title} style={{ margin: 0 }}>
      {data.kind === 'ranking' ? (
        <Ranking data={data} />
      ) : (
        <Suspense fallback={<Skeleton height={HEIGHT} />}>
          <Plot data={data} height={HEIGHT} />
        </Suspense>
      )}
      {data.series.length > 1 && (
        <Group component="figcaption" gap="md" mt="xs" justify="center">
          {data.series.map(({ key, label, tone }) => (
            <Group key={key} gap={6} fz="xs" c="dimmed">
              <span
                aria-hidden
                style={{ width: 10, height: 10, borderRadius: 3, background: `var(--panel-${tone})` }}
              />
              {label}
            </Group>
          ))}
        </Group>
      )}
    </figure>
  );
}

function Figures({ title, data }: { title: string; data: ChartData }) {
  return (
    <DataTable
      label={title}
      columns={[
        { key: 'label', header: data.axis, render: (point: Point) => point.label },
        ...data.series.map(({ key, label }) => ({
          key,
          header: label,
          end: true,
          render: ({ values }: Point) => {
            const value = values[key];
            return value === null || value === undefined ? '–' : data.format(value);
          },
        })),
      ]}
      rows={data.points}
      rowKey={({ key }) => key}
      empty={null}
    />
  );
}
