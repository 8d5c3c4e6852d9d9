/** Times on the clocks of another time zone. */

const DAY_MS = 86_400_000;

/**
 * Return the instant that a local time, as 2026-11-28T14:30, names in an IANA time zone; null where it names none.
 *
 * As the server reads it: a time that a clock change leaves out is moved on by what is left out, and of a time that
 * comes twice it is the first.
 */
export function instantIn(local: string, timeZone: string): Date | null {
  const wall = Date.parse(`${local}Z`);
  if (Number.isNaN(wall)) return null;
  const before = offset(wall - DAY_MS, timeZone);
  const after = offset(wall + DAY_MS, timeZone);
  if (offset(wall - before, timeZone) !== before && offset(wall - after, timeZone) === after) return new Date(wall - after);
  return new Date(wall - before);
}

/** Return what the clocks of a time zone show at an instant, as an input of the type datetime-local has it. */
export function localIn(at: Date, timeZone: string): string {
  return new Date(at.getTime() + offset(at.getTime(), timeZone)).toISOString().slice(0, 16);
}

/** Return by how much the clocks of a zone are ahead of UTC at an instant. */
function offset(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'), value('second'));
  return wall - Math.floor(at / 1_000) * 1_000;
}
