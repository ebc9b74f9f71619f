/** The erasers of all stores of an operator directory but ledger and vault, in the order in which they have to work. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import type { ContentStore } from '../../../skills/sdk/index.ts';
import type { SegmentEntry } from '../../adapters/duckdb/segment-schema.ts';
import type { FileContentStore } from '../../adapters/files/content-store.ts';
import { chainReviewsAnew } from '../../adapters/sqlite/counsel-store.ts';
import { derivedDigests } from '../../adapters/sqlite/derived-digests.ts';
import { eraseFromEventLog, findInEventLog } from '../../adapters/sqlite/erase-event-log.ts';
import type { RewrittenFile } from '../../adapters/sqlite/erase-journal.ts';
import { eraseRows, findRows, type RowErasure } from '../../adapters/sqlite/erase-rows.ts';
import { chainAnew } from '../../adapters/sqlite/journal.ts';
import { forgetFirstTexts } from '../../adapters/sqlite/outbox-store.ts';
import { effectTexts } from '../../adapters/sqlite/run-effects.ts';
import { eraseContent, findContent } from './erase-content.ts';
import { eraseLines, findLines } from './erase-lines.ts';
import type { Eraser, ErasureParts, Sought } from './eraser-interface.ts';
import { type PlacedRows, rowsByPlace } from './rows-by-place.ts';

export interface ErasedPlace extends Pick<ErasureParts, 'eraseAttributes'> {
  /** The operator directory. */
  readonly directory: string;
  readonly state: string;
  readonly content: ContentStore;
  /** Segments that were written anew so far. */
  readonly segments: () => ReadonlyMap<string, SegmentEntry | null>;
  /** Called before the log is changed, with what is to be known after a crash. */
  readonly remember: (segments: ReadonlyMap<string, SegmentEntry | null>) => void;
  /** Called before objects go, likewise. */
  readonly rememberGone: (gone: readonly string[]) => void;
}

/** Files with a door of their own to leave a person by. */
const notRows: ReadonlySet<string> = new Set(['inbox.db', 'ledger.db', 'vault.db', 'lock.db', 'erasures.db']);

/** Rows that are the person's, by file. Texts in all other tables are looked through as well. */
const rowRules: Readonly<Record<string, Omit<RowErasure, 'path' | 'renamed'>>> = {
  'consents.db': {
    rules: [
      { table: 'consent', columns: ['owner', 'event'], what: 'consents' },
      { table: 'sealed', columns: ['event'], what: 'consent signals' },
    ],
  },
  'scores.db': { rules: [{ table: 'score_account', columns: ['customer_id'], what: 'values' }] },
  'memberships/catalog.db': { rules: [{ table: 'customer', columns: ['id'], what: 'members', isRenamed: true }] },
  // The log has a way of its own; what it answered when it was sealed names objects.
  'inbox.db': { rules: [], only: ['seal'] },
  'outbox.db': {
    always: forgetFirstTexts,
    rules: [
      { table: 'recipient', columns: ['customer'], what: 'recipients' },
      { table: 'opt_out', columns: ['customer', 'event'], what: 'opt-outs' },
      { table: 'looked', columns: ['event'], what: 'opt-out signals' },
    ],
  },
  'graph.db': { rules: [{ table: 'proposal', columns: ['left_identity', 'right_identity'], what: 'likely duplicates' }] },
  'reviews.db': { rules: [], afterwards: chainReviewsAnew },
  'experiments.db': { rules: [], afterwards: chainAnew },
  'feedback.db': { rules: [], afterwards: chainAnew },
};

/** Of every store that there is. The log goes first: the ids of the person's signals are known from it. */
export function erasersOf(place: ErasedPlace): readonly Eraser[] {
  const { directory, state, content } = place;
  const renamed = (): ReadonlyMap<string, string | null> =>
    new Map([...place.segments()].map(([old, entry]) => [old, entry?.digest ?? null]));
  const contentPlace = (sought: Sought) => ({
    directory: join(state, 'content'),
    content,
    placed: storedPlaces(content, rowsByPlace(effectTexts(state), content, sought.names, sought.finder())),
    segments: place.segments(),
    derived: derivedDigests(state),
    rememberGone: place.rememberGone,
  });
  const rows = (name: string): Eraser => {
    const erasure = (): RowErasure => ({ ...(rowRules[name] ?? { rules: [] }), path: join(state, name), renamed: renamed() });
    return {
      store: name,
      find: async (sought) => findRows(erasure(), sought),
      erase: async (sought) => eraseRows(erasure(), sought),
    };
  };
  return [
    {
      store: 'event log',
      find: (sought) => findInEventLog(state, sought),
      erase: (sought) => eraseFromEventLog(state, sought, place.remember),
    },
    {
      store: 'content',
      find: async (sought) => findContent(contentPlace(sought), sought),
      erase: async (sought) => eraseContent(contentPlace(sought), sought),
    },
    rows('inbox.db'),
    ...databasesOf(state).map(rows),
    {
      store: 'fairness',
      find: async () => [],
      erase: async ({ names }) => {
        // It remembers by itself whom not to take in again.
        let count = 0;
        for (const name of names.exact) count += await place.eraseAttributes(name);
        return count > 0 ? [{ store: 'fairness', what: 'attributes', count }] : [];
      },
    },
    {
      store: 'files',
      find: async (sought) => findLines({ directory, state }, sought),
      erase: async (sought) => eraseLines({ directory, state }, sought),
    },
  ];
}

/** By the digest that an object has now: where an earlier erasure wrote it again, effects have a name for it. */
function storedPlaces(content: ContentStore, placed: PlacedRows): PlacedRows {
  if (!('erasedBy' in content)) return placed;
  const { erasedBy } = content as FileContentStore; // what it has says so
  return new Map([...placed].map(([digest, rows]) => [erasedBy({ digest })?.replacement ?? digest, rows]));
}

/** Files of rows, relative to the state folder; ledger, vault and log have ways of their own. */
export function databasesOf(state: string): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!['content', 'segments', 'buckets', 'keys', 'fairness'].includes(entry.name)) walk(path);
      } else if (entry.name.endsWith('.db') && !notRows.has(entry.name)) found.push(relative(state, path));
    }
  };
  walk(state);
  return found.sort();
}

/** As it stands now, to be compared when the folder is opened again. */
export function rewrittenFile(directory: string, path: string): RewrittenFile {
  const bytes = readFileSync(join(directory, path));
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
