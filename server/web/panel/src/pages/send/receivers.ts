/** Whom to send to: the numbers that were typed, pasted or read from a file, checked as far as the page can. */

import { Slices } from '~/files/slices';
import { readRecords, type Separator } from '~/files/csv-reader';

export const MOST_RECEIVERS = 100_000;

/** Why a row is not sent to; by the API's own codes, which have words in each language. */
export interface RefusedRow {
  row: number;
  receiver: string;
  code: string;
  /** The server's own words, where it was the server who refused. */
  reason?: string | null;
}

export interface Receivers {
  numbers: string[];
  /** In which row of what was given each stands. */
  rows: number[];
  refused: RefusedRow[];
  /** How many numbers have no plus sign, and would be read with one. */
  bare: number;
  /** Whether there are more than one sending takes. */
  isTooMany: boolean;
}

export const NO_RECEIVERS: Receivers = { numbers: [], rows: [], refused: [], bare: 0, isTooMany: false };

// As the server reads a number: marks of direction, joiners and spaces of all widths may stand in it.
const SEPARATORS = /[\p{Cf}\p{Zs}\t.()-]/gu;
const INTERNATIONAL = /^(?:\+|00)([1-9]\d{5,14})$/;
const BARE = /^[1-9]\d{6,14}$/;
const LONGEST = 128;

/** Gathers receivers row by row. `addsPlus` reads 33612345678 as +33612345678. */
export class Gathering {
  readonly receivers: Receivers = { ...NO_RECEIVERS, numbers: [], rows: [], refused: [] };
  private readonly seen = new Set<string>();
  private readonly addsPlus: boolean;

  constructor(addsPlus: boolean) {
    this.addsPlus = addsPlus;
  }

  /** Add what stands in a row; false once there is no more room. */
  add(text: string, row: number): boolean {
    const receiver = text.trim();
    if (receiver === '') return true;
    const { receivers } = this;
    if (receivers.numbers.length + receivers.refused.length >= MOST_RECEIVERS) {
      receivers.isTooMany = true;
      return false;
    }
    const number = this.read(receiver);
    if (number === null) receivers.refused.push({ row, receiver: receiver.slice(0, LONGEST), code: 'INVALID_PHONE_NUMBER' });
    else if (this.seen.has(number)) receivers.refused.push({ row, receiver, code: 'DUPLICATE_RECEIVER' });
    else {
      this.seen.add(number);
      receivers.numbers.push(number);
      receivers.rows.push(row);
    }
    return true;
  }

  private read(receiver: string): string | null {
    const plain = receiver.replace(SEPARATORS, '');
    const digits = INTERNATIONAL.exec(plain)?.[1];
    if (digits) return `+${digits}`;
    if (!BARE.test(plain)) return null;
    this.receivers.bare += 1;
    return this.addsPlus ? `+${plain}` : null;
  }
}

/** Read numbers that stand in lines, or between commas, semicolons or tabs. */
export async function readPasted(text: string, addsPlus: boolean, signal: AbortSignal): Promise<Receivers> {
  const gathering = new Gathering(addsPlus);
  const slices = new Slices(signal);
  let row = 0;
  for (const line of text.split(/\r\n|\r|\n/)) {
    row += 1;
    for (const part of line.split(/[,;\t]/)) if (!gathering.add(part, row)) return gathering.receivers;
    if (slices.due) await slices.turn();
  }
  return gathering.receivers;
}

export interface Sheet {
  file: File;
  coding: string;
  separator: Separator;
  records: string[][];
}

/** Read one column of a file. */
export async function readColumn(
  sheet: Sheet,
  { column, hasHeader, addsPlus }: { column: number; hasHeader: boolean; addsPlus: boolean },
  signal: AbortSignal,
  tell: (share: number) => void,
): Promise<Receivers> {
  const gathering = new Gathering(addsPlus);
  const each = (record: string[], row: number) => (hasHeader && row === 1) || gathering.add(record[column] ?? '', row);
  await readRecords(sheet.file, sheet, each, signal, tell);
  return gathering.receivers;
}

/** Return the column that looks most like numbers, and whether its first row is a name. */
export function guessColumn(records: readonly string[][]): { column: number; hasHeader: boolean } {
  const width = Math.max(0, ...records.map((record) => record.length));
  const looks = (text: string | undefined) => {
    const plain = (text ?? '').replace(SEPARATORS, '');
    return INTERNATIONAL.test(plain) || BARE.test(plain);
  };
  let best = { column: 0, count: 0 };
  for (let column = 0; column < width; column += 1) {
    const count = records.filter((record) => looks(record[column])).length;
    if (count > best.count) best = { column, count };
  }
  const { column, count } = best;
  return { column, hasHeader: records.length > 1 && count > 0 && !looks(records[0]?.[column]) };
}
