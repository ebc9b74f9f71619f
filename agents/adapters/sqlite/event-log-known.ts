/**
 * Which signals were accepted before, by id, for ever: an id that was forgotten could be counted twice. What is kept of each is small
 * and does not grow with the id: about 54 MB for a million, where whole ids and whole digests took 84 to 86 (36 to 39 characters), and
 * more for longer ids.
 */
import { hash } from 'node:crypto';

import { compareText } from '../../../skills/sdk/index.ts';
import type { Database } from './open-database.ts';

/** What is known about an id: nothing, the same content, or other content. */
export type Recognition = 'fresh' | 'same' | 'other';

/** Ids up to this length are kept as they are. */
const plainLength = 25;

/** Characters of a base64url SHA-256 that are kept: 96 bits. Two of 10^10 ids share them with a probability below 10^-8. */
const keptDigest = 16;

/** Ids that begin like the one before share its page of the index, and are filed at once. */
const neighbourLength = 7;

/** Ids that are kept in the order of arrival before they are filed in order of themselves: about 17 MB of memory. */
const defaultRecent = 131_072;

/**
 * Ids made at random, as SDKs make them, each belong to another page of the index: written one by one, a page of 4 KiB goes to disk
 * for each. So they are noted in the order of arrival first, which costs a few bytes, and filed many at a time, many to a page.
 */
export class KnownSignals {
  readonly #mostRecent: number;
  readonly #find;
  readonly #file;
  readonly #note;
  readonly #notes;
  readonly #forgetNotes;
  /** Noted and committed; read at the first use. */
  #recent: Map<string, string> | undefined;
  /** Noted in the transaction that is open. */
  readonly #open = new Map<string, string>();
  #isFiled = false;
  /** Of the key admitted before; nothing begins so before the first. */
  #beginning = ' ';

  /** @param mostRecent ids that wait to be filed at most */
  constructor(database: Database, mostRecent = defaultRecent) {
    this.#mostRecent = mostRecent;
    this.#find = database.prepare<[string], string>('SELECT digest FROM known WHERE id = ?').pluck();
    this.#file = database.prepare<[string, string]>('INSERT INTO known (id, digest) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#note = database.prepare<[string, string]>('INSERT INTO known_recent (id, digest) VALUES (?, ?)');
    this.#notes = database.prepare<[], [string, string]>('SELECT id, digest FROM known_recent').raw();
    this.#forgetNotes = database.prepare('DELETE FROM known_recent');
  }

  /** Looks without adding. */
  recognise(id: string, digest: string): Recognition {
    const key = keyOf(id);
    return recognition(this.#noted(key) ?? this.#find.get(key), digest);
  }

  /** Adds the id unless it is known. Call inside a transaction, and tell how it ended. */
  admit(id: string, digest: string): Recognition {
    const key = keyOf(id);
    const isNeighbour = (key.length <= plainLength || isDated(key)) && key.startsWith(this.#beginning);
    this.#beginning = key.slice(0, neighbourLength);
    const noted = this.#noted(key);
    if (noted !== undefined) return recognition(noted, digest);
    // One search for what is fresh, which most signals are.
    if (isNeighbour && this.#file.run(key, digest).changes === 1) return 'fresh';
    const filed = this.#find.get(key);
    if (filed !== undefined) return recognition(filed, digest);
    this.#note.run(key, digest);
    this.#open.set(key, digest);
    return 'fresh';
  }

  /** Last work inside a transaction: files what was noted, when it is much. */
  beforeCommit(): void {
    const recent = this.#loaded();
    if (recent.size + this.#open.size < this.#mostRecent) return;
    for (const [key, digest] of [...recent, ...this.#open].sort(([a], [b]) => compareText(a, b))) this.#file.run(key, digest);
    this.#forgetNotes.run();
    this.#isFiled = true;
  }

  /** What was added counts from now on. */
  committed(): void {
    if (this.#isFiled) this.#recent?.clear();
    else for (const [key, digest] of this.#open) this.#recent?.set(key, digest);
    this.#ended();
  }

  /** What was added is forgotten: otherwise a signal that was not taken would be a repeat when it comes again. */
  rolledBack(): void {
    this.#ended();
  }

  #ended(): void {
    this.#open.clear();
    this.#isFiled = false;
  }

  #noted(key: string): string | undefined {
    return this.#open.get(key) ?? this.#loaded().get(key);
  }

  #loaded(): Map<string, string> {
    return (this.#recent ??= new Map(this.#notes.all()));
  }
}

function recognition(found: string | undefined, digest: string): Recognition {
  if (found === undefined) return 'fresh';
  return found === digest ? 'same' : 'other';
}

/** Begins as the ids that files are given, `2026-01-31-…`; `node-next-…` of an SDK begins alike too, but is made at random. */
function isDated(key: string): boolean {
  return key[4] === '-' && key[7] === '-' && key[10] !== undefined && key[0] !== undefined && key[0] >= '0' && key[0] <= '9';
}

/** Digest of a row's JSON text, as it is kept beside the id. */
export function contentDigest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, keptDigest);
}

/**
 * The beginning of a long id stays in front, so that ids which begin with a time stay neighbours in the index; without that, long
 * imports are several times slower. One character longer than any id that is kept as it is.
 */
export function keyOf(id: string): string {
  return id.length <= plainLength ? id : `${id.slice(0, 10)}${hash('sha256', id, 'base64url').slice(0, keptDigest)}`;
}
