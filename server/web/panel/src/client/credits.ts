/** Sums of credits, exact to the thousandth that the server counts in. */

const THOUSANDTHS = 1_000;

const thousandths = (credits: string): number => Math.round(Number(credits) * THOUSANDTHS);

export const plus = (left: string, right: string): string => `${(thousandths(left) + thousandths(right)) / THOUSANDTHS}`;

export const minus = (left: string, right: string): string => `${(thousandths(left) - thousandths(right)) / THOUSANDTHS}`;
