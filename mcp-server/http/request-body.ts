/**
 * The body of a request: read up to a limit, unpacked up to the same limit, checked to be UTF-8, parsed once. A body that unpacks to
 * more than the limit is refused after at most the limit was unpacked.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';

import { CohortiumError } from '../../skills/sdk/index.ts';

/** Encodings of a body that are taken. */
type Encoding = 'identity' | 'gzip' | 'deflate' | 'br';

const encodings: ReadonlyMap<string, Encoding> = new Map([
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
]);

/** @throws {CohortiumError} HTTP_ENCODING_UNKNOWN, also for several encodings at once */
export function encodingOf(request: IncomingMessage): Encoding {
  const declared = request.headers['content-encoding'];
  if (declared === undefined || declared === '') return 'identity';
  const known = encodings.get(declared.trim().toLowerCase());
  if (known === undefined) throw new CohortiumError('HTTP_ENCODING_UNKNOWN', 'one content-encoding of gzip, deflate and br was expected');
  return known;
}

/**
 * Length that the sender declares.
 * @returns bytes, or undefined when the body is sent in chunks
 * @throws {CohortiumError} HTTP_BODY_TOO_LARGE before anything is read
 */
export function declaredLength(request: IncomingMessage, limit: number): number | undefined {
  const declared = request.headers['content-length'];
  if (declared === undefined) return request.headers['transfer-encoding'] === undefined ? 0 : undefined;
  const length = Number(declared);
  if (length > limit) throw tooLarge(limit);
  return length;
}

/** @throws {CohortiumError} HTTP_BODY_TOO_LARGE as soon as more than the limit has come in */
export function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.removeAllListeners('data');
        request.pause();
        reject(tooLarge(limit));
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, size));
    });
    request.on('error', reject);
    // Without this a caller who hangs up in the middle would hold room for ever.
    request.on('close', () => {
      if (!request.complete) reject(Object.assign(new Error('the caller hung up'), { code: 'ECONNRESET' }));
    });
  });
}

const unpackers = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  // The name means zlib, but many have sent raw deflate under it. A zlib stream begins with method 8.
  deflate: (bytes: Buffer, options: ZlibOptions) => (((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync : inflateRawSync)(bytes, options),
};

/**
 * Unpacks a body. At once and in this thread: a body of the limit takes a millisecond, less than a thread costs.
 * @throws {CohortiumError} HTTP_BODY_TOO_LARGE when it is more than the limit; ARGUMENT_INVALID when it is damaged
 */
export function unpack(bytes: Buffer, encoding: Encoding, limit: number): Buffer {
  if (encoding === 'identity') return bytes;
  try {
    return unpackers[encoding](bytes, { maxOutputLength: limit });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new CohortiumError('ARGUMENT_INVALID', `the body is not a complete ${encoding} stream`, { cause });
  }
}

/** @throws {CohortiumError} ARGUMENT_INVALID when it is not JSON in UTF-8 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new CohortiumError('ARGUMENT_INVALID', 'the body is not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new CohortiumError('ARGUMENT_INVALID', 'the body is not JSON');
  }
}

function tooLarge(limit: number): CohortiumError {
  return new CohortiumError('HTTP_BODY_TOO_LARGE', `the body is over ${limit} bytes`);
}
