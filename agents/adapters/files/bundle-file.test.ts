import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type BundleSection, readBundle, writeBundle } from './bundle-file.ts';

const text = (value: string): Uint8Array => Buffer.from(value, 'utf8');
const sections: readonly BundleSection[] = [
  { kind: 'run', name: 'run-1', media: 'application/json', bytes: text('{"id":"run-1"}') },
  { kind: 'object', name: 'a'.repeat(64), media: 'application/json', bytes: text('[1,2,3]'.repeat(400)) },
  { kind: 'segment', name: `${'b'.repeat(64)}.parquet`, media: 'application/vnd.apache.parquet', bytes: new Uint8Array(0) },
];

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'bundle-')), 'run.bundle');

function written(): { readonly path: string; readonly bytes: Buffer; readonly digest: string } {
  const path = newPath();
  const { digest } = writeBundle(path, sections);
  return { path, bytes: readFileSync(path), digest };
}

function read(path: string): { readonly digest: string; readonly found: readonly BundleSection[] } {
  const found: BundleSection[] = [];
  return { digest: readBundle(path, (section) => found.push(section)), found };
}

function readBytes(bytes: Uint8Array): unknown {
  const path = newPath();
  writeFileSync(path, bytes);
  return read(path);
}

describe('a bundle', () => {
  it('gives back what was written, in order, for this user only', () => {
    const { path, digest, bytes } = written();
    const { found, digest: again } = read(path);
    expect(found.map(({ kind, name, media, bytes: content }) => ({ kind, name, media, bytes: Uint8Array.from(content) }))).toEqual(
      sections.map((section) => ({ ...section, bytes: Uint8Array.from(section.bytes) })),
    );
    expect(again).toBe(digest);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(bytes.length).toBeLessThan(1000);
  });

  it('has one digest for one content', () => {
    expect(written().digest).toBe(written().digest);
    const [first, ...rest] = sections;
    const path = newPath();
    expect(writeBundle(path, [...rest, ...(first ? [first] : [])]).digest).not.toBe(written().digest);
  });

  it('is refused with any byte changed, or cut anywhere', () => {
    const { bytes, digest } = written();
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(() => readBytes(changed)).toThrow(expect.objectContaining({ code: 'BUNDLE_DAMAGED' }));
      }),
    );
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), (length) => {
        expect(() => readBytes(bytes.subarray(0, length))).toThrow(expect.objectContaining({ code: 'BUNDLE_DAMAGED' }));
      }),
    );
    expect(() => readBytes(Buffer.concat([bytes, text('more')]))).toThrow(/added after its end/);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is refused when a section says that it unpacks to more than it does', () => {
    const { bytes } = written();
    const line = bytes.indexOf('"bytes":2800');
    const grown = Buffer.concat([bytes.subarray(0, line), text('"bytes":2801'), bytes.subarray(line + 12)]);
    expect(() => readBytes(grown)).toThrow(/are not those that were written/);
    const bomb = Buffer.concat([bytes.subarray(0, line), text('"bytes":1'), bytes.subarray(line + 12)]);
    expect(() => readBytes(bomb)).toThrow(/cannot be unpacked/);
  });

  it('is not written over a file, and leaves none behind when a section cannot be made', () => {
    const { path } = written();
    expect(() => writeBundle(path, sections)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    const other = newPath();
    function* failing(): Generator<BundleSection> {
      yield* sections;
      throw new Error('the disk is gone');
    }
    expect(() => writeBundle(other, failing())).toThrow('the disk is gone');
    expect(() => read(other)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
