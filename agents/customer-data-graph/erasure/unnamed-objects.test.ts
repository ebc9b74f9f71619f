import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { sha256 } from '../../../skills/sdk/index.ts';
import { openDatabase } from '../../adapters/sqlite/open-database.ts';
import { namesInStore, removeUnnamed } from './unnamed-objects.ts';

function placeWith(names: readonly string[]): { readonly directory: string; readonly content: string } {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-unnamed-'));
  const content = join(directory, 'content');
  for (const name of names) {
    mkdirSync(join(content, name.slice(0, 2)), { recursive: true });
    writeFileSync(join(content, name.slice(0, 2), name), 'x');
  }
  return { directory, content };
}

const names = Array.from({ length: 300 }, (_, at) => sha256(`object ${at}`));

describe('removing objects that nothing names', () => {
  it('keeps those that a row names which stands in the file in pieces, and removes the others', () => {
    const { directory, content } = placeWith([...names, sha256('nobody')]);
    const database = openDatabase(join(directory, 'runs.db'), 'CREATE TABLE one (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
    database.prepare('INSERT INTO one (body) VALUES (?)').run(JSON.stringify(names));
    database.close();
    expect(removeUnnamed(directory, content, new Set())).toBe(1);
    expect(namesInStore(content)).toEqual([...names].sort());
  });

  it('keeps what an object names that is kept, and reads files that are no databases whatever they are called', () => {
    const [named = '', inner = '', other = ''] = names;
    const { directory, content } = placeWith([named, inner, other]);
    writeFileSync(join(content, named.slice(0, 2), named), JSON.stringify({ of: inner }));
    writeFileSync(join(directory, 'notes.db'), `see ${named}`);
    expect(removeUnnamed(directory, content, new Set())).toBe(1);
    expect(existsSync(join(content, other.slice(0, 2), other))).toBe(false);
  });
});
