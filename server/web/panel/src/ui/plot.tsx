/** The picture of a chart; its library is fetched when the first one is shown. */

import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { useReducedMotion } from '@mantine/hooks';
import type { ChartData } from './chart';

const MOVES_MS = 250;

export default function Plot({ data, height }: { data: ChartData; height: number }) {
  const still = useReducedMotion();
  const rows = data.points.map(({ label, values }) => ({ label, ...values }));
  const series = data.series.map(({ key, label, tone }) => ({ name: key, label, color: `var(--panel-${tone})` }));
  const common = {
    h: height,
    data: rows,
    dataKey: 'label',
    series,
    valueFormatter: data.format,
    withLegend: false,
    tickLine: 'none' as const,
    gridAxis: 'x' as const,
    yAxisProps: { domain: [0, data.full ?? 'auto'] as [number, number | 'auto'] },
    xAxisProps: { interval: 'equidistantPreserveStart' as const },
    // A plot is drawn after what it stands for: a table has the same figures.
    'aria-hidden': true,
  };
  const moves = { isAnimationActive: !still, animationDuration: MOVES_MS };
  // Nothing in it takes the focus either.
  const hidden = { accessibilityLayer: false };
  if (data.kind === 'lines') {
    return (
      <LineChart {...common} lineChartProps={hidden} curveType="linear" withDots={rows.length < 40} connectNulls={false} lineProps={moves} />
    );
  }
  return <BarChart {...common} barChartProps={hidden} type="stacked" barProps={{ ...moves, maxBarSize: 34 }} />;
}
