/**
 * Runs the portable feature queries on an engine, in order: identities first, then the tables that later queries read, then
 * the results. Knows SQL files and their names; knows no engine.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { dayOfInstant, parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { loadIdentityGraph } from '../identities/load-identities.ts';
import { type FeatureWindow, type QueryEngine, type ResultColumns, resultColumn } from './query-engine.ts';

export {
  type FeatureWindow,
  isWideColumn,
  type NumberColumns,
  parametersOf,
  type QueryEngine,
  type ResultColumns,
  resultColumn,
} from './query-engine.ts';

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

export const resultQueries = ['accounts', 'cells', 'visits', 'daily', 'cell_totals', 'first_lines', 'property_spend', 'standing'] as const;

export interface FeatureResults {
  /** Customer ids; a customer_no is a row of this. */
  readonly customers: readonly string[];
  readonly results: Readonly<Record<(typeof resultQueries)[number], ResultColumns>>;
}

/** Resolves identities as known on the last day and makes the table that queries join with. Returns the customer ids. */
export async function loadIdentities(engine: QueryEngine, window: FeatureWindow): Promise<readonly string[]> {
  return (await loadIdentityGraph(engine, window, window.rules)).customers;
}

/** Runs every query; the caller has made `signals`. */
export async function runFeatureQueries(engine: QueryEngine, window: FeatureWindow): Promise<FeatureResults> {
  const customers = await loadIdentities(engine, window);
  await engine.load('stated_days', statedDays(await engine.select(featureSql('return_properties'), window)));
  for (const name of keptQueries) await engine.keep(name, featureSql(name), window);
  const results: Partial<Record<(typeof resultQueries)[number], ResultColumns>> = {};
  for (const name of resultQueries) results[name] = await engine.select(featureSql(name), window);
  return { customers, results: results as FeatureResults['results'] }; // one entry per name of resultQueries
}

function texts3(columns: ResultColumns, first: string, second: string, third: string): (readonly [string, string, string])[] {
  const [a, b, c] = [resultColumn(columns, first), resultColumn(columns, second), resultColumn(columns, third)];
  return a.map((value, row) => [String(value), String(b[row]), String(c[row])] as const);
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
