/**
 * A file of named sections, each compressed and digested: how a run leaves the machine that it was made on. Written and read from
 * beginning to end, one section in memory at a time. Refuses a file in which a byte was changed, or that ends early.
 *
 *     cohortium/bundle@1
 *     {"bytes":…,"kind":…,"media":…,"name":…,"packed":…,"sha256":…}   one line per section, followed by `packed` bytes of brotli
 *     {"digest":…,"kind":"end"}                                       digest over the lines, without `packed`
 */
import { createHash } from 'node:crypto';
import { closeSync, constants as files, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

import { canonicalJson, CohortiumError, type Digest, sha256, z } from '../../../skills/sdk/index.ts';

const firstLine = 'cohortium/bundle@1\n';

/** A section is one table at most; more than this is no bundle of ours. */
const mostBytes = 4 * 1024 ** 3;
const mostLine = 4096;
/** What a bundle from anybody may unpack to: this, and a thousand times what came packed. Tables come to a tenth of that. */
const freeBytes = 256 * 1024 ** 2;
const mostRatio = 1000;

const sectionSchema = z.strictObject({
  kind: z.enum(['run', 'object', 'segment']),
  name: z.string().max(200),
  media: z.string().max(200),
  bytes: z.int().min(0).max(mostBytes),
  packed: z.int().min(0).max(mostBytes),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const endSchema = z.strictObject({ kind: z.literal('end'), digest: z.string().regex(/^[0-9a-f]{64}$/) });
const lineSchema = z.union([endSchema, sectionSchema]);

export interface BundleSection {
  readonly kind: 'run' | 'object' | 'segment';
  readonly name: string;
  readonly media: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes a new file that only this user can read, whole or not at all.
 * @returns digest of the content, and the length of the file
 * @throws {CohortiumError} ARGUMENT_INVALID when there is such a file already
 */
export function writeBundle(path: string, sections: Iterable<BundleSection>): { readonly digest: Digest; readonly bytes: number } {
  const descriptor = openNew(path);
  const content = createHash('sha256');
  let length = 0;
  const write = (bytes: Uint8Array): void => {
    for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset);
    length += bytes.length;
  };
  try {
    write(Buffer.from(firstLine));
    for (const { bytes, ...named } of sections) {
      const packed = pack(bytes);
      const line = { ...named, bytes: bytes.length, sha256: sha256(bytes) };
      content.update(`${canonicalJson(line)}\n`);
      write(Buffer.from(`${canonicalJson({ ...line, packed: packed.length })}\n`));
      write(packed);
    }
    const digest = content.digest('hex') as Digest; // 64 hex digits by construction
    write(Buffer.from(`${canonicalJson({ kind: 'end', digest })}\n`));
    fsyncSync(descriptor);
    closeSync(descriptor);
    return { digest, bytes: length };
  } catch (error) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
}

/**
 * Visits the sections of a bundle in order; each was checked by then, and the whole when this returns.
 * @returns digest of the content
 * @throws {CohortiumError} BUNDLE_DAMAGED; ARGUMENT_INVALID when there is no such file
 */
export function readBundle(path: string, visit: (section: BundleSection) => void): Digest {
  const reader = openReader(path);
  try {
    if (reader.bytes(firstLine.length, 'first line').toString('utf8') !== firstLine) {
      throw damaged(path, `it does not begin with '${firstLine.trim()}'`);
    }
    const content = createHash('sha256');
    let [packedBytes, unpackedBytes] = [0, 0];
    for (;;) {
      const line = reader.line();
      if (line.kind === 'end') {
        const digest = content.digest('hex') as Digest; // 64 hex digits by construction
        if (digest !== line.digest) throw damaged(path, `its content has digest ${digest}, and it says ${line.digest}`);
        if (!reader.isAtEnd()) throw damaged(path, 'something was added after its end');
        return digest;
      }
      const { packed, ...named } = line;
      content.update(`${canonicalJson(named)}\n`);
      packedBytes += packed;
      unpackedBytes += named.bytes;
      const body = reader.bytes(packed, named.name);
      if (unpackedBytes > freeBytes + mostRatio * packedBytes) {
        throw damaged(path, `it would unpack to ${unpackedBytes} bytes from ${packedBytes}, more than any run does`);
      }
      const bytes = unpack(path, body, named);
      visit({ kind: named.kind, name: named.name, media: named.media, bytes });
    }
  } finally {
    reader.close();
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    throw new CohortiumError('ARGUMENT_INVALID', `${path} cannot be written: ${reasonOf(cause)}; name a file that does not exist yet`, {
      cause,
    });
  }
}

function openReader(path: string) {
  let descriptor: number;
  try {
    descriptor = openSync(path, files.O_RDONLY);
  } catch (cause) {
    throw new CohortiumError('ARGUMENT_INVALID', `the bundle ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  let position = 0;
  const bytes = (length: number, what: string): Buffer => {
    const buffer = Buffer.alloc(length);
    for (let filled = 0; filled < length;) {
      const read = readSync(descriptor, buffer, filled, length - filled, position);
      if (read === 0) throw damaged(path, `it ends inside of ${what}`);
      filled += read;
      position += read;
    }
    return buffer;
  };
  return {
    bytes,
    line(): z.infer<typeof lineSchema> {
      const buffer = Buffer.alloc(mostLine);
      const read = readSync(descriptor, buffer, 0, mostLine, position);
      const end = buffer.subarray(0, read).indexOf(10);
      const parsed = lineSchema.safeParse(end < 0 ? undefined : jsonOf(buffer.toString('utf8', 0, end)));
      if (!parsed.success) throw damaged(path, `at byte ${position} a section was expected`);
      position += end + 1;
      return parsed.data;
    },
    isAtEnd: (): boolean => readSync(descriptor, Buffer.alloc(1), 0, 1, position) === 0,
    close: (): void => closeSync(descriptor),
  };
}

/** Small sections are the many; for large ones the best compression takes longer than it saves. */
function pack(bytes: Uint8Array): Buffer {
  const quality = bytes.length < 1_048_576 ? 9 : 5;
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
}

function unpack(path: string, packed: Buffer, { name, bytes, sha256: expected }: { name: string; bytes: number; sha256: string }): Buffer {
  let unpacked: Buffer;
  try {
    unpacked = brotliDecompressSync(packed, { maxOutputLength: Math.max(bytes, 1) });
  } catch (cause) {
    throw damaged(path, `${name} cannot be unpacked`, cause);
  }
  if (unpacked.length !== bytes || sha256(unpacked) !== expected)
    throw damaged(path, `the bytes of ${name} are not those that were written`);
  return unpacked;
}

function damaged(path: string, why: string, cause?: unknown): CohortiumError {
  return new CohortiumError('BUNDLE_DAMAGED', `${path}: ${why}`, cause === undefined ? {} : { cause });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever reads it says what was expected
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
