/** Numbers and times, written as the reader is used to. */

import { useMemo } from 'react';
import { useLocale } from 'use-intl';

/** How credits, counts, shares and times are written for this reader. */
export function useFormats() {
  const tag = useLocale();
  return useMemo(() => {
    const credits = new Intl.NumberFormat(tag, { maximumFractionDigits: 3 });
    const change = new Intl.NumberFormat(tag, { maximumFractionDigits: 3, signDisplay: 'exceptZero' });
    const count = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
    const share = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
    const seconds = new Intl.NumberFormat(tag, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
    const milliseconds = new Intl.NumberFormat(tag, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 });
    const time = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' });
    const precise = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' });
    const exact = new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'long' });
    const day = new Intl.DateTimeFormat(tag, { dateStyle: 'medium' });
    const shortDay = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short' });
    const hour = new Intl.DateTimeFormat(tag, { hour: 'numeric', minute: '2-digit' });
    const month = new Intl.DateTimeFormat(tag, { month: 'short', year: 'numeric' });
    const clock = new Intl.DateTimeFormat(tag, { timeStyle: 'medium' });
    const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: 'short' });
    const country = new Intl.DisplayNames(tag, { type: 'region' });
    return {
      credits: (value: string | number) => credits.format(Number(value)),
      /** Credits that came, with a plus, or went. */
      change: (value: string | number) => change.format(Number(value)),
      count: (value: number) => count.format(value),
      /** A total that the server counts to 10,000. */
      total: (value: number) => (value > COUNTED_TO ? `${count.format(COUNTED_TO)}+` : count.format(value)),
      share: (part: number, whole: number) => (whole === 0 ? '–' : share.format(part / whole)),
      seconds: (value: number) => seconds.format(value),
      milliseconds: (value: number) => milliseconds.format(value),
      time: (value: string) => time.format(new Date(value)),
      exact: (value: string) => exact.format(new Date(value)),
      /** To the second. */
      precise: (value: string) => precise.format(new Date(value)),
      day: (value: string) => day.format(new Date(value)),
      shortDay: (value: string) => shortDay.format(new Date(value)),
      hour: (value: string) => hour.format(new Date(value)),
      month: (value: string) => month.format(new Date(value)),
      clock: (value: string) => clock.format(new Date(value)),
      ago: (value: string) => relative.format(...distance((new Date(value).getTime() - Date.now()) / 1_000)),
      country: (code: string) => country.of(code) ?? code,
    };
  }, [tag]);
}

const COUNTED_TO = 10_000;

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Number.POSITIVE_INFINITY],
];

function distance(seconds: number): [number, Intl.RelativeTimeFormatUnit] {
  let left = seconds;
  for (const [unit, size] of STEPS) {
    if (Math.abs(left) < size) return [Math.round(left), unit];
    left /= size;
  }
  return [Math.round(left), 'year'];
}
