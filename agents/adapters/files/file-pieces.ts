/**
 * A file in pieces that overlap, for who looks for something short in every byte of it, whatever its size: a whole ledger fits neither
 * into one buffer nor into one string.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const pieceBytes = 16 * 1024 * 1024;

export interface FilePiece {
  readonly bytes: Buffer;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/**
 * @param overlap bytes at the end of each piece that the next one begins with, so that what is not longer stands in one of them whole
 * @param size bytes of a piece, more than `overlap`
 */
export function* filePieces(path: string, overlap: number, size: number = pieceBytes): Generator<FilePiece> {
  const file = openSync(path, 'r');
  try {
    let bytes = readFrom(file, 0, size);
    for (let at = 0; ;) {
      const isLast = bytes.length < size;
      yield { bytes, isFirst: at === 0, isLast };
      if (isLast) return;
      at += size - overlap;
      bytes = readFrom(file, at, size);
    }
  } finally {
    closeSync(file);
  }
}

function readFrom(file: number, start: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let length = 0;
  for (let got = -1; got !== 0 && length < size; length += got) got = readSync(file, bytes, length, size - length, start + length);
  return bytes.subarray(0, length);
}
