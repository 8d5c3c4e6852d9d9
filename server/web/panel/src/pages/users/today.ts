/** The day that it is where the reader is. */

import { useEffect, useState } from 'react';

function today(): { from: string; to: string } {
  const from = new Date();
  from.setHours(0, 0, 0, 0);
  const to = new Date(from);
  to.setDate(to.getDate() + 1);
  return { from: from.toISOString(), to: to.toISOString() };
}

/** When today began and ends, as variables of a query; the same object until midnight. */
export function useToday(): { from: string; to: string } {
  const [day, setDay] = useState(today);
  useEffect(() => {
    const timer = setTimeout(() => setDay(today()), Date.parse(day.to) - Date.now());
    return () => clearTimeout(timer);
  }, [day]);
  return day;
}

interface Outcome {
  messages: number;
  delivered: number;
  failed: number;
  notBilled: number;
}

/** Add up what was sent: how much, how much of it has ended, and how much of that was not delivered. */
export function sumUp(buckets: readonly Outcome[]): { messages: number; ended: number; failed: number } {
  const sum = { messages: 0, ended: 0, failed: 0 };
  for (const { messages, delivered, failed, notBilled } of buckets) {
    sum.messages += messages;
    sum.failed += failed + notBilled;
    sum.ended += delivered + failed + notBilled;
  }
  return sum;
}
