/**
 * Runs the portable feature queries on an engine, in order: identities first, then the tables that later queries read, then
 * the results. Knows SQL files and their names; knows no engine.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { isoDate } from '../../../skills/sdk/numeric/index.ts';
import { dayOfInstant, parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { type Identity, ownerOf, type PairStatement, resolveIdentities } from '../identities/resolve-identities.ts';

/** The days that a set of features looks at, as day numbers. */
export interface FeatureWindow {
  /** Last day of the history. */
  readonly asOfDay: number;
  /** Last day of the outcome window; asOfDay when there is none. */
  readonly endDay: number;
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
  /** Makes a table of values; a column holds text, or 32-bit integers. */
  readonly load: (name: string, columns: ResultColumns) => Promise<void>;
}

/** Text of one query. */
export function featureSql(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(join(import.meta.dirname, `${name}.sql`), 'utf8');
  texts.set(name, text);
  return text;
}

const texts = new Map<string, string>();

/** Tables made one after another; each reads the ones before. */
export const keptQueries = ['events', 'purchase_cells', 'known', 'return_targets', 'returned_cells', 'day_cells', 'days'] as const;

export const resultQueries = [
  'accounts',
  'cells',
  'visits',
  'daily',
  'cell_totals',
  'quarters',
  'first_lines',
  'property_spend',
  'standing',
] as const;

export interface FeatureResults {
  /** Customer ids; a customer_no is a row of this. */
  readonly customers: readonly string[];
  readonly results: Readonly<Record<(typeof resultQueries)[number], ResultColumns>>;
}

/** Resolves identities as known on the last day and makes the table that queries join with. Returns the customer ids. */
export async function loadIdentities(engine: QueryEngine, window: FeatureWindow): Promise<readonly string[]> {
  const carried = await engine.select(featureSql('carried'), window);
  const statements = await engine.select(featureSql('statements'), window);
  const resolved = resolveIdentities(
    resultColumn(carried, 'user_id').map((userId, row) => ({
      userId: String(userId),
      loyaltyId: String(carried['loyalty_id']?.[row] ?? ''),
      emailHash: String(carried['email_hash']?.[row] ?? ''),
      phoneHash: String(carried['phone_hash']?.[row] ?? ''),
      anonymousId: String(carried['anonymous_id']?.[row] ?? ''),
    })),
    texts3(statements, 'type', 'properties', 'properties').map(([type, properties]) => readStatement(type, properties)),
  );
  await engine.load('identities', {
    owner: resolved.identities.map(({ identity }) => ownerOf(identity)),
    customer_no: resolved.identities.map(({ customer }) => customer),
  });
  return resolved.customers;
}

/** Runs every query; the caller has made `signals`. */
export async function runFeatureQueries(engine: QueryEngine, window: FeatureWindow): Promise<FeatureResults> {
  const customers = await loadIdentities(engine, window);
  await engine.load('stated_days', statedDays(await engine.select(featureSql('return_properties'), window)));
  for (const name of keptQueries) await engine.keep(name, featureSql(name), window);
  const days = await engine.select('SELECT day_no FROM days GROUP BY day_no ORDER BY day_no', window);
  await engine.load('calendar', { day_no: days['day_no'] ?? [], quarter: (days['day_no'] ?? []).map((day) => quarterOf(Number(day))) });
  const results: Partial<Record<(typeof resultQueries)[number], ResultColumns>> = {};
  for (const name of resultQueries) results[name] = await engine.select(featureSql(name), window);
  return { customers, results: results as FeatureResults['results'] }; // one entry per name of resultQueries
}

/** Quarter of the year of a day, 1 to 4. */
function quarterOf(dayNo: number): number {
  return Math.floor((Number(isoDate(dayNo).slice(5, 7)) - 1) / 3) + 1;
}

/** A column of a result. @throws {CohortiumError} INTERNAL when the query has no such column */
export function resultColumn(columns: ResultColumns, name: string): readonly (string | number)[] {
  const found = columns[name];
  if (!found) throw new CohortiumError('INTERNAL', `a feature query has no column '${name}'; it has ${Object.keys(columns).join(', ')}`);
  return found;
}

function texts3(columns: ResultColumns, first: string, second: string, third: string): (readonly [string, string, string])[] {
  const [a, b, c] = [resultColumn(columns, first), resultColumn(columns, second), resultColumn(columns, third)];
  return a.map((value, row) => [String(value), String(b[row]), String(c[row])] as const);
}

function readStatement(type: string, properties: string): PairStatement {
  const { left, right } = JSON.parse(properties) as { readonly left: Identity; readonly right: Identity }; // checked at capture
  return { left, right, isLink: type === 'identity-link' };
}

function statedDays(returns: ResultColumns): ResultColumns {
  const ids: string[] = [];
  const days: number[] = [];
  for (const [id, properties] of texts3(returns, 'id', 'properties', 'properties')) {
    if (!properties.includes('"purchasedAt"')) continue;
    const { purchasedAt } = JSON.parse(properties) as { readonly purchasedAt?: unknown }; // an object by the signal schema
    const instant = typeof purchasedAt === 'string' ? parseIsoInstant(purchasedAt.trim()) : undefined;
    if (instant === undefined) continue;
    ids.push(id);
    days.push(dayOfInstant(instant));
  }
  return { id: ids, day_no: days };
}
