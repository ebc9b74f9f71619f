/** Probability that a customer is still active, over how often and how recently they bought: a table of tiles with its key. */
import { formatFixed } from '../format-number.ts';
import { box, label, line, picture } from '../svg.ts';

export interface AliveGrid {
  /** Repeat purchases, ascending: the columns. */
  readonly frequencies: readonly number[];
  /** Ages at the last purchase, ascending: the rows, drawn from below. */
  readonly recencies: readonly number[];
  /** Probability by row and column; null where no such history can be. */
  readonly pAlive: readonly (readonly (number | null)[])[];
  /** Age of the customers. */
  readonly age: number;
  readonly unit: string;
  readonly model: string;
}

const left = 72;
const top = 100;
const size = 380;
const keyLeft = left + size + 28;

/** @returns an SVG document */
export function aliveSurface({ frequencies, recencies, pAlive, age, unit, model }: AliveGrid): string {
  const tileWidth = size / Math.max(1, frequencies.length);
  const tileHeight = size / Math.max(1, recencies.length);
  const bottom = top + size;
  const heading = 'Probability of being active';
  const known = pAlive.flat().filter((p) => p !== null);
  const range =
    known.length === 0
      ? 'No histories.'
      : `${model}; customers of age ${formatFixed(age, Number.isInteger(age) ? 0 : 1)} ${unit}s: from ${formatFixed(Math.min(...known), 2)} to ${formatFixed(Math.max(...known), 2)}.`;
  return picture({
    width: keyLeft + 84,
    height: bottom + 64,
    title: heading,
    description: `${range} Columns are numbers of repeat purchases, rows ages at the last purchase.`,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, range, 'quiet'),
      ...recencies.flatMap((_, row) =>
        frequencies.flatMap((__, column) => {
          const p = pAlive[row]?.[column] ?? null;
          const x = left + column * tileWidth;
          const y = bottom - (row + 1) * tileHeight;
          return p === null ? [] : [box(x, y, tileWidth - gap(tileWidth), tileHeight - gap(tileHeight), 'tile', shade(p))];
        }),
      ),
      line(left, bottom, left + size, bottom, 'axis'),
      line(left, top, left, bottom, 'axis'),
      ...sparse(frequencies.length, tileWidth, 26).map((at) =>
        label(left + (at + 0.5) * tileWidth, bottom + 18, short(frequencies[at] ?? 0), 'middle quiet'),
      ),
      ...sparse(recencies.length, tileHeight, 20).map((at) =>
        label(left - 8, bottom - (at + 0.5) * tileHeight + 4, short(recencies[at] ?? 0), 'end quiet'),
      ),
      label(left + size / 2, bottom + 42, 'repeat purchases', 'middle quiet'),
      label(24, top - 8, `age at the last purchase, ${unit}s`, 'quiet'),
      ...key(),
    ],
  });
}

/** Every so many, so that labels of that size do not meet. */
function sparse(count: number, pixels: number, least: number): number[] {
  const every = Math.max(1, Math.ceil(least / pixels));
  return Array.from({ length: Math.ceil(count / every) }, (_, at) => at * every);
}

function key(): string[] {
  const steps = 10;
  const height = size / steps;
  return [
    ...Array.from({ length: steps }, (_, at) =>
      box(keyLeft, top + size - (at + 1) * height, 16, height, 'tile', shade((at + 0.5) / steps)),
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map((p) => label(keyLeft + 24, top + size * (1 - p) + 4, formatFixed(p, 2), 'quiet')),
  ];
}

function shade(p: number): number {
  return 0.04 + 0.96 * Math.min(1, Math.max(0, p));
}

function gap(pixels: number): number {
  return pixels > 12 ? 1 : 0;
}

function short(value: number): string {
  return formatFixed(value, Number.isInteger(value) ? 0 : 1);
}
