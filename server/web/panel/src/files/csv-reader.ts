/** Reading comma-separated values as they come, whatever their separator, quotes and line ends (RFC 4180). */

import { Slices } from './slices';

const SEPARATORS = [',', ';', '\t'] as const;
export type Separator = (typeof SEPARATORS)[number];

/** Takes text in pieces and gives the records that are complete. */
export class CsvParser {
  private readonly separator: Separator;
  private record: string[] = [];
  private value = '';
  private isQuoted = false;
  /** Whether the last sign was a quote inside quotes: it ends them, or with another one stands for itself. */
  private isClosing = false;
  private afterReturn = false;

  constructor(separator: Separator) {
    this.separator = separator;
  }

  *take(text: string): Generator<string[]> {
    for (const sign of text) {
      const ended = this.sign(sign);
      if (ended) yield ended;
    }
  }

  /** The record that no line end came after. */
  *end(): Generator<string[]> {
    if (this.value !== '' || this.record.length > 0) yield this.close();
  }

  private sign(sign: string): string[] | undefined {
    if (this.isQuoted) {
      if (!this.isClosing) {
        if (sign === '"') this.isClosing = true;
        else this.value += sign;
        return undefined;
      }
      this.isClosing = false;
      if (sign === '"') {
        this.value += sign;
        return undefined;
      }
      this.isQuoted = false;
    }
    const afterReturn = this.afterReturn;
    this.afterReturn = sign === '\r';
    if (sign === '\n' && afterReturn) return undefined;
    if (sign === '\n' || sign === '\r') return this.close();
    if (sign === this.separator) {
      this.record.push(this.value);
      this.value = '';
    } else if (sign === '"' && this.value === '') this.isQuoted = true;
    else this.value += sign;
    return undefined;
  }

  private close(): string[] {
    const record = [...this.record, this.value];
    this.record = [];
    this.value = '';
    return record;
  }
}

/** Return what separates the values of a file, by its first line. */
export function separatorOf(head: string): Separator {
  const line = head.split(/[\r\n]/, 1)[0] ?? '';
  const count = (sign: string) => line.split(sign).length;
  return SEPARATORS.reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

const HEAD_BYTES = 65_536;
const HEAD_RECORDS = 20;

/** Return how a file is coded, its separator and its first records. */
export async function readHead(file: Blob) {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const coding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  const text = new TextDecoder(coding).decode(bytes);
  const separator = separatorOf(text);
  const records = [...new CsvParser(separator).take(text)].slice(0, HEAD_RECORDS);
  // A file of one line may have no line end.
  if (records.length === 0) records.push(...rest(separator, text));
  return { coding, separator, records };
}

function rest(separator: Separator, text: string): string[][] {
  const parser = new CsvParser(separator);
  return [...parser.take(text), ...parser.end()];
}

/**
 * Give each record of a file to `each` with its number, from 1, until that says false; the page has its turns in
 * between. `tell` hears what share of the file is read.
 */
export async function readRecords(
  file: Blob,
  { coding, separator }: { coding: string; separator: Separator },
  each: (record: string[], row: number) => boolean,
  signal: AbortSignal,
  tell: (share: number) => void,
): Promise<void> {
  const slices = new Slices(signal);
  const parser = new CsvParser(separator);
  const decoder = new TextDecoder(coding);
  const reader = file.stream().getReader();
  let bytes = 0;
  let row = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      for (const record of parser.take(text)) {
        row += 1;
        if (!each(record, row)) return;
        if (slices.due) await slices.turn();
      }
      if (done) break;
      bytes += value.byteLength;
      tell(bytes / file.size);
    }
    for (const record of parser.end()) each(record, row + 1);
  } finally {
    await reader.cancel();
  }
}
