/** What comes after an erasure: stores that are made later, older ones that are put in their place, and a content store without its list. */
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import { erasureStamp } from '../../adapters/sqlite/erase-stamp.ts';
import { openDatabase } from '../../adapters/sqlite/open-database.ts';
import { createScheduleStore } from '../../adapters/sqlite/schedule-store.ts';
import { olderThanLedger } from './restore-erasures.ts';

let desk: RequestDesk;
let before = '';
beforeAll(async () => {
  desk = await openRequestDesk('2026-02-01');
  const { agent, workspace } = desk;
  await someSignals(agent, 'u-1', 'US-CA');
  before = join(desk.directory, 'before');
  openDatabase(join(workspace.paths.state, 'other.db'), 'CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT').close();
  copyFileSync(join(workspace.paths.state, 'other.db'), before);
  rmSync(join(workspace.paths.state, 'other.db'));
  await agent.erasure.erase({ customer: 'u-1', by: 'ada', why: 'asked for' });
}, 60_000);
afterAll(() => desk.close());

describe('after an erasure', () => {
  it('a store that is made later counts as up to date, from its first page on and wherever it is', () => {
    const { state } = desk.workspace.paths;
    const made = readdirSync(state, { recursive: true, encoding: 'utf8' });
    expect(made.filter((name) => ['schedules.db', join('memberships', 'catalog.db')].includes(name))).toEqual([]);
    const store = createScheduleStore({ directory: state });
    expect(erasureStamp(join(state, 'schedules.db'))).toBe(1);
    expect(olderThanLedger(desk.workspace)).toEqual([]);
    store.close();
    desk.workspace.memberships();
    expect(erasureStamp(join(state, 'memberships', 'catalog.db'))).toBe(1);
    expect(olderThanLedger(desk.workspace)).toEqual([]);
  });

  it('a file without a byte is a store about to be made, and one from before shows, however often it is opened', async () => {
    const { workspace, agent } = desk;
    const path = join(workspace.paths.state, 'other.db');
    copyFileSync('/dev/null', path);
    expect(olderThanLedger(workspace)).toEqual([]);
    copyFileSync(before, path);
    openDatabase(path, 'CREATE TABLE IF NOT EXISTS two (id INTEGER PRIMARY KEY) STRICT').close();
    expect(olderThanLedger(workspace)).toEqual(['other.db']);
    await agent.erasure.restore();
    expect(olderThanLedger(workspace)).toEqual([]);
  });

  it('objects that only sealed bodies name are kept where there is no list of objects, and what nothing names goes', async () => {
    const { workspace, agent } = desk;
    const [inner, nobody] = [workspace.content.putJson({ figures: [1, 2] }), workspace.content.putJson({ figures: [3] })];
    const named = workspace.content.putJson({ of: inner.digest });
    const body = { customer: 'u-2', of: named.digest };
    await workspace.records().write([{ kind: 'score', stream: 'a', subject: 'u-2', class: 'decision', body }], 'names an object');
    rmSync(join(workspace.paths.state, 'content', 'objects.list'));
    expect(olderThanLedger(workspace)).toEqual(['content']);
    await agent.erasure.restore();
    expect([named, inner, nobody].map((ref) => workspace.content.has(ref))).toEqual([true, true, false]);
    expect(olderThanLedger(workspace)).toEqual([]);
  });
});
