import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { column, type ContentStore, jsonMedia, makeTable, type Ref, tableMedia } from '../../../skills/sdk/index.ts';
import { createContentStore } from './content-store.ts';
import { markErased } from './erased-content.ts';

describe('content store', () => {
  let directory: string;
  let store: ContentStore;
  const table = makeTable({
    customerId: column.text(['anna', 'bert', 'søren']),
    x: column.int32(Int32Array.of(0, 3, -1)),
    clvMinor: column.float64(Float64Array.of(0.1, -0, 1e300)),
  });
  const pathOf = (ref: Ref): string => join(directory, ref.digest.slice(0, 2), ref.digest);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'content-'));
    store = createContentStore(directory);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('returns a table bit for bit, also to another process', () => {
    const ref = store.putTable(table);
    const again = createContentStore(directory).getTable(ref);
    expect(again).toEqual(table);
    expect(store.getTable(ref)).toEqual(table);
  });

  it('names equal content equally and writes it once', () => {
    const ref = store.putTable(table);
    expect(store.putTable(table)).toEqual(ref);
    expect(store.putJson({ b: 1, a: 2 })).toEqual(store.putJson({ a: 2, b: 1 }));
    expect(readdirSync(directory, { recursive: true }).filter((name) => String(name).includes('.tmp'))).toEqual([]);
  });

  it('lets go of tables that were read by what they take, not by how many rows they have', () => {
    const large = (letter: string): Ref => store.putTable(makeTable({ body: column.text([letter.repeat(33_000_000)]) }));
    const one = large('a');
    const first = store.getTable(one);
    expect(store.getTable(one)).toBe(first);
    store.getTable(large('b'));
    expect(store.getTable(one)).not.toBe(first);
  });

  it('refuses an object whose bytes were changed', () => {
    const ref = store.putTable(table);
    const bytes = readFileSync(pathOf(ref));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(pathOf(ref), bytes);
    expect(() => createContentStore(directory).getTable(ref)).toThrow(expect.objectContaining({ code: 'CONTENT_DIGEST_MISMATCH' }));
    writeFileSync(pathOf(ref), bytes.subarray(0, 10));
    expect(() => createContentStore(directory).getTable(ref)).toThrow(expect.objectContaining({ code: 'CONTENT_DIGEST_MISMATCH' }));
    const json = store.putJson({ a: 1 });
    writeFileSync(pathOf(json), '{"a":2}');
    expect(() => store.getJson(json)).toThrow(expect.objectContaining({ code: 'CONTENT_DIGEST_MISMATCH' }));
  });

  it('says which object is absent', () => {
    const ref = store.putJson([1, 2, 3]);
    expect(store.has(ref)).toBe(true);
    rmSync(pathOf(ref));
    expect(store.has(ref)).toBe(false);
    expect(() => store.getJson(ref)).toThrow(expect.objectContaining({ code: 'CONTENT_NOT_FOUND' }));
    expect(() => store.getTable(ref)).toThrow(/asked for as/);
  });

  it.each([1, 2, 3])('refuses marks of erasures that lead back to where they began: %i of them', (length) => {
    const names = Array.from({ length }, (_, at) => String(at).repeat(64));
    for (const [at, name] of names.entries())
      markErased(join(directory, name.slice(0, 2), name), { erasure: 'er-1', replacement: names[(at + 1) % length] ?? null });
    const refused = expect.objectContaining({ code: 'STORE_CORRUPT' });
    for (const digest of names) {
      expect(() => store.getJson({ digest, media: jsonMedia, rows: 1 })).toThrow(refused);
      expect(() => store.getTable({ digest, media: tableMedia, rows: 1 })).toThrow(refused);
    }
  });

  it('follows marks to what is left, through as many erasures as there were', () => {
    const left = store.putJson({ left: 1 });
    const names = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
    for (const [at, name] of names.entries())
      markErased(join(directory, name.slice(0, 2), name), { erasure: 'er-1', replacement: names[at + 1] ?? left.digest });
    expect(store.getJson({ ...left, digest: 'a'.repeat(64) })).toEqual({ left: 1 });
  });

  it('never leaves its folder', () => {
    const outside = { digest: '../../etc/passwd', media: 'application/json', rows: 1 };
    expect(() => store.getJson(outside)).toThrow(expect.objectContaining({ code: 'CONTENT_NOT_FOUND' }));
    expect(() => store.has(outside)).toThrow(/64 hex digits/);
  });

  it('keeps any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        expect(store.getJson(store.putJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 30 },
    );
  });
});
