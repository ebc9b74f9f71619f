/**
 * How the plain text of a body is made small before it is sealed. Raw deflate with a dictionary of what bodies have in common;
 * or nothing, where bytes must be the same on every machine, which compressors do not promise. Padded to 64 bytes, so that lengths
 * say little.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { bodyDictionary, bodyDictionaryDigest } from './body-dictionary.ts';

export interface BodyCodec {
  /** First byte of a sealed body. */
  readonly number: number;
  /** Part of what is authenticated with it. */
  readonly id: string;
  readonly encode: (text: Buffer) => Buffer;
  /** @throws when the bytes are not what `encode` makes */
  readonly decode: (bytes: Buffer) => Buffer;
}

const plain: BodyCodec = { number: 0, id: 'cohortium/body@1+plain', encode: (text) => text, decode: (bytes) => bytes };

const dictionary = Buffer.from(bodyDictionary);

/** Small windows and chunks: bodies are a few kilobytes, and clearing and collecting memory for larger ones is most of the time. */
const settings = { dictionary, level: 6, windowBits: 13, memLevel: 6, chunkSize: 2048 };

const deflate: BodyCodec = {
  number: 1,
  id: `cohortium/body@1+deflate-${bodyDictionaryDigest.slice(0, 16)}`,
  encode: (text) => deflateRawSync(text, settings),
  decode: (bytes) => inflateRawSync(bytes, { dictionary, maxOutputLength: 64 * 1024 * 1024 }),
};

export const bodyCodecs = { plain, deflate } as const;

export function codecOf(number: number | undefined): BodyCodec | undefined {
  return [plain, deflate].find((codec) => codec.number === number);
}

/** Appends one byte 0x80 and zeros, to a multiple of 64. @see ISO/IEC 7816-4 */
export function pad(parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const padded = Buffer.alloc(Math.ceil((length + 1) / 64) * 64);
  let end = 0;
  for (const part of parts) end += part.copy(padded, end);
  padded[end] = 0x80;
  return padded;
}

/** @returns undefined when there is no padding */
export function unpad(padded: Buffer): Buffer | undefined {
  const end = padded.lastIndexOf(0x80);
  return end === -1 || padded.subarray(end + 1).some((byte) => byte !== 0) ? undefined : padded.subarray(0, end);
}
