import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { filePieces } from './file-pieces.ts';

function piecesOf(text: string, overlap: number, size: number): readonly string[] {
  const path = join(mkdtempSync(join(tmpdir(), 'cohortium-pieces-')), 'file');
  writeFileSync(path, text);
  const found = [...filePieces(path, overlap, size)];
  expect(found.map(({ isFirst }) => isFirst)).toEqual(found.map((_, at) => at === 0));
  expect(found.map(({ isLast }) => isLast)).toEqual(found.map((_, at) => at === found.length - 1));
  return found.map(({ bytes }) => bytes.toString('utf8'));
}

it('reads a file in pieces of which each begins with the end of the one before', () => {
  expect(piecesOf('abcdefghij', 2, 4)).toEqual(['abcd', 'cdef', 'efgh', 'ghij', 'ij']);
  expect(piecesOf('abc', 2, 4)).toEqual(['abc']);
  expect(piecesOf('', 2, 4)).toEqual(['']);
});
