/**
 * Checks a ledger from disk and says which record is wrong and how. Opens it for reading only and goes on after a fault as far
 * as the file can be read; damage is an answer, not an error. Repairs nothing.
 */
import { existsSync } from 'node:fs';

import { CohortiumError, type ErrorCode, isCohortiumError } from '../../../skills/sdk/index.ts';
import type { VerifyReport } from '../../customer-data-graph/interface.ts';
import { readAnchors } from './ledger-anchor.ts';
import { GrowingTree, hashLeaf, readSubtrees } from './ledger-merkle.ts';
import { type Checkpoint, isSignedBy, readCheckpoints } from './ledger-note.ts';
import { chainAfter, chainStart, type CheckpointRow, type EntryRow, leafSchema, ledgerPath } from './ledger-store.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

type Fault = VerifyReport['faults'][number];

/** More faults than this are counted, not listed. */
const listedFaults = 100;

/**
 * @param directory state folder with ledger.db
 * @param anchors folder with checkpoints.txt
 * @param verifierKey public key of the checkpoints, as keys/ledger.vkey holds it
 */
export function verifyLedger(directory: string, anchors: string, verifierKey: string): VerifyReport {
  return new Verification(directory, anchors, verifierKey).report();
}

class Verification {
  readonly #directory: string;
  readonly #anchors: string;
  readonly #verifierKey: string;
  readonly #faults: Fault[] = [];
  #faultCount = 0;

  constructor(directory: string, anchors: string, verifierKey: string) {
    this.#directory = directory;
    this.#anchors = anchors;
    this.#verifierKey = verifierKey;
  }

  report(): VerifyReport {
    const anchors = readAnchors(this.#anchors);
    for (const anchor of anchors) this.#checkSignature(anchor, 'anchor');
    let read: Contents = { rows: 0, isReadable: true, tree: emptyTree(), checkpoints: [], roots: new Map() };
    const path = ledgerPath(this.#directory);
    if (existsSync(path)) {
      try {
        read = explainSqlite(path, () => {
          const database = openDatabase(path, '', { readonly: true });
          try {
            return this.#read(database, anchors);
          } finally {
            database.close();
          }
        });
      } catch (error) {
        read = { ...read, isReadable: false };
        this.#unreadable(error, null);
      }
    }
    this.#compareAnchors(read, anchors);
    return {
      verified: this.#faultCount === 0,
      size: read.rows,
      root: read.tree.root().toString('hex'),
      checkpoints: read.checkpoints.length,
      faults: this.#listed(),
    };
  }

  #read(database: Database, anchors: readonly Checkpoint[]): Contents {
    const damage = String(database.pragma('quick_check(1)', { simple: true }));
    if (damage !== 'ok') this.#fault('STORE_CORRUPT', `ledger.db is damaged: ${damage}`, null);
    const checkpoints = this.#readCheckpoints(database);
    const wanted = new Set([...checkpoints, ...anchors].map(({ size }) => size));
    const roots = new Map<number, string>();
    const nodes = storedNodes(database);
    const tree = emptyTree();
    let rows = 0;
    let prev: Buffer = chainStart;
    let isWhole = true;
    let isReadable = true;
    const noteRoot = (): void => {
      if (isWhole && wanted.has(tree.size)) roots.set(tree.size, tree.root().toString('hex'));
    };
    noteRoot();
    try {
      for (const row of database.prepare<[], EntryRow>('SELECT * FROM entry ORDER BY idx').iterate()) {
        const expected = rows;
        if (row.idx !== expected) {
          const gap = row.idx - expected === 1 ? `record ${expected} is missing` : `records ${expected} to ${row.idx - 1} are missing`;
          this.#fault('LEDGER_GAP', gap, expected);
          isWhole = false;
        } else if (!row.prev.equals(prev) || !chainAfter(row.prev, row.leaf_hash).equals(row.chain)) {
          this.#fault('LEDGER_CHAIN_BROKEN', `record ${row.idx} does not continue the hash chain of the record before it`, row.idx);
        }
        this.#checkLeaf(row);
        if (isWhole) {
          tree.push(row.leaf_hash, (level, index, hash) => {
            if (nodes.get(level, index)?.hash.equals(hash)) return;
            const from = index * 2 ** level;
            const message = `the stored hash over records ${from} to ${from + 2 ** level - 1} differs from the records`;
            this.#fault('LEDGER_ROOT_MISMATCH', message, from);
          });
        }
        prev = row.chain;
        rows = row.idx + 1;
        noteRoot();
      }
    } catch (error) {
      this.#unreadable(error, rows);
      isWhole = false;
      isReadable = false;
    }
    this.#compareRoots(checkpoints, roots, isWhole, rows);
    return { rows, isReadable, tree, checkpoints, roots };
  }

  #checkLeaf(row: EntryRow): void {
    if (!hashLeaf(row.leaf).equals(row.leaf_hash)) {
      this.#fault('LEDGER_LEAF_MISMATCH', `record ${row.idx} was changed: its text does not match its hash`, row.idx);
      return;
    }
    const leaf = leafSchema.safeParse(parseLeaf(row.leaf));
    if (!leaf.success || leaf.data.index !== row.idx || leaf.data.key !== row.key) {
      const found = leaf.success ? `number ${leaf.data.index}, key '${leaf.data.key}'` : 'another format';
      this.#fault('LEDGER_LEAF_MISMATCH', `record ${row.idx} with key '${row.key}' says of itself: ${found}`, row.idx);
    }
  }

  #readCheckpoints(database: Database): Checkpoint[] {
    const good: Checkpoint[] = [];
    for (const { size, root, note } of database.prepare<[], CheckpointRow>('SELECT * FROM checkpoint ORDER BY size').iterate()) {
      const [found] = readCheckpoints(note);
      if (found?.note === note && found.size === size && found.root === root.toString('hex')) {
        if (this.#checkSignature(found, 'checkpoint')) good.push(found);
      } else this.#fault('LEDGER_SIGNATURE_INVALID', `the checkpoint of ${size} records is not what its signed note says`, null);
    }
    return good;
  }

  #checkSignature(checkpoint: Checkpoint, what: 'checkpoint' | 'anchor'): boolean {
    const holds = isSignedBy(checkpoint, this.#verifierKey);
    if (!holds) {
      this.#fault('LEDGER_SIGNATURE_INVALID', `the ${what} of ${checkpoint.size} records is not signed by ${this.#verifierKey}`, null);
    }
    return holds;
  }

  #compareRoots(checkpoints: readonly Checkpoint[], roots: ReadonlyMap<number, string>, isWhole: boolean, rows: number): void {
    const longest = checkpoints.at(-1);
    if (isWhole && longest && longest.size > rows) {
      this.#fault('LEDGER_GAP', `records ${rows} to ${longest.size - 1} are missing at the end`, rows);
    }
    if (isWhole && longest && longest.size < rows) {
      this.#fault('LEDGER_ROOT_MISMATCH', `records ${longest.size} to ${rows - 1} stand under no checkpoint`, longest.size);
    }
    this.#firstDifference(checkpoints, roots, 'checkpoint');
  }

  #compareAnchors({ checkpoints, roots, rows, isReadable }: Contents, anchors: readonly Checkpoint[]): void {
    const longest = anchors.at(-1);
    const newest = checkpoints.at(-1)?.size ?? 0;
    if (isReadable && longest && longest.size > newest && longest.size > rows) {
      const message = `the ledger holds ${rows} records, but ${longest.size} were signed and anchored: an older copy was put back`;
      this.#fault('LEDGER_ROLLED_BACK', message, rows);
    }
    this.#firstDifference(anchors, roots, 'anchor');
    const anchored = new Set(anchors.map(({ size }) => size));
    // A crash between commit and anchor leaves out the newest; the next append adds it.
    const missing = checkpoints.slice(0, -1).find(({ size }) => !anchored.has(size));
    if (missing) {
      this.#fault('LEDGER_ANCHOR_MISSING', `checkpoints.txt lacks the checkpoint of ${missing.size} records`, null);
    }
  }

  /** One fault: every later checkpoint covers the same records and differs as well. */
  #firstDifference(checkpoints: readonly Checkpoint[], roots: ReadonlyMap<number, string>, what: string): void {
    const at = checkpoints.findIndex(({ size, root }) => roots.has(size) && roots.get(size) !== root);
    const found = checkpoints[at];
    if (!found) return;
    const from = checkpoints[at - 1]?.size ?? 0;
    const message = `the root over ${found.size} records is ${roots.get(found.size)}, the signed ${what} says ${found.root}; the change is in records ${from} to ${found.size - 1}`;
    this.#fault('LEDGER_ROOT_MISMATCH', message, from);
  }

  #unreadable(cause: unknown, index: number | null): void {
    let error = cause;
    try {
      explainSqlite(ledgerPath(this.#directory), () => {
        throw cause;
      });
    } catch (explained) {
      error = explained;
    }
    const code = isCohortiumError(error) ? error.code : 'STORE_CORRUPT';
    const message = error instanceof Error ? error.message : String(error);
    this.#fault(code, index === null ? message : `${message}; records from ${index} on cannot be read`, index);
  }

  #fault(code: ErrorCode, message: string, index: number | null): void {
    this.#faultCount += 1;
    if (this.#faults.length < listedFaults) this.#faults.push({ code, message, index });
  }

  /** Faults of records in their order, then those of the whole. */
  #listed(): Fault[] {
    const listed = [...this.#faults].sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || 0);
    const more = this.#faultCount - listed.length;
    const last = listed.at(-1);
    return more > 0 && last ? [...listed, { code: last.code, message: `and ${more} more faults`, index: null }] : listed;
  }
}

interface Contents {
  /** Records, gaps included. */
  readonly rows: number;
  readonly isReadable: boolean;
  readonly tree: GrowingTree;
  readonly checkpoints: readonly Checkpoint[];
  /** Root that the records have at each size that a checkpoint or an anchor speaks of. */
  readonly roots: ReadonlyMap<number, string>;
}

function parseLeaf(leaf: Buffer): unknown {
  try {
    return JSON.parse(leaf.toString('utf8'));
  } catch {
    return undefined; // the schema refuses it
  }
}

function emptyTree(): GrowingTree {
  return new GrowingTree(
    0,
    readSubtrees(() => {
      throw new CohortiumError('INTERNAL', 'a tree without leaves has no subtrees');
    }),
  );
}

function storedNodes(database: Database): { readonly get: (level: number, index: number) => { readonly hash: Buffer } | undefined } {
  return database.prepare<[number, number], { readonly hash: Buffer }>('SELECT hash FROM node WHERE level = ? AND idx = ?');
}
