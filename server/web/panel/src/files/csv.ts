/** Comma-separated values as spreadsheets read them (RFC 4180). */

/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;
/** A number as the API shows it begins so too, and calculates nothing. */
const PHONE_NUMBER = /^\+\d{1,15}$/;
const NEEDS_QUOTES = /[",;\t\r\n]|^ | $/;

/** With this mark before it, spreadsheets read a file as UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** Return a line; a value that would be run as a formula gets an apostrophe before it, which makes it a text. */
export function csvLine(values: readonly (string | number | null | undefined)[]): string {
  return `${values.map(csvValue).join(',')}\r\n`;
}

function csvValue(value: string | number | null | undefined): string {
  let text = String(value ?? '');
  if (FORMULA.test(text) && !PHONE_NUMBER.test(text)) text = `'${text}`;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Have the browser keep a file. */
export function download(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
