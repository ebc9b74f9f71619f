/**
 * CSV that a spreadsheet opens without running anything: text that begins like a formula is made plain text. RFC 4180, one header line.
 * @see OWASP, "CSV Injection"
 */

export type CsvCell = string | number | boolean | null;

/** Characters that spreadsheets take for the beginning of a formula, and those that they skip before one. */
// eslint-disable-next-line no-control-regex
const formula = /^[\s\u0000-\u001f]*[=+\-@|%\uff0b\uff0d\uff1d\uff20]/;

/** @param rows in the order of columns; null is an empty cell */
export function csvText(columns: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  // An apostrophe is what spreadsheets take for "this is text"; a reader of data finds it in data.json without one.
  const safe = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
