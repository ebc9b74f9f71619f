/**
 * The warehouse port on DuckDB over Parquet: features of a snapshot by portable SQL, and the declared standing of customers.
 * The same snapshot, day and outcome window give the same digests. Keeps day buckets of
 * segments between calls, which can be made again at any time, and nothing else.
 */
import {
  type CallOptions,
  CohortiumError,
  column,
  type ContentStore,
  type FeatureReply,
  type FeatureRequest,
  makeTable,
  type Ref,
  textColumn,
  type Warehouse,
  type WindowFeatures,
} from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { type Declared, foldDeclared } from '../../customer-data-graph/features/declared.ts';
import {
  featureSql,
  type FeatureWindow,
  loadIdentities,
  type ResultColumns,
  runFeatureQueries,
} from '../../customer-data-graph/features/feature-queries.ts';
import { writeFeatureTables } from '../../customer-data-graph/features/feature-tables.ts';
import { decisiveOwners, touchedIdentities } from '../../customer-data-graph/features/touched.ts';
import { type BucketQuery, bucketQueries, makeBuckets } from '../../customer-data-graph/features/window-buckets.ts';
import { readLinks } from '../../customer-data-graph/features/window-links.ts';
import { readProfiles } from '../../customer-data-graph/features/window-profiles.ts';
import { readEvents, readWindowSource } from '../../customer-data-graph/features/window-source.ts';
import { writeWindowTables } from '../../customer-data-graph/features/window-tables.ts';
import { identityOf, ownerOf } from '../../customer-data-graph/identities/identity.ts';
import { BucketFiles } from './bucket-files.ts';
import { type DuckdbEngine, withDuckdb, withSegments } from './duckdb-session.ts';
import { OwnerFiles } from './owner-files.ts';
import { readSnapshot, rulesOfSnapshot } from './read-snapshot.ts';
import { folderBeside } from './segment-files.ts';
import type { SegmentEntry } from './segment-schema.ts';

export interface WarehouseOptions {
  /** Folder of the segments. */
  readonly segments: string;
  /** Folder of their day buckets; `buckets` beside the segments when absent. Whatever is in it can be made again. */
  readonly buckets?: string;
  /** What DuckDB may hold in memory before it spills, such as `4GB`; four fifths of the machine when absent. */
  readonly memoryLimit?: string;
  readonly content: ContentStore;
}

export interface DuckdbWarehouse extends Warehouse, WindowFeatures {
  /**
   * What is declared about each customer up to a day, by customer id.
   * @throws {CohortiumError} ARGUMENT_INVALID, CONTENT_NOT_FOUND, STORE_CORRUPT
   */
  declaredAt(snapshot: Ref, asOf: string, options: Pick<CallOptions, 'signal'>): Promise<ReadonlyMap<string, Declared>>;
  /**
   * Sales, returns and loyalty actions of everybody per day up to a day: columns day_no, type, signals, amount_minor.
   * @throws {CohortiumError} ARGUMENT_INVALID, CONTENT_NOT_FOUND, STORE_CORRUPT
   */
  revenueByDay(snapshot: Ref, asOf: string, options: Pick<CallOptions, 'signal'>): Promise<ResultColumns>;
}

/**
 * @throws {CohortiumError} from buildFeatures: ARGUMENT_INVALID for a date or snapshot that cannot be read, GRAPH_EMPTY when
 * nobody bought anything on or before asOf, CONTENT_NOT_FOUND or STORE_CORRUPT when a segment is absent or damaged
 */
export function createWarehouse({ segments, buckets = folderBeside(segments), memoryLimit, content }: WarehouseOptions): DuckdbWarehouse {
  const place = { segments, ...(memoryLimit === undefined ? {} : { memoryLimit }) };
  const bucketFiles = new BucketFiles(place, buckets);
  const ownerFiles = new OwnerFiles(place, buckets);

  /** Views over bucket files; tables that say nothing where there is no segment. */
  const openBuckets = async (
    engine: DuckdbEngine,
    entries: readonly SegmentEntry[],
    window: FeatureWindow,
    queries: readonly BucketQuery[],
    prefix = '',
  ): Promise<void> => {
    if (entries.length > 0) return bucketFiles.view(engine, entries, queries, prefix);
    await engine.viewSegments([]);
    await makeBuckets(engine, window, queries, prefix);
  };

  const openEverybody = async (engine: DuckdbEngine, entries: readonly SegmentEntry[], window: FeatureWindow): Promise<void> => {
    await openBuckets(engine, entries, window, bucketQueries);
    await engine.viewSegments(entries);
  };

  /** Signals of the neighbourhood of some identities alone. Names are those of everybody, so that their numbers are the same. */
  const openAsked = async (
    engine: DuckdbEngine,
    entries: readonly SegmentEntry[],
    window: FeatureWindow,
    asked: readonly string[],
  ): Promise<void> => {
    await openBuckets(engine, entries, window, ['day_names', 'day_skus', 'identity_edges']);
    await ownerFiles.keepSignals(engine, entries, await decisiveOwners(engine, window, asked));
    await makeBuckets(engine, window, ['day_buckets', 'day_items']);
  };

  return {
    async buildFeatures(request: FeatureRequest, options: CallOptions): Promise<FeatureReply> {
      const asOfDay = readDay(request.asOf);
      const snapshot = readSnapshot(content, request.snapshot);
      const window = { asOfDay, endDay: asOfDay + request.outcomeDays, rules: rulesOfSnapshot(content, snapshot) };
      const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= window.endDay);
      const found = await withSegments(place, needed, options, (engine) => runFeatureQueries(engine, window));
      options.signal.throwIfAborted();
      return writeFeatureTables(found, window, content);
    },

    async buildWindows(request, options) {
      const asOfDay = readDay(request.asOf);
      const snapshot = readSnapshot(content, request.snapshot);
      const window = { asOfDay, endDay: asOfDay, rules: rulesOfSnapshot(content, snapshot) };
      const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= asOfDay);
      const asked = request.only && textColumn(content.getTable(request.only), 'customerId').map((id) => ownerOf(identityOf(id)));
      await bucketFiles.complete(needed, options);
      // Not for who is asked for now only: whoever builds everybody's windows will ask for those of a few soon.
      await ownerFiles.complete(needed, options);
      const found = await withDuckdb(place, options, async (engine) => {
        await (asked ? openAsked(engine, needed, window, asked) : openEverybody(engine, needed, window));
        const source = await readWindowSource(engine, window, asked);
        const profiles = await readProfiles(engine, window, source.accountOf, source.customers.length);
        const events = await readEvents(engine, window, source);
        // Others than those asked for may be at the other end of a link, so that it takes everybody to tell.
        return { source, events, profiles, links: asked ? [] : await readLinks(engine, window, source.accountOf, profiles) };
      });
      options.signal.throwIfAborted();
      return writeWindowTables(found, window, content);
    },

    async touchedSince({ previous, snapshot, asOf }, options) {
      const days = [readDay(previous.asOf), readDay(asOf)] as const;
      const asOfDay = Math.max(...days);
      const [before, now] = [readSnapshot(content, previous.snapshot), readSnapshot(content, snapshot)];
      const rules = rulesOfSnapshot(content, now);
      const window = { asOfDay, endDay: asOfDay, sinceDay: Math.min(...days), rules };
      const inBoth = commonSegments(before.segments, now.segments);
      const all = [...new Map([...before.segments, ...now.segments].map((segment) => [segment.digest, segment])).values()];
      // Under other rules anybody can be another customer.
      const isUnderOtherRules = before.identityRules?.digest !== now.identityRules?.digest;
      const changed = isUnderOtherRules ? all : all.filter(({ digest }) => !inBoth.has(digest));
      await bucketFiles.complete(all, options);
      const touched = await withDuckdb(place, options, async (engine) => {
        await openBuckets(engine, all, window, ['day_buckets', 'identity_edges']);
        await openBuckets(engine, changed, window, ['day_buckets', 'identity_edges'], 'new_');
        return touchedIdentities(engine, window);
      });
      options.signal.throwIfAborted();
      return { touched: content.putTable(makeTable({ customerId: column.text(touched) })) };
    },

    async declaredAt(ref, asOf, options) {
      const asOfDay = readDay(asOf);
      const snapshot = readSnapshot(content, ref);
      const window = { asOfDay, endDay: asOfDay, rules: rulesOfSnapshot(content, snapshot) };
      const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= asOfDay);
      return withSegments(place, needed, options, async (engine) => {
        const customers = await loadIdentities(engine, window);
        const declared = foldDeclared(await engine.select(featureSql('standing'), window), window);
        return new Map([...declared].map(([number, said]) => [customers[number] ?? '', said]));
      });
    },

    async revenueByDay(ref, asOf, options) {
      const asOfDay = readDay(asOf);
      const needed = readSnapshot(content, ref).segments.filter(({ firstDay }) => firstDay <= asOfDay);
      return withSegments(place, needed, options, (engine) => engine.select(featureSql('revenue_days'), { asOfDay, endDay: asOfDay }));
    },
  };
}

function commonSegments(before: readonly SegmentEntry[], now: readonly SegmentEntry[]): ReadonlySet<string> {
  const known = new Set(before.map(({ digest }) => digest));
  return new Set(now.map(({ digest }) => digest).filter((digest) => known.has(digest)));
}

function readDay(isoDate: string): number {
  const day = dayOfIsoDate(isoDate);
  if (day === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `asOf: an ISO date such as 2026-01-31 was expected; found '${isoDate}'`);
  return day;
}
