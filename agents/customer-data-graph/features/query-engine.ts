/** What an SQL engine must do for the portable queries, and the shape of their results. Knows no query and no engine. */
import type { IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';

/** What a set of features looks at: days, as day numbers, and by which rules identities are customers. */
export interface FeatureWindow {
  /** Last day of the history. */
  readonly asOfDay: number;
  /** Last day of the outcome window; asOfDay when there is none. */
  readonly endDay: number;
  /** Last day of the history that is compared with, for queries about what has changed; asOfDay when absent. */
  readonly sinceDay?: number;
  /** The shipped ones when absent. */
  readonly rules?: IdentityRules;
}

/** The values of the parameters that queries name. */
export function parametersOf({ asOfDay, endDay, sinceDay }: FeatureWindow): Readonly<Record<string, number>> {
  return { as_of_day: asOfDay, end_day: endDay, since_day: sinceDay ?? asOfDay };
}

/** Result columns by name; text as string, integers as number. */
export type ResultColumns = Readonly<Record<string, readonly (string | number)[]>>;

/** Result columns of numbers, for results too long for arrays of values. */
export type NumberColumns = Readonly<Record<string, Int32Array | Float64Array>>;

/** The array of a column: money and instants need 53 bits, everything else that is counted or numbered fits in 32. */
export function isWideColumn(name: string): boolean {
  return name.endsWith('_minor') || name.endsWith('_ms');
}

/** What an SQL engine must do. A table `signals` with the columns of a segment must exist before the first query. */
export interface QueryEngine {
  readonly select: (sql: string, window: FeatureWindow) => Promise<ResultColumns>;
  /** A result of integers alone, as typed arrays: Float64Array where isWideColumn, Int32Array elsewhere. */
  readonly numbers: (sql: string, window: FeatureWindow) => Promise<NumberColumns>;
  /** Makes a table of the result of a query. */
  readonly keep: (name: string, sql: string, window: FeatureWindow) => Promise<void>;
  /** Makes a table of values, in place of one of that name; a column holds text, or 32-bit integers. */
  readonly load: (name: string, columns: ResultColumns) => Promise<void>;
}

/** A column of a result. @throws {CohortiumError} INTERNAL when the query has no such column */
export function resultColumn(columns: ResultColumns, name: string): readonly (string | number)[] {
  const found = columns[name];
  if (!found) throw new CohortiumError('INTERNAL', `a feature query has no column '${name}'; it has ${Object.keys(columns).join(', ')}`);
  return found;
}
