import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { column, makeTable, textColumn } from '../../../skills/sdk/index.ts';
import { overlayContent } from './content-overlay.ts';
import { createContentStore } from './content-store.ts';

function folders() {
  const [base, added] = [mkdtempSync(join(tmpdir(), 'base-')), mkdtempSync(join(tmpdir(), 'added-'))];
  const filesIn = (directory: string) => readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 60);
  const below = createContentStore(base);
  return { base, added, below, filesIn, store: overlayContent(below, createContentStore(added)) };
}

const names = (...values: string[]) => makeTable({ name: column.text(values) });

describe('a store over another', () => {
  it('writes what is new beside, and nothing that is there already', () => {
    const { base, added, below, filesIn, store } = folders();
    const [known, text] = [below.putTable(names('ada')), below.putJson({ a: 1 })];
    expect(store.putTable(names('ada'))).toEqual(known);
    expect(store.putJson({ a: 1 })).toEqual(text);
    expect(filesIn(added)).toEqual([]);
    const [table, json] = [store.putTable(names('grace')), store.putJson([1, 2])];
    expect(json.rows).toBe(2);
    expect(filesIn(added)).toHaveLength(2);
    expect(filesIn(base)).toHaveLength(2);
    expect(below.has(table)).toBe(false);
  });

  it('reads from both', () => {
    const { below, store } = folders();
    const [old, fresh] = [below.putTable(names('ada')), store.putTable(names('grace'))];
    expect([old, fresh].map((ref) => textColumn(store.getTable(ref), 'name')[0])).toEqual(['ada', 'grace']);
    expect(store.has(old) && store.has(fresh)).toBe(true);
    expect(store.getJson(store.putJson({ b: 2 }))).toEqual({ b: 2 });
    expect(() => store.getJson({ digest: '0'.repeat(64), media: 'application/json', rows: 1 })).toThrow(
      expect.objectContaining({ code: 'CONTENT_NOT_FOUND' }),
    );
  });
});
