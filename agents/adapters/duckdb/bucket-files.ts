/**
 * Day buckets of segments as Parquet files beside them: made once per segment, named by the segment and by the query that made
 * them, so that new signals add files and change none. They hold nothing that the segments do not; a file that is gone is made
 * again.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { type CallOptions, sha256 } from '../../../skills/sdk/index.ts';
import { featureSql } from '../../customer-data-graph/features/feature-queries.ts';
import { type BucketQuery, bucketQueries, loadStatedPairs } from '../../customer-data-graph/features/window-buckets.ts';
import { type DuckdbEngine, type SessionPlace, withDuckdb } from './duckdb-session.ts';
import type { SegmentEntry } from './segment-schema.ts';

/** A bucket spans all days of its segment, so queries of buckets have no as-of day. */
const everyDay = { asOfDay: 0, endDay: 0 };

export class BucketFiles {
  readonly #place: SessionPlace;
  readonly #directory: string;

  /** @param directory folder of the bucket files, made when absent */
  constructor(place: SessionPlace, directory: string) {
    this.#place = place;
    this.#directory = directory;
  }

  /** Makes the files that are missing. */
  async complete(segments: readonly SegmentEntry[], options: Pick<CallOptions, 'signal'>): Promise<void> {
    const missing = segments.filter((segment) => bucketQueries.some((query) => !existsSync(this.#path(segment, query))));
    if (missing.length === 0) return;
    mkdirSync(this.#directory, { recursive: true });
    await withDuckdb(this.#place, options, async (engine) => {
      for (const segment of missing) {
        await engine.viewSegments([segment]);
        await loadStatedPairs(engine, everyDay);
        for (const query of bucketQueries) await this.#make(engine, segment, query);
      }
    });
  }

  /** Makes views of the files of some segments, under the names of the queries or others. */
  async view(engine: DuckdbEngine, segments: readonly SegmentEntry[], queries: readonly BucketQuery[], prefix = ''): Promise<void> {
    for (const query of queries) {
      await engine.viewFiles(
        `${prefix}${query}`,
        segments.map((segment) => this.#path(segment, query)),
      );
    }
  }

  async #make(engine: DuckdbEngine, segment: SegmentEntry, query: BucketQuery): Promise<void> {
    const path = this.#path(segment, query);
    if (existsSync(path)) return;
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      await engine.writeFile(featureSql(query), everyDay, temporary);
      const descriptor = openSync(temporary, 'r');
      fsyncSync(descriptor);
      closeSync(descriptor);
      renameSync(temporary, path);
    } catch (cause) {
      rmSync(temporary, { force: true });
      throw cause;
    }
  }

  #path({ digest }: SegmentEntry, query: BucketQuery): string {
    return join(this.#directory, `${digest}.${query}-${sha256(featureSql(query)).slice(0, 8)}.parquet`);
  }
}
