import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { createJournal } from './journal.ts';
import { openDatabase } from './open-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
let journals = 0;
const open = (name = `journal-${journals++}`) => ({ name, journal: createJournal({ directory: folder, name }) });
const entry = (key: string, body: number) => ({ key, subject: 'north', kind: 'error', body: { body } });

/** As another tool would, past the triggers. */
function tamper(name: string, statement: string): void {
  const database = openDatabase(join(folder, `${name}.db`), 'DROP TRIGGER entry_stays; DROP TRIGGER entry_remains');
  database.exec(statement);
  database.close();
}

describe('a journal', () => {
  it('keeps entries in their order, after it was opened again too', () => {
    const { name, journal } = open();
    journal.append([entry('a', 1), entry('b', 2)], 5);
    journal.close();
    const again = createJournal({ directory: folder, name });
    expect(again.append([entry('c', 3)], 7.4)).toMatchObject([{ place: 3, atMs: 7 }]);
    expect(again.entries().map(({ place, key, atMs, body }) => [place, key, atMs, body])).toEqual([
      [1, 'a', 5, { body: 1 }],
      [2, 'b', 5, { body: 2 }],
      [3, 'c', 7, { body: 3 }],
    ]);
    again.close();
  });

  it('passes over an entry whose key it has', () => {
    const { journal } = open();
    journal.append([entry('a', 1)], 5);
    expect(journal.append([entry('a', 2), entry('b', 3)], 6).map(({ key }) => key)).toEqual(['b']);
    expect(journal.entries()).toHaveLength(2);
    journal.close();
  });

  it('refuses to change or remove an entry', () => {
    const { name, journal } = open();
    journal.append([entry('a', 1)], 5);
    const other = openDatabase(join(folder, `${name}.db`), '');
    expect(() => other.exec("UPDATE entry SET subject = 'south'")).toThrow('never changed');
    expect(() => other.exec('DELETE FROM entry')).toThrow('never removed');
    other.close();
    journal.close();
  });

  it.each([
    ['changed', 'UPDATE entry SET body = \'{"body":9}\' WHERE place = 2', 2],
    ['taken out of the middle', 'DELETE FROM entry WHERE place = 2', 2],
    ['moved', 'UPDATE entry SET at_ms = 1 WHERE place = 1', 1],
  ])('names the entry that was %s past the triggers', (_, statement, place) => {
    const { name, journal } = open();
    journal.append([entry('a', 1), entry('b', 2), entry('c', 3)], 5);
    journal.close();
    tamper(name, statement);
    const again = createJournal({ directory: folder, name });
    expect(() => again.entries()).toThrow(
      expect.objectContaining({
        code: 'STORE_CORRUPT',
        message: expect.stringContaining(`entry ${place} is not as it was written`) as string,
      }) as Error,
    );
    again.close();
  });
});
