/**
 * Keeps the records of scorings true when a person leaves the files that they name. Refuses to make an edited file one that counts: only
 * one that was as its record says is on record as it is without the person.
 */
import { join } from 'node:path';

import { sha256 } from '../../../skills/sdk/index.ts';
import { changeRecords, outputsOf } from '../govern/scoring/score-records.ts';
import type { ScoreRecord } from '../govern/scoring/scoring-interface.ts';
import type { GoneDigests } from './gone-digests.ts';

/**
 * To be called before the file is replaced: who is killed in between comes again, and finds what the file is to become on record.
 * @param path of any file
 */
export function recordWithout(directory: string, path: string, before: string, after: string): void {
  const [old, now] = [sha256(before), sha256(after)];
  changeRecords(directory, (record) => ({
    ...record,
    files: Object.fromEntries(
      Object.entries(record.files).map(([what, file]) => [
        what,
        join(outputsOf(directory), file.name) === path && file.sha256 === old ? { ...file, sha256: now } : file,
      ]),
    ),
  }));
}

/** Snapshots that went get the names that stand for them. */
export function recordGone(directory: string, { size, rename }: GoneDigests): void {
  if (size() === 0) return;
  changeRecords(directory, (record) => JSON.parse(rename(JSON.stringify(record))) as ScoreRecord); // the same with other texts
}
