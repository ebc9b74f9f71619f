/**
 * Which signals were accepted before, by id, for ever: an id that was forgotten could be counted twice. What is kept of each is small
 * and does not grow with the id: about 54 MB for a million, where whole ids and whole digests took 84 to 86 (36 to 39 characters), and
 * more for longer ids.
 */
import { hash } from 'node:crypto';

import type { Database } from './open-database.ts';

/** What is known about an id: nothing, the same content, or other content. */
export type Recognition = 'fresh' | 'same' | 'other';

/** Ids up to this length are kept as they are. */
const plainLength = 25;

/** Characters of a base64url SHA-256 that are kept: 96 bits. Two of 10^10 ids share them with a probability below 10^-8. */
const keptDigest = 16;

export class KnownSignals {
  readonly #find;
  readonly #add;

  constructor(database: Database) {
    this.#find = database.prepare<[string], string>('SELECT digest FROM known WHERE id = ?').pluck();
    this.#add = database.prepare<[string, string]>('INSERT INTO known (id, digest) VALUES (?, ?) ON CONFLICT DO NOTHING');
  }

  /** Looks without adding. */
  recognise(id: string, digest: string): Recognition {
    const found = this.#find.get(keyOf(id));
    if (found === undefined) return 'fresh';
    return found === digest ? 'same' : 'other';
  }

  /** Adds the id unless it is known: one search for what is fresh, which most signals are. */
  admit(id: string, digest: string): Recognition {
    const key = keyOf(id);
    if (this.#add.run(key, digest).changes === 1) return 'fresh';
    return this.#find.get(key) === digest ? 'same' : 'other';
  }
}

/** Digest of a row's JSON text, as it is kept beside the id. */
export function contentDigest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, keptDigest);
}

/**
 * The beginning of a long id stays in front, so that ids which begin with a time stay neighbours in the index; without that, long
 * imports are several times slower. One character longer than any id that is kept as it is.
 */
function keyOf(id: string): string {
  return id.length <= plainLength ? id : `${id.slice(0, 10)}${hash('sha256', id, 'base64url').slice(0, keptDigest)}`;
}
