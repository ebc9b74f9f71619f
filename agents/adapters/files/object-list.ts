/**
 * Which objects a content store has, once a person was erased from it: `objects.list`, made anew by every erasure and added to by every
 * writer. An object that it does not list was put back from an older copy. What went is not listed, because the digest of what went could be
 * guessed at; so the list names only what is there. A store that nobody was erased from has none.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const listName = 'objects.list';

/** Lists an object before it is written; nothing where there is no list. */
export function listObject(directory: string, digest: string): void {
  const path = join(directory, listName);
  if (existsSync(path)) appendFileSync(path, `${digest}\n`);
}

/** Lists all that is there now. @param erasures that the store has been through */
export function listObjects(directory: string, erasures: number): void {
  if (!existsSync(directory)) return;
  const temporary = join(directory, `${listName}.new`);
  const file = openSync(temporary, 'w', 0o600);
  try {
    const bytes = Buffer.from([`erasures ${erasures}`, ...objectsIn(directory), ''].join('\n'));
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(directory, listName));
}

/** Lists anew what is there, where there is a list; for who is about to say that something is not. */
export function relistObjects(directory: string): void {
  const path = join(directory, listName);
  const [, erasures] = existsSync(path) ? (/^erasures (\d+)\n/.exec(readFileSync(path, 'utf8')) ?? []) : [];
  if (erasures !== undefined) listObjects(directory, Number(erasures));
}

/**
 * Objects that were put back, by digest; undefined when the list itself was, or is gone.
 * @param erasures that the ledger knows of
 */
export function unlistedObjects(directory: string, erasures: number): readonly string[] | undefined {
  if (!existsSync(directory)) return [];
  const path = join(directory, listName);
  const [head, ...listed] = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  if (head !== `erasures ${erasures}`) return undefined;
  const known = new Set(listed);
  return objectsIn(directory).filter((digest) => !known.has(digest));
}

/** Digests of all objects, sorted. */
export function objectsIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((folder) => /^[0-9a-f]{2}$/.test(folder))
    .flatMap((folder) => readdirSync(join(directory, folder)).filter((name) => /^[0-9a-f]{64}$/.test(name)))
    .sort();
}
