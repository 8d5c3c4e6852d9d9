/** What each chart shows of the statistics. */

import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import type { ChartData } from '~/ui/chart';
import { usePttWords } from '~/ui/ptt';
import type { Charts, Interval } from './queries';

const TOP_PTTS = 8;

/** How a bucket is named on the axis: by its hour, day or month. */
export function useLabel(interval: Interval): (start: string) => string {
  const formats = useFormats();
  return { HOUR: formats.hour, DAY: formats.shortDay, MONTH: formats.month }[interval];
}

export function useMessages({ statistics }: Charts, interval: Interval): ChartData {
  const t = useTranslations('charts');
  const formats = useFormats();
  const label = useLabel(interval);
  return {
    kind: 'bars',
    axis: t(interval),
    series: [
      { key: 'delivered', label: t('delivered'), tone: 'good' },
      { key: 'failed', label: t('failed'), tone: 'bad' },
      { key: 'notBilled', label: t('notBilled'), tone: 'idle' },
      { key: 'pending', label: t('pending'), tone: 'busy' },
    ],
    points: statistics.map(({ start, delivered, failed, notBilled, pending }) => ({
      key: start,
      label: label(start),
      values: { delivered, failed, notBilled, pending },
    })),
    format: formats.count,
  };
}

export function useCredits({ statistics }: Charts, interval: Interval): ChartData {
  const t = useTranslations('charts');
  const formats = useFormats();
  const label = useLabel(interval);
  return {
    kind: 'bars',
    axis: t(interval),
    series: [{ key: 'spent', label: t('spent'), tone: 'busy' }],
    points: statistics.map((bucket) => ({ key: bucket.start, label: label(bucket.start), values: { spent: spent(bucket) } })),
    format: formats.credits,
  };
}

export function useRate({ statistics }: Charts, interval: Interval): ChartData {
  const t = useTranslations('charts');
  const formats = useFormats();
  const label = useLabel(interval);
  return {
    kind: 'lines',
    axis: t(interval),
    full: 1,
    series: [{ key: 'rate', label: t('rateLabel'), tone: 'good' }],
    points: statistics.map(({ start, delivered, failed, notBilled }) => {
      const ended = delivered + failed + notBilled;
      return { key: start, label: label(start), values: { rate: ended === 0 ? null : delivered / ended } };
    }),
    format: (value) => formats.share(value, 1),
  };
}

export function useTimes({ deliveryTimes }: Charts, interval: Interval): ChartData {
  const t = useTranslations('charts');
  const formats = useFormats();
  const label = useLabel(interval);
  return {
    kind: 'lines',
    axis: t(interval),
    series: [
      { key: 'median', label: t('median'), tone: 'good' },
      { key: 'p95', label: t('p95'), tone: 'warn' },
    ],
    points: deliveryTimes.map(({ start, medianSeconds, p95Seconds }) => ({
      key: start,
      label: label(start),
      values: { median: medianSeconds, p95: p95Seconds },
    })),
    format: formats.seconds,
  };
}

export function useUsers({ statisticsByUser }: Charts): ChartData {
  const t = useTranslations('charts');
  const formats = useFormats();
  return {
    kind: 'ranking',
    axis: t('user'),
    series: [
      { key: 'delivered', label: t('delivered'), tone: 'good' },
      { key: 'failed', label: t('failed'), tone: 'bad' },
      { key: 'others', label: t('others'), tone: 'idle' },
    ],
    points: statisticsByUser.map(({ login, messages, delivered, failed }) => ({
      key: login ?? '',
      label: login ?? t('holder'),
      values: { delivered, failed, others: messages - delivered - failed },
    })),
    format: formats.count,
  };
}

export function useUserCredits({ statisticsByUser }: Charts): ChartData {
  const t = useTranslations('charts');
  const formats = useFormats();
  return {
    kind: 'ranking',
    axis: t('user'),
    series: [{ key: 'spent', label: t('spent'), tone: 'busy' }],
    points: statisticsByUser
      .map((sums) => ({ key: sums.login ?? '', label: sums.login ?? t('holder'), values: { spent: spent(sums) } }))
      .sort((one, other) => other.values.spent - one.values.spent),
    format: formats.credits,
  };
}

export function usePtts({ pttShares }: Charts): ChartData {
  const t = useTranslations('charts');
  const formats = useFormats();
  const words = usePttWords();
  const rest = pttShares.slice(TOP_PTTS).reduce((sum, { share }) => sum + share, 0);
  return {
    kind: 'ranking',
    axis: 'ptt',
    full: 1,
    series: [{ key: 'share', label: t('share'), tone: 'busy' }],
    points: [
      ...pttShares.slice(0, TOP_PTTS).map(({ ptt, share }) => ({
        key: String(ptt.code),
        label: `${ptt.code} · ${words(ptt).description}`,
        values: { share },
      })),
      ...(rest > 0 ? [{ key: '', label: t('otherCodes'), values: { share: rest } }] : []),
    ],
    format: (value) => formats.share(value, 1),
  };
}

function spent({ credits, refunded }: { credits: string; refunded: string }): number {
  return Math.round((Number(credits) - Number(refunded)) * 1_000) / 1_000;
}
