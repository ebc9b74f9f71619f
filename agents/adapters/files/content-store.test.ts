import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { column, type ContentStore, makeTable, type Ref } from '../../../skills/sdk/index.ts';
import { createContentStore } from './content-store.ts';

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
