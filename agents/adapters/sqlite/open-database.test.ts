import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { assertDurable, explainSqlite, lockDirectory, openDatabase } from './open-database.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'cohortium-sqlite-'));
const schema = 'CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b TEXT) STRICT';

describe('a database', () => {
  it('waits for the disk at every commit, also after the first one', () => {
    const database = openDatabase(join(folder(), 'a.db'), schema);
    database.prepare("INSERT INTO t (b) VALUES ('x')").run();
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('recursive_triggers', { simple: true })).toBe(1);
    expect(database.pragma('secure_delete', { simple: true })).toBe(1);
    expect(() => assertDurable(database)).not.toThrow();
  });

  it('is refused when someone lowered synchronous', () => {
    const database = openDatabase(join(folder(), 'a.db'), schema);
    database.pragma('synchronous = NORMAL');
    expect(() => assertDurable(database)).toThrow(/synchronous=1; wal and 2 \(FULL\) are required/);
  });

  it('says that it is full and keeps what was committed', () => {
    const path = join(folder(), 'a.db');
    const database = openDatabase(path, schema);
    database.prepare('INSERT INTO t (b) VALUES (?)').run('kept');
    const pages = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${pages + 1}`);
    const fill = database.prepare('INSERT INTO t (b) VALUES (?)');
    expect(() =>
      explainSqlite(path, () => {
        for (let row = 0; row < 1000; row++) fill.run('x'.repeat(1000));
      }),
    ).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
    expect(database.prepare('SELECT b FROM t WHERE a = 1').get()).toEqual({ b: 'kept' });
  });

  it('says that a file is damaged', () => {
    const path = join(folder(), 'a.db');
    writeFileSync(path, 'this is not a database, whatever its name says'.repeat(100));
    expect(() => openDatabase(path, schema)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  });
});

describe('the lock of a directory', () => {
  it('is refused to a second process, which is told who holds it', async () => {
    const directory = folder();
    const lock = lockDirectory(directory);
    const script = `
      const { lockDirectory } = await import(${JSON.stringify(join(import.meta.dirname, 'open-database.ts'))});
      try { lockDirectory(${JSON.stringify(directory)}); console.log('taken'); } catch (error) { console.log(error.code, error.message); }`;
    const attempt = () =>
      new Promise<string>((resolve) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
        let output = '';
        child.stdout.on('data', (data: Buffer) => (output += data.toString()));
        child.on('close', () => resolve(output.trim()));
      });
    expect(await attempt()).toBe(`STORE_BUSY ${directory} is held by process ${process.pid}`);
    lock.release();
    expect(await attempt()).toBe('taken');
  });
});
