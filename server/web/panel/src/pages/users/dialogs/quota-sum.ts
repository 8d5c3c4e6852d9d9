/** What a change of a quota moves, in thousandths of a credit, so that nothing is rounded. */

export type QuotaChange = 'set' | 'add' | 'take' | 'off';

export interface QuotaState {
  enabled: boolean;
  left: string;
}

export interface Moves {
  /** What goes from the account to the user; negative comes back. */
  moved: number;
  /** What is left to the user afterwards. */
  left: number;
}

export const thousandths = (credits: string): number => Math.round(Number(credits) * 1_000);
export const credits = (thousandths: number): string => String(thousandths / 1_000);

/** What the change does to one quota; null where it does nothing to it, as adding to one that is off. */
export function movesOf(change: QuotaChange, amount: string, quota: QuotaState): Moves | null {
  const before = quota.enabled ? thousandths(quota.left) : 0;
  const given = thousandths(amount || '0');
  if (change === 'set') return { moved: given - before, left: given };
  if (!quota.enabled) return null;
  if (change === 'off') return { moved: -before, left: 0 };
  const moved = change === 'add' ? given : -given;
  return { moved, left: before + moved };
}
