/** Days and spans as the reader's own clock has them. */

import { useEffect, useState } from 'react';

export const DAY_MS = 86_400_000;
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Return the beginning of the hour so many hours ago; 0 is this one's. */
export function startOfHour(hoursAgo: number, now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate(), now.getHours() - hoursAgo);
}

/** Return the reader's midnight so many days ago; 0 is today's. */
export function startOfDay(daysAgo: number, now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
}

/** Return the first of the month so many months ago; 0 is this one's. */
export function startOfMonth(monthsAgo: number, now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth() - monthsAgo, 1);
}

/** The time, anew each so many seconds while the page is looked at. */
export function useNow(seconds: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const tick = () => {
      if (!document.hidden) setNow(new Date());
    };
    const timer = setInterval(tick, seconds * 1_000);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [seconds]);
  return now;
}
