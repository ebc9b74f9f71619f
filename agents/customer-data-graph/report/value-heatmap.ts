/** Value by location and channel as a table of tiles: the darker, the more. Rows and columns come with their sums, largest first. */
import { formatCompact, wholeUnits } from './format-number.ts';
import { escapeXml, label, picture, shorten, textWidth } from './svg.ts';

export interface HeatmapData {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Minor units, one array per row. */
  readonly valuesMinor: readonly (readonly number[])[];
  readonly currency: string;
  readonly horizonDays: number;
  readonly asOf: string;
}

const longestName = 24;
const tileHeight = 34;
const top = 96;
const sumWidth = 84;

/** @returns an SVG document */
export function valueHeatmap(data: HeatmapData): string {
  const { rows, columns, valuesMinor, currency, horizonDays, asOf } = largestFirst(data);
  const value = (row: number, column: number): number => wholeUnits(valuesMinor[row]?.[column] ?? 0, currency);
  const names = rows.map((name) => shorten(name, longestName));
  const left = 28 + Math.max(60, ...names.map((name) => textWidth(name)));
  const tileWidth = Math.max(84, Math.min(120, 480 / Math.max(1, columns.length)));
  const sumX = left + columns.length * tileWidth;
  const bottom = top + rows.length * tileHeight;
  const largest = Math.max(1, ...rows.flatMap((_, row) => columns.map((__, column) => value(row, column))));
  const rowSum = (row: number): number => columns.reduce((sum, _, column) => sum + value(row, column), 0);
  const columnSum = (column: number): number => rows.reduce((sum, _, row) => sum + value(row, column), 0);
  const total = rows.reduce((sum, _, row) => sum + rowSum(row), 0);
  const heading = 'Expected value by location and channel';
  const subheading = `${currency}, ${horizonDays} days from ${asOf}, ${formatCompact(total)} in all`;
  return picture({
    width: Math.ceil(Math.max(sumX + sumWidth + 24, textWidth(heading, 16) + 48, textWidth(subheading) + 48)),
    height: bottom + 58,
    title: heading,
    description: `${subheading}. ${rows.map((name, row) => `${name} ${formatCompact(rowSum(row))}`).join(', ')}.`,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, subheading, 'quiet'),
      ...columns.map((name, column) =>
        label(left + (column + 0.5) * tileWidth, top - 12, shorten(name, Math.floor(tileWidth / 7.5)), 'middle'),
      ),
      label(sumX + sumWidth, top - 12, 'all', 'end quiet'),
      ...rows.flatMap((name, row) => {
        const y = top + row * tileHeight;
        return [
          `<g>${names[row] === name ? '' : `<title>${escapeXml(name)}</title>`}${label(left - 12, y + 21, names[row] ?? '', 'end')}</g>`,
          ...columns.map((_, column) => tile(left + column * tileWidth, y, tileWidth, value(row, column), largest)),
          label(sumX + sumWidth, y + 21, formatCompact(rowSum(row)), 'end strong'),
        ];
      }),
      label(left - 12, bottom + 24, 'all', 'end quiet'),
      ...columns.map((_, column) =>
        label(left + (column + 0.5) * tileWidth, bottom + 24, formatCompact(columnSum(column)), 'middle strong'),
      ),
      label(sumX + sumWidth, bottom + 24, formatCompact(total), 'end strong'),
    ],
  });
}

/** Ties keep the order in which they came. */
function largestFirst(data: HeatmapData): HeatmapData {
  const { rows, columns, valuesMinor } = data;
  const at = (row: number, column: number): number => valuesMinor[row]?.[column] ?? 0;
  const rowSums = rows.map((_, row) => columns.reduce((sum, __, column) => sum + at(row, column), 0));
  const columnSums = columns.map((_, column) => rows.reduce((sum, __, row) => sum + at(row, column), 0));
  const rowOrder = rows.map((_, row) => row).toSorted((a, b) => (rowSums[b] ?? 0) - (rowSums[a] ?? 0));
  const columnOrder = columns.map((_, column) => column).toSorted((a, b) => (columnSums[b] ?? 0) - (columnSums[a] ?? 0));
  return {
    ...data,
    rows: rowOrder.map((row) => rows[row] ?? ''),
    columns: columnOrder.map((column) => columns[column] ?? ''),
    valuesMinor: rowOrder.map((row) => columnOrder.map((column) => at(row, column))),
  };
}

/** Opacity carries the value, so the tile reads on a light and on a dark ground; the number stands on it in any case. */
function tile(x: number, y: number, width: number, amount: number, largest: number): string {
  const share = Math.max(0, amount) / largest;
  const opacity = (0.06 + 0.94 * share).toFixed(2);
  const box = `<rect x="${(x + 1.5).toFixed(1)}" y="${y + 1.5}" width="${(width - 3).toFixed(1)}" height="${tileHeight - 3}" rx="4" class="tile" opacity="${opacity}"/>`;
  return box + label(x + width / 2, y + 21, formatCompact(amount), share > 0.8 ? 'middle on-tile' : 'middle in-tile');
}
