/** Bytes of a file as a stream, unpacked when it is gzipped, and how much of it was read. Says in words why a file cannot be read. */
import { closeSync, createReadStream, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface FileBytes {
  readonly stream: AsyncIterable<Uint8Array>;
  /** 0 to 1, never 1. */
  readonly fraction: () => number;
}

/** @throws {CohortiumError} ARGUMENT_INVALID when it cannot be read; CSV_ENCODING from the stream when a gzip is not complete */
export function openBytes(path: string): FileBytes {
  const { size, magic } = lookAt(path);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  return {
    stream: isGzip ? unpacked(file, path) : file,
    fraction: () => Math.min(file.bytesRead / Math.max(size, 1), 0.999),
  };
}

/** True for a file that says that it is Parquet, by its name or its first bytes. @throws {CohortiumError} ARGUMENT_INVALID */
export function isParquetFile(path: string): boolean {
  return lookAt(path).magic.toString('latin1') === 'PAR1' || /\.parquet$/i.test(path);
}

/** @throws {CohortiumError} ARGUMENT_INVALID */
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
    if (!stats.isFile()) throw new Error('it is not a file');
    const magic = Buffer.alloc(4);
    const descriptor = openSync(path, 'r');
    readSync(descriptor, magic, 0, 4, 0);
    closeSync(descriptor);
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
    throw new CohortiumError('CSV_ENCODING', `${path} is not a complete gzip file; the lines before the damage are imported`, { cause });
  } finally {
    file.destroy();
  }
}

function unreadable(path: string, cause: unknown): CohortiumError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
  const reason = isAbsent ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : String(code || cause);
  return new CohortiumError('ARGUMENT_INVALID', `${path} cannot be read: ${reason}`, { cause });
}
