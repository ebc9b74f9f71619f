/**
 * The warehouse port on DuckDB over Parquet: features of a snapshot by portable SQL, and the declared standing of customers.
 * The same snapshot, day and outcome window give the same digests. Keeps nothing between calls.
 */
import {
  type CallOptions,
  CohortiumError,
  type ContentStore,
  type FeatureReply,
  type FeatureRequest,
  type Ref,
  type Warehouse,
  type WindowFeatures,
} from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { type Declared, foldDeclared } from '../../customer-data-graph/features/declared.ts';
import { featureSql, loadIdentities, runFeatureQueries } from '../../customer-data-graph/features/feature-queries.ts';
import { writeFeatureTables } from '../../customer-data-graph/features/feature-tables.ts';
import { readLinks } from '../../customer-data-graph/features/window-links.ts';
import { readWindowSource } from '../../customer-data-graph/features/window-source.ts';
import { writeWindowTables } from '../../customer-data-graph/features/window-tables.ts';
import { withSegments } from './duckdb-session.ts';
import { readSnapshot, rulesOfSnapshot } from './read-snapshot.ts';

export interface WarehouseOptions {
  /** Folder of the segments. */
  readonly segments: string;
  readonly content: ContentStore;
}

export interface DuckdbWarehouse extends Warehouse, WindowFeatures {
  /**
   * What is declared about each customer up to a day, by customer id.
   * @throws {CohortiumError} ARGUMENT_INVALID, CONTENT_NOT_FOUND, STORE_CORRUPT
   */
  declaredAt(snapshot: Ref, asOf: string, options: Pick<CallOptions, 'signal'>): Promise<ReadonlyMap<string, Declared>>;
}

/**
 * @throws {CohortiumError} from buildFeatures: ARGUMENT_INVALID for a date or snapshot that cannot be read, GRAPH_EMPTY when
 * nobody bought anything on or before asOf, CONTENT_NOT_FOUND or STORE_CORRUPT when a segment is absent or damaged
 */
export function createWarehouse({ segments: directory, content }: WarehouseOptions): DuckdbWarehouse {
  return {
    async buildFeatures(request: FeatureRequest, options: CallOptions): Promise<FeatureReply> {
      const asOfDay = readDay(request.asOf);
      const snapshot = readSnapshot(content, request.snapshot);
      const window = { asOfDay, endDay: asOfDay + request.outcomeDays, rules: rulesOfSnapshot(content, snapshot) };
      const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= window.endDay);
      const found = await withSegments(directory, needed, options, (engine) => runFeatureQueries(engine, window));
      options.signal.throwIfAborted();
      return writeFeatureTables(found, window, content);
    },

    async buildWindows(request, options) {
      const asOfDay = readDay(request.asOf);
      const snapshot = readSnapshot(content, request.snapshot);
      const window = { asOfDay, endDay: asOfDay, rules: rulesOfSnapshot(content, snapshot) };
      const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= asOfDay);
      const found = await withSegments(directory, needed, options, async (engine) => {
        const source = await readWindowSource(engine, window);
        const standing = await engine.select(featureSql('standing'), window);
        return { source, standing, links: await readLinks(engine, window, standing) };
      });
      options.signal.throwIfAborted();
      return writeWindowTables(found, window, content);
    },

    async declaredAt(ref, asOf, options) {
      const asOfDay = readDay(asOf);
      const snapshot = readSnapshot(content, ref);
      const window = { asOfDay, endDay: asOfDay, rules: rulesOfSnapshot(content, snapshot) };
      const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= asOfDay);
      return withSegments(directory, needed, options, async (engine) => {
        const customers = await loadIdentities(engine, window);
        const declared = foldDeclared(await engine.select(featureSql('standing'), window));
        return new Map([...declared].map(([number, said]) => [customers[number] ?? '', said]));
      });
    },
  };
}

function readDay(isoDate: string): number {
  const day = dayOfIsoDate(isoDate);
  if (day === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `asOf: an ISO date such as 2026-01-31 was expected; found '${isoDate}'`);
  return day;
}
