/** Rows of a training table by the home place of their customers. Reads and stores nothing. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { FitRows } from '../training/training-interface.ts';

/** What a customer's home has, and what a grid may be split by. */
export const grainAxes = ['location', 'channel', 'brand'] as const;

export type GrainAxis = (typeof grainAxes)[number];

/** @throws {CohortiumError} ARGUMENT_INVALID for an axis that is none */
export function readAxis(given: string): GrainAxis {
  const axis = grainAxes.find((name) => name === given);
  if (axis) return axis;
  throw new CohortiumError('ARGUMENT_INVALID', `--grain has '${given.slice(0, 80)}'; expected one of ${grainAxes.join(', ')}`);
}

/** Row numbers by home value, ascending. */
export function rowsByHome({ home }: FitRows, axis: GrainAxis): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const [row, value] of home[axis].entries()) {
    const rows = found.get(value);
    if (rows) rows.push(row);
    else found.set(value, [row]);
  }
  return found;
}

/** Some rows of a table, in the order given. */
export function pickRows(table: FitRows, rows: readonly number[]): FitRows {
  const texts = (values: readonly string[]): readonly string[] => rows.map((row) => values[row] ?? '');
  const numbers = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row] ?? Number.NaN);
  const { x, tx, T, meanSpend } = table.histories;
  return {
    ...table,
    customerId: texts(table.customerId),
    home: { location: texts(table.home.location), channel: texts(table.home.channel), brand: texts(table.home.brand) },
    columns: Object.fromEntries(Object.entries(table.columns).map(([name, values]) => [name, numbers(values)])),
    channels: table.channels.map(({ channel, share }) => ({ channel, share: numbers(share) })),
    histories: { x: numbers(x), tx: numbers(tx), T: numbers(T), meanSpend: numbers(meanSpend) },
    outcomeMinor: table.outcomeMinor && numbers(table.outcomeMinor),
  };
}
