/**
 * Checks a ledger from disk and says which leaf is wrong and how. Opens it for reading only and goes on after a fault as far
 * as the file can be read; damage is an answer, not an error. Repairs nothing.
 *
 * - quick: the newest checkpoint and anchor, the stored tree under them, and the last 256 leaves;
 * - full: every leaf, every record of a batch, every stored hash, every checkpoint and anchor, hashed and checked again;
 * - deep (verify-deep.ts): also bodies, and whatever keeps a copy or a witness elsewhere.
 */
import { existsSync } from 'node:fs';

import { CohortiumError, type ErrorCode, isCohortiumError } from '../../../../skills/sdk/index.ts';
import type { VerifyReport } from '../../../customer-data-graph/interface.ts';
import { type Database, explainSqlite, openDatabase } from '../open-database.ts';
import { readAnchors } from './checkpoints-file.ts';
import { itemText, type Leaf, parseLeaf } from './leaf.ts';
import { emptyRoot, GrowingTree, hashLeaf, rootOf, rootOfLeaves, storedLevelStep } from './merkle.ts';
import { type Checkpoint, isSignedBy, readCheckpoints } from './note.ts';
import { itemsOf, sizeOf } from './stored-records.ts';
import { chainAfter, chainStart, type CheckpointRow, type EntryRow, ledgerPath, subtreeReader } from './tables.ts';
import { isTailWhole, readWhole } from './verify-fast.ts';

type Fault = VerifyReport['faults'][number];

/** Leaves that a quick verification hashes again. */
const tailLeaves = 256;
/** More faults than this are counted, not listed. */
export const listedFaults = 100;

/**
 * @param directory state folder with ledger.db
 * @param anchors folder with checkpoints.txt
 * @param verifierKeyFor public key of a checkpoint of so many records, as keys/ledger.vkey holds it until one is replaced
 */
export function verifyLedger(
  directory: string,
  anchors: string,
  verifierKeyFor: (size: number) => string,
  level: 'quick' | 'full' = 'full',
): VerifyReport {
  return new Verification(directory, anchors, verifierKeyFor, level).report();
}

class Verification {
  readonly #directory: string;
  readonly #anchors: string;
  readonly #verifierKeyFor: (size: number) => string;
  readonly #faults: Fault[] = [];
  #faultCount = 0;
  /** Records of batches that were met. */
  #items = 0;

  readonly #level: 'quick' | 'full';
  /** Notes whose signature holds, so that an anchor costs none again. */
  readonly #signed = new Set<string>();

  constructor(directory: string, anchors: string, verifierKeyFor: (size: number) => string, level: 'quick' | 'full') {
    this.#level = level;
    this.#directory = directory;
    this.#anchors = anchors;
    this.#verifierKeyFor = verifierKeyFor;
  }

  report(): VerifyReport {
    const all = readAnchors(this.#anchors);
    const anchors = this.#level === 'quick' ? all.slice(-1) : all;
    let read: Contents = { rows: 0, isReadable: true, root: emptyRoot, checkpoints: [], roots: new Map() };
    const path = ledgerPath(this.#directory);
    if (existsSync(path)) {
      try {
        read = explainSqlite(path, () => {
          const database = openDatabase(path, '', { readonly: true });
          try {
            // What is appended meanwhile is not seen.
            return database.transaction(() => (isEmptyFile(database) ? read : this.#read(database, anchors)))();
          } finally {
            database.close();
          }
        });
      } catch (error) {
        read = { ...read, isReadable: false };
        this.#unreadable(error, null);
      }
    }
    // A power cut can tear a line that was not flushed yet. What the ledger has under a signature that holds needs no second one.
    const kept = new Map(read.checkpoints.map(({ size, root }) => [size, root]));
    for (const anchor of anchors) if (kept.get(anchor.size) !== anchor.root) this.#checkSignature(anchor, 'anchor');
    this.#compareAnchors(read, anchors);
    return {
      level: this.#level,
      verified: this.#faultCount === 0,
      size: read.rows,
      root: read.root.toString('hex'),
      checkpoints: read.checkpoints.length,
      faults: this.#listed(),
    };
  }

  #read(database: Database, anchors: readonly Checkpoint[]): Contents {
    const checkpoints = this.#readCheckpoints(database);
    if (this.#level === 'quick') return this.#readTail(database, checkpoints, anchors);
    return this.#readFast(database, checkpoints, anchors) ?? this.#readThoroughly(database, checkpoints, anchors);
  }

  /** The stored tree is taken at its word, but for its right edge. */
  #readTail(database: Database, checkpoints: readonly Checkpoint[], anchors: readonly Checkpoint[]): Contents {
    const rows = sizeOf(database);
    const from = Math.max(0, rows - tailLeaves);
    const last =
      database
        .prepare<[number], Buffer>('SELECT chain FROM entry WHERE idx = ?')
        .pluck()
        .get(from - 1) ?? chainStart;
    const read = subtreeReader(database);
    const roots = new Map<number, string>();
    try {
      if (!isTailWhole(database, from, last)) {
        const message = `the last leaves, from ${from} on, are not what the tree says; a full verification names the fault`;
        this.#fault('LEDGER_LEAF_MISMATCH', message, from);
      }
      for (const { size } of [...checkpoints, ...anchors]) if (size <= rows) roots.set(size, rootOf(size, read).toString('hex'));
    } catch (error) {
      this.#unreadable(error, null);
    }
    this.#compareRoots(checkpoints, roots, true, rows);
    return { rows, isReadable: true, root: Buffer.from(roots.get(rows) ?? '', 'hex'), checkpoints, roots };
  }

  /** Undefined when something is wrong: finding out what takes longer. */
  #readFast(database: Database, checkpoints: readonly Checkpoint[], anchors: readonly Checkpoint[]): Contents | undefined {
    const wanted = new Set([...checkpoints, ...anchors].map(({ size }) => size));
    const roots = new Map<number, string>();
    const tree = emptyTree();
    try {
      const rows = readWhole(
        database,
        tree,
        (size) => wanted.has(size),
        (size) => roots.set(size, tree.root().toString('hex')),
      );
      if (rows === undefined) return undefined;
      this.#compareRoots(checkpoints, roots, true, rows);
      return { rows, isReadable: true, root: tree.root(), checkpoints, roots };
    } catch {
      return undefined; // the thorough reading says how the file is damaged
    }
  }

  #readThoroughly(database: Database, checkpoints: readonly Checkpoint[], anchors: readonly Checkpoint[]): Contents {
    const damage = String(database.pragma('quick_check(1)', { simple: true }));
    if (damage !== 'ok') this.#fault('STORE_CORRUPT', `ledger.db is damaged: ${damage}`, null);
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
        }
        // What the tree was grown from; the text must match it, and the two are told apart so that the fault is named.
        const stored = nodes.get(0, row.idx)?.hash;
        const leafHash = stored ?? hashLeaf(row.leaf);
        if (!stored) this.#fault('LEDGER_GAP', `the hash of leaf ${row.idx} is missing`, row.idx);
        if (row.idx === expected && (!row.prev.equals(prev) || !chainAfter(row.prev, leafHash).equals(row.chain))) {
          this.#fault('LEDGER_CHAIN_BROKEN', `leaf ${row.idx} does not continue the hash chain of the leaf before it`, row.idx);
        }
        this.#checkLeaf(database, row, leafHash);
        if (isWhole) {
          tree.push(leafHash, (level, index, hash) => {
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
    if (this.#faultCount === 0) this.#checkSurplus(database, rows);
    return { rows, isReadable, root: tree.root(), checkpoints, roots };
  }

  /** Hashes over leaves that are not there would be used as soon as they are, and so would records of batches that are none. */
  #checkSurplus(database: Database, rows: number): void {
    const surplus = database
      .prepare<[number], { readonly level: number; readonly idx: number }>(
        `SELECT level, idx FROM node
        WHERE level NOT BETWEEN 0 AND 47 OR level % ${storedLevelStep} <> 0 OR idx < 0 OR (idx + 1) * (1 << level) > ? LIMIT 1`,
      )
      .get(rows);
    if (surplus)
      this.#fault('LEDGER_ROOT_MISMATCH', `a hash is stored over leaves that are not there: ${surplus.level}/${surplus.idx}`, rows);
    const items = database.prepare<[], number>('SELECT count(*) FROM item').pluck().get() ?? 0;
    if (items !== this.#items)
      this.#fault('LEDGER_LEAF_MISMATCH', `${items} records of batches are stored, and the leaves have ${this.#items}`, null);
  }

  #checkLeaf(database: Database, row: EntryRow, leafHash: Buffer): void {
    if (!hashLeaf(row.leaf).equals(leafHash)) {
      this.#fault('LEDGER_LEAF_MISMATCH', `leaf ${row.idx} was changed: its text does not match its hash`, row.idx);
      return;
    }
    const leaf = parseLeaf(row.leaf);
    if (!leaf || leaf.index !== row.idx || leaf.kind !== row.kind) {
      const found = leaf ? `number ${leaf.index}, kind '${leaf.kind}'` : 'another format';
      this.#fault('LEDGER_LEAF_MISMATCH', `leaf ${row.idx} of kind '${row.kind}' says of itself: ${found}`, row.idx);
    } else if (leaf.format === 'cohortium/batch@1') this.#checkItems(database, leaf);
  }

  #checkItems(database: Database, leaf: Extract<Leaf, { readonly format: 'cohortium/batch@1' }>): void {
    const items = itemsOf(database, leaf.index);
    this.#items += items.length;
    const root = rootOfLeaves(items.map((item) => hashLeaf(itemText(item)))).toString('hex');
    if (items.length === leaf.count && root === leaf.root) return;
    const message = `the records under leaf ${leaf.index} were changed: ${items.length} of ${leaf.count} are there, with root ${root}`;
    this.#fault('LEDGER_LEAF_MISMATCH', message, leaf.index);
  }

  #readCheckpoints(database: Database): Checkpoint[] {
    const good: Checkpoint[] = [];
    const rows = database.prepare<[number], CheckpointRow>(
      'SELECT * FROM (SELECT * FROM checkpoint ORDER BY size DESC LIMIT ?) ORDER BY size',
    );
    for (const { size, root, note } of rows.all(this.#level === 'quick' ? 1 : -1)) {
      const [found] = readCheckpoints(note);
      if (found?.note === note && found.size === size && found.root === root.toString('hex')) {
        if (this.#checkSignature(found, 'checkpoint')) good.push(found);
      } else this.#fault('LEDGER_SIGNATURE_INVALID', `the checkpoint of ${size} records is not what its signed note says`, null);
    }
    return good;
  }

  #checkSignature(checkpoint: Checkpoint, what: 'checkpoint' | 'anchor'): boolean {
    if (this.#signed.has(checkpoint.note)) return true;
    const verifierKey = this.#verifierKeyFor(checkpoint.size);
    const holds = isSignedBy(checkpoint, verifierKey);
    if (holds) this.#signed.add(checkpoint.note);
    else {
      this.#fault('LEDGER_SIGNATURE_INVALID', `the ${what} of ${checkpoint.size} records is not signed by ${verifierKey}`, null);
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
    if (this.#level === 'quick') return; // which looks at one of them
    const anchored = new Set(anchors.map(({ size }) => size));
    // A crash leaves out the newest ones; the next append adds them.
    const newestAnchored = longest?.size ?? (checkpoints.length > 1 ? Infinity : 0);
    const missing = checkpoints.find(({ size }) => size < newestAnchored && !anchored.has(size));
    if (missing) {
      this.#fault('LEDGER_ANCHOR_MISSING', `checkpoints.txt lacks the checkpoint of ${missing.size} records`, null);
    }
    if (this.#faultCount > 0) return;
    const kept = new Set(checkpoints.map(({ size }) => size));
    const taken = anchors.find(({ size }) => !kept.has(size));
    if (taken) this.#fault('LEDGER_GAP', `ledger.db lacks the checkpoint of ${taken.size} records, which checkpoints.txt has`, null);
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
    this.#fault(code, index === null ? message : `${message}; leaves from ${index} on cannot be read`, index);
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
  readonly root: Buffer;
  readonly checkpoints: readonly Checkpoint[];
  /** Root that the records have at each size that a checkpoint or an anchor speaks of. */
  readonly roots: ReadonlyMap<number, string>;
}

function emptyTree(): GrowingTree {
  return new GrowingTree(0, () => {
    throw new CohortiumError('INTERNAL', 'a tree without leaves has no subtrees');
  });
}

function storedNodes(database: Database): { readonly get: (level: number, index: number) => { readonly hash: Buffer } | undefined } {
  return database.prepare<[number, number], { readonly hash: Buffer }>('SELECT hash FROM node WHERE level = ? AND idx = ?');
}

/** A crash can leave a file that was made and not filled yet; the next append fills it. What anchors say of it is compared all the same. */
function isEmptyFile(database: Database): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}
