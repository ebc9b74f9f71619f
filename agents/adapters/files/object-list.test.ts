import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createContentStore } from './content-store.ts';
import { listObjects, relistObjects, unlistedObjects } from './object-list.ts';

/** A store with two objects, of which one goes. */
function storeOf() {
  const directory = join(mkdtempSync(join(tmpdir(), 'cohortium-list-')), 'content');
  const store = createContentStore(directory);
  const [stays, goes] = [store.putJson({ n: 1 }), store.putJson({ n: 2 })];
  const older = `${directory}-older`;
  cpSync(directory, older, { recursive: true });
  const pathIn = (folder: string, digest: string): string => join(folder, digest.slice(0, 2), digest);
  rmSync(pathIn(directory, goes.digest));
  return { directory, older, store, stays, goes, pathIn };
}

describe('the list of objects', () => {
  it('is not kept before anybody was erased', () => {
    const { directory } = storeOf();
    expect(readdirSync(directory)).not.toContain('objects.list');
    relistObjects(directory);
    expect(readdirSync(directory)).not.toContain('objects.list');
  });

  it('takes what is written later, and shows what was put back', () => {
    const { directory, older, store, goes, pathIn } = storeOf();
    listObjects(directory, 1);
    store.putJson({ n: 3 });
    expect(unlistedObjects(directory, 1)).toEqual([]);
    cpSync(pathIn(older, goes.digest), pathIn(directory, goes.digest));
    expect(unlistedObjects(directory, 1)).toEqual([goes.digest]);
    relistObjects(directory);
    expect(unlistedObjects(directory, 1)).toEqual([]);
  });

  it('shows that it was put back itself, by the erasures that it counts, or by being gone', () => {
    const { directory } = storeOf();
    listObjects(directory, 1);
    expect(unlistedObjects(directory, 2)).toBeUndefined();
    rmSync(join(directory, 'objects.list'));
    expect(unlistedObjects(directory, 1)).toBeUndefined();
  });

  it('may name what was never written, after a power cut', () => {
    const { directory } = storeOf();
    listObjects(directory, 1);
    appendFileSync(join(directory, 'objects.list'), `${'0'.repeat(64)}\n`);
    expect(unlistedObjects(directory, 1)).toEqual([]);
  });
});
