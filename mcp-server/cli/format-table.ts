/** Tables and bars as plain text with aligned columns. Text from customers is shown without its control characters. */

export interface TableColumn {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

/**
 * @param rows one text per column
 * @returns lines without trailing spaces; the head is the first
 */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => displayWidth(row[at] ?? ''))));
  return cells.map((row) =>
    columns
      .map(({ align }, at) => {
        const text = row[at] ?? '';
        const gap = ' '.repeat((widths[at] ?? 0) - displayWidth(text));
        return align === 'right' ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Names and values, one a line: `  ledger   10 records`. */
export function formatPairs(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => displayWidth(name)));
  return pairs.map(([name, value]) => `${name}${' '.repeat(width - displayWidth(name))}  ${printable(value)}`.trimEnd());
}

/**
 * A bar of block characters in eighths.
 * @param share 0 to 1; what lies outside is cut
 * @param width in characters
 */
export function formatBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * width * 8);
  const rest = ' ▏▎▍▌▋▊▉'[eighths % 8] ?? '';
  return '█'.repeat(Math.floor(eighths / 8)) + (eighths % 8 === 0 ? '' : rest);
}

/** Text that cannot move the cursor, ring, recolour or break the line. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '·');
}

/** Columns that a terminal gives to a text: two for East Asian wide characters, none for combining marks. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\u200d/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
