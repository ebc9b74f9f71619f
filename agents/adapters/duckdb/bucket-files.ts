/** Day buckets of segments as Parquet files: what windows are folded from, without reading the log again. */
import type { CallOptions } from '../../../skills/sdk/index.ts';
import { featureSql } from '../../customer-data-graph/features/feature-queries.ts';
import { type BucketQuery, bucketQueries, loadStatedPairs } from '../../customer-data-graph/features/window-buckets.ts';
import type { DuckdbEngine, SessionPlace } from './duckdb-session.ts';
import { type SegmentFileKind, SegmentFiles } from './segment-files.ts';
import type { SegmentEntry } from './segment-schema.ts';

/** A bucket spans all days of its segment, so queries of buckets have no as-of day. */
const everyDay = { asOfDay: 0, endDay: 0 };

function kindOf(query: BucketQuery): SegmentFileKind {
  return {
    name: query,
    recipe: featureSql(query),
    extension: 'parquet',
    async write(engine, path) {
      if (query === 'identity_edges') await loadStatedPairs(engine, everyDay);
      await engine.writeFile(featureSql(query), everyDay, path);
    },
  };
}

export class BucketFiles {
  readonly #files: SegmentFiles;

  /** @param directory folder of the bucket files, made when absent */
  constructor(place: SessionPlace, directory: string) {
    this.#files = new SegmentFiles(place, directory, bucketQueries.map(kindOf));
  }

  /** Makes the files that are missing. */
  complete(segments: readonly SegmentEntry[], options: Pick<CallOptions, 'signal'>): Promise<void> {
    return this.#files.complete(segments, options);
  }

  /** Makes views of the files of some segments, under the names of the queries or others. */
  async view(engine: DuckdbEngine, segments: readonly SegmentEntry[], queries: readonly BucketQuery[], prefix = ''): Promise<void> {
    for (const query of queries) {
      const kind = kindOf(query);
      await engine.viewFiles(
        `${prefix}${query}`,
        segments.map((segment) => this.#files.path(segment, kind)),
      );
    }
  }
}
