/** Which ids are known, through commits, rollbacks, restarts and filing. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { contentDigest, KnownSignals } from './event-log-known.ts';
import { eventLogSchema } from './event-log-schema.ts';
import { type Database, openDatabase } from './open-database.ts';

let path: string;
let database: Database;
let known: KnownSignals;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'cohortium-known-')), 'inbox.db');
  database = openDatabase(path, eventLogSchema);
  known = new KnownSignals(database, 100);
});

const digest = contentDigest('something');
const uuid = (index: number): string =>
  `${((index * 2_654_435_761) % 0x1_0000_0000).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

function commit(ids: readonly string[]): string[] {
  const found = database.transaction(() => {
    const answers = ids.map((id) => known.admit(id, digest));
    known.beforeCommit();
    return answers;
  })();
  known.committed();
  return found;
}

const fresh = (count: number): string[] => Array.from({ length: count }, () => 'fresh');
const filed = (): unknown => database.prepare('SELECT count(*) FROM known').pluck().get();

describe.each([
  ['made at random', uuid],
  ['in a row', (index: number) => `order-${String(index).padStart(6, '0')}`],
  ['longer than what is kept of them', (index: number) => `node-next-1767225600000-${uuid(index)}`],
])('ids %s', (_name, idOf) => {
  const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, index) => idOf(from + index));

  it('are fresh once, in the same transaction and later', () => {
    expect(commit([...ids(0, 30), ...ids(0, 30)])).toEqual([...fresh(30), ...ids(0, 30).map(() => 'same')]);
    expect(commit(ids(20, 40))).toEqual([...ids(20, 30).map(() => 'same'), ...fresh(10)]);
    expect(known.recognise(idOf(3), contentDigest('something else'))).toBe('other');
    expect(known.recognise(idOf(99), digest)).toBe('fresh');
  });

  it('stay known when they are filed, and when the process starts again', () => {
    for (let from = 0; from < 350; from += 35) expect(commit(ids(from, from + 35))).toEqual(fresh(35));
    expect(filed()).toBeGreaterThanOrEqual(200);
    const again = (): void => expect(ids(0, 350).map((id) => known.recognise(id, digest))).toEqual(ids(0, 350).map(() => 'same'));
    again();
    database.close();
    database = openDatabase(path, eventLogSchema);
    known = new KnownSignals(database, 100);
    again();
    expect(commit(ids(340, 360))).toEqual([...ids(340, 350).map(() => 'same'), ...fresh(10)]);
  });

  it.each([10, 150])('are forgotten when the transaction of %i is rolled back', (count) => {
    commit(ids(0, 5));
    const failing = database.transaction(() => {
      for (const id of ids(5, 5 + count)) known.admit(id, digest);
      known.beforeCommit();
      throw new Error('the disk is full');
    });
    expect(failing).toThrow('the disk is full');
    known.rolledBack();
    expect(ids(0, 5).map((id) => known.recognise(id, digest))).toEqual(ids(0, 5).map(() => 'same'));
    expect(commit(ids(5, 5 + count))).toEqual(fresh(count));
  });
});
