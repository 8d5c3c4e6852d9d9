/** What the overview counts of an account's days. */

import type { Day } from './queries';

/** How many messages have come to an end, and how many of them at the phone. */
export interface Rate {
  delivered: number;
  ended: number;
}

/** Return the delivery rate of some days; what is still on its way does not count. */
export function rateOf(days: readonly Day[]): Rate {
  return days.reduce(
    (sum, { delivered, failed, notBilled }) => ({
      delivered: sum.delivered + delivered,
      ended: sum.ended + delivered + failed + notBilled,
    }),
    { delivered: 0, ended: 0 },
  );
}

/** Return what was spent on some days: what came back does not count. */
export function spentOn(days: readonly Day[]): number {
  return days.reduce((sum, { credits, refunded }) => sum + Number(credits) - Number(refunded), 0);
}

export function messagesOf(days: readonly Day[]): number {
  return days.reduce((sum, { messages }) => sum + messages, 0);
}
