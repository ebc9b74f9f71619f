/**
 * Files made of single segments and kept beside them: one of each kind per segment, named by the segment and by what makes it, so
 * that new signals add files and change none. They hold nothing that the segments do not; a file that is gone is made again.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type CallOptions, sha256 } from '../../../skills/sdk/index.ts';
import { makeFile, removeAbandoned } from '../files/make-file.ts';
import { type DuckdbEngine, type SessionPlace, withDuckdb } from './duckdb-session.ts';
import type { SegmentEntry } from './segment-schema.ts';

/** What is kept of every segment. */
export interface SegmentFileKind {
  readonly name: string;
  /** What makes it: made in another way, it is another file. */
  readonly recipe: string;
  readonly extension: string;
  /** Writes the file; the segment is `signals` in the engine. */
  readonly write: (engine: DuckdbEngine, path: string) => Promise<void>;
}

/** @param segments folder of the segments */
export function folderBeside(segments: string): string {
  return join(segments, '..', 'buckets');
}

export class SegmentFiles {
  readonly #place: SessionPlace;
  readonly #directory: string;
  readonly #kinds: readonly SegmentFileKind[];

  /** @param directory folder of the files, made when absent */
  constructor(place: SessionPlace, directory: string, kinds: readonly SegmentFileKind[]) {
    this.#place = place;
    this.#directory = directory;
    this.#kinds = kinds;
  }

  /** Makes the files that are missing. */
  async complete(segments: readonly SegmentEntry[], options: Pick<CallOptions, 'signal'>): Promise<void> {
    const isMissing = (segment: SegmentEntry) => (kind: SegmentFileKind) => !existsSync(this.path(segment, kind));
    const missing = segments.filter((segment) => this.#kinds.some(isMissing(segment)));
    if (missing.length === 0) return;
    mkdirSync(this.#directory, { recursive: true });
    removeAbandoned(this.#directory, Date.now());
    await withDuckdb(this.#place, options, async (engine) => {
      for (const segment of missing) {
        options.signal.throwIfAborted();
        await engine.viewSegments([segment]);
        for (const kind of this.#kinds.filter(isMissing(segment))) {
          await makeFile(this.path(segment, kind), (temporary) => kind.write(engine, temporary));
        }
      }
    });
  }

  path({ digest }: SegmentEntry, { name, recipe, extension }: SegmentFileKind): string {
    return join(this.#directory, `${digest}.${name}-${sha256(recipe).slice(0, 8)}.${extension}`);
  }
}
