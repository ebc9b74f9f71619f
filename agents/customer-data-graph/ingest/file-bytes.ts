/** Bytes of a file as a stream, unpacked when it is gzipped, and how much of it was read. Says in words why a file cannot be read. */
import { closeSync, createReadStream, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface FileBytes {
  readonly stream: AsyncIterable<Uint8Array>;
  /** 0 to 1, never 1. */
  readonly fraction: () => number;
}

/** @throws {CohortiumError} FILE_UNREADABLE; FILE_INCOMPLETE from the stream of a gzip file that is not whole */
export function openBytes(path: string): FileBytes {
  const { size, magic } = lookAt(path);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  return {
    stream: isGzip ? unpacked(file, path) : file,
    fraction: () => Math.min(file.bytesRead / Math.max(size, 1), 0.999),
  };
}

/** True for a file that says that it is Parquet, by its name or its first bytes. @throws {CohortiumError} FILE_UNREADABLE */
export function isParquetFile(path: string): boolean {
  return lookAt(path).magic.toString('latin1') === 'PAR1' || /\.parquet$/i.test(path);
}

/** @throws {CohortiumError} FILE_UNREADABLE */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function lookAt(path: string): { readonly size: number; readonly magic: Buffer } {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    if (!stats.isFile()) throw new Error('it is no plain file');
    const magic = Buffer.alloc(4);
    const descriptor = openSync(path, 'r');
    try {
      readSync(descriptor, magic, 0, 4, 0);
    } finally {
      closeSync(descriptor);
    }
    return { size: stats.size, magic };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function* unpacked(file: ReturnType<typeof createReadStream>, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip)) yield chunk as Buffer; // a stream without encoding yields buffers
  } catch (cause) {
    throw new CohortiumError('FILE_INCOMPLETE', `${path} is not a whole gzip file; the lines before the damage are imported`, { cause });
  } finally {
    file.destroy();
  }
}

function unreadable(path: string, cause: unknown): CohortiumError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = reasons.get(code) ?? (code || (cause instanceof Error ? cause.message : String(cause)));
  return new CohortiumError('FILE_UNREADABLE', `${path} cannot be read: ${reason}`, { cause });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EISDIR', 'this is a folder; name a file in it'],
  ['EACCES', 'this user may not'],
]);
