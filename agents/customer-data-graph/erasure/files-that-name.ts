/**
 * The proof of an erasure: every file of the operator directory is looked through for the names of the person and for digests of what
 * went, byte by byte, where no eraser has a say as well. What is compressed or encrypted by us has been looked through by the eraser of its store.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { type FilePiece, filePieces } from '../../adapters/files/file-pieces.ts';
import type { Workspace } from '../workspace.ts';
import type { Sought } from './eraser-interface.ts';
import { digestLength } from './gone-digests.ts';
import { searchedTokens } from './person-names.ts';

const skipped: ReadonlySet<string> = new Set(['node_modules', '.git']);

/** Paths relative to the directory, sorted. */
export async function filesThatName({ paths }: Pick<Workspace, 'paths'>, sought: Sought): Promise<readonly string[]> {
  const found: string[] = [];
  const tokens = searchedTokens(sought.names).map((token) => Buffer.from(token, 'utf8'));
  // A name with what stands before and after it, or a digest.
  const overlap = Math.max(digestLength, ...tokens.map(({ length }) => length + 2));
  const namesIn = (path: string): boolean => {
    if (path.endsWith('.receipt') && sought.finder().mentions(saidIn(readFileSync(path, 'utf8')))) return true;
    for (const piece of filePieces(path, overlap)) {
      if (names(piece, tokens) || sought.gone.isInBytes(piece.bytes.toString('latin1'))) return true;
      // In stores, whose erasers know which fields are for names, a plain one is a word; elsewhere somebody may have written it.
      if (!path.startsWith(paths.state) && sought.finder().typed.mentions(piece.bytes.toString('utf8'))) return true;
    }
    return false;
  };
  const walk = (folder: string): void => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name)) walk(path);
      } else if (entry.isFile() && entry.name !== 'erasures.db' && entry.name !== 'erasures.db-wal') {
        if (namesIn(path)) found.push(relative(paths.directory, path));
      }
    }
  };
  walk(paths.directory);
  return found.sort();
}

/** What a receipt says, whose statement is base64. */
function saidIn(text: string): string {
  const [, payload = ''] = /"payload": "([A-Za-z0-9+/=]+)"/.exec(text) ?? [];
  return Buffer.from(payload, 'base64').toString('utf8');
}

/** A name that stands inside a longer word, as digits do in a digest, is none; what begins or ends with a piece, another piece has whole. */
function names({ bytes, isFirst, isLast }: FilePiece, tokens: readonly Buffer[]): boolean {
  const first = isFirst ? 0 : 1;
  const last = isLast ? bytes.length : bytes.length - 1;
  return tokens.some((token) => {
    for (let at = bytes.indexOf(token, first); at !== -1 && at + token.length <= last; at = bytes.indexOf(token, at + 1)) {
      if (!isWord(bytes[at - 1]) && !isWord(bytes[at + token.length])) return true;
    }
    return false;
  });
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122));
}
