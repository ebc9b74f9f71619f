/**
 * Whether a ledger is whole, told quickly: 256 leaves come out of the file as one value, and everything is hashed again. Says yes or
 * no; where it is no, the thorough reading of verify.ts says what is wrong and where.
 */
import { hash } from 'node:crypto';

import type { Database } from '../open-database.ts';
import { parseLeaf } from './leaf.ts';
import { type GrowingTree, rootOfLeaves, storedLevelStep } from './merkle.ts';
import { chainStart, placeNumber } from './tables.ts';

const chunk = 256;
const recordForm = '"format":"cohortium/record@2","index":';
const batchForm = '"format":"cohortium/batch@1","index":';
const kidMember = '"kid":"';
/** Hex of a kid, its closing quote and the comma. */
const kidLength = 34;

interface ChunkRow {
  /** Leaves, each after a zero, which is what RFC 6962 hashes before it; and a line feed between them. No canonical JSON holds either. */
  readonly leaves: string | null;
  readonly prevs: Buffer | null;
  readonly chains: Buffer | null;
  readonly kinds: string | null;
  readonly first: number | null;
  /** Rows of which nothing is absent or of another length: what is put together does not show where one row ends. */
  readonly formed: number;
}

interface NodesRow {
  readonly hashes: Buffer | null;
  readonly last: number | null;
  readonly formed: number;
}

/**
 * @param tree without leaves; grown by every leaf
 * @param isWanted sizes at which `onSize` is called, zero and those inside of the tree
 * @returns undefined when anything is not as it was written; else how many leaves there are
 */
export function readWhole(
  database: Database,
  tree: GrowingTree,
  isWanted: (size: number) => boolean,
  onSize: (size: number) => void,
): number | undefined {
  const read = chunkReader(database);
  const widths = new Map<number, Buffer[]>();
  const onStored = (level: number, _: number, node: Buffer): void => {
    const known = widths.get(level);
    if (known) known.push(node);
    else widths.set(level, [node]);
  };
  let last: Buffer = chainStart;
  if (isWanted(0)) onSize(0);
  for (let from = 0; ; from += chunk) {
    const found = readChunk(read, from, last);
    if (!found) return undefined;
    const { count, hashes } = found;
    last = found.last;
    let at = 0;
    // Leaf by leaf only where somebody asks for a root in between.
    if (count === chunk && !isAnyWanted(isWanted, from + 1, from + chunk - 1)) {
      tree.pushTile(hashes, onStored);
      if (isWanted(tree.size)) onSize(tree.size);
      at = chunk;
    }
    for (; at < count; at++) {
      tree.push(Buffer.from(hashes.subarray(at * 32, at * 32 + 32)), onStored);
      if (isWanted(tree.size)) onSize(tree.size);
    }
    if (count < chunk) return isEnd(database, from + count, widths) && areNodesWhole(read.nodes, widths) ? from + count : undefined;
  }
}

function isAnyWanted(isWanted: (size: number) => boolean, first: number, last: number): boolean {
  for (let size = first; size <= last; size++) if (isWanted(size)) return true;
  return false;
}

/**
 * Whether the leaves from one on, at most 256, are what their hashes and the chain say.
 * @param last chain value before them
 */
export function isTailWhole(database: Database, from: number, last: Buffer): boolean {
  const found = readChunk(chunkReader(database), from, last);
  return found !== undefined && isEnd(database, from + found.count);
}

interface ItemsRow {
  /** Records of a batch, as leaves above. */
  readonly texts: string | null;
  readonly count: number;
}

interface ChunkReader {
  readonly entries: { readonly get: (from: number, to: number) => ChunkRow | undefined };
  readonly nodes: { readonly get: (level: number, from: number, to: number) => NodesRow | undefined };
  readonly items: { readonly get: (from: number, to: number) => ItemsRow | undefined };
  readonly countItems: { readonly get: (from: number, to: number) => number | undefined };
}

function chunkReader(database: Database): ChunkReader {
  return {
    entries: database.prepare<[number, number], ChunkRow>(
      `SELECT char(0) || group_concat(leaf, char(10, 0)) AS leaves, CAST(group_concat(prev, '') AS BLOB) AS prevs,
        CAST(group_concat(chain, '') AS BLOB) AS chains, group_concat(kind, char(10)) AS kinds, min(idx) AS first,
        sum(leaf IS NOT NULL AND kind IS NOT NULL AND length(prev) = 32 AND length(chain) = 32) AS formed
      FROM (SELECT idx, kind, leaf, prev, chain FROM entry WHERE idx BETWEEN ? AND ? ORDER BY idx)`,
    ),
    nodes: database.prepare<[number, number, number], NodesRow>(
      `SELECT CAST(group_concat(hash, '') AS BLOB) AS hashes, max(idx) AS last, sum(length(hash) = 32) AS formed
      FROM (SELECT idx, hash FROM node WHERE level = ? AND idx BETWEEN ? AND ? ORDER BY idx)`,
    ),
    // As `itemText` writes them.
    items: database.prepare<[number, number], ItemsRow>(
      `SELECT char(0) || group_concat('{"commit":"' || lower(hex(commitment)) || '","ct":"' || lower(hex(ct)) || '","kid":"' ||
        lower(hex(kid)) || '","position":' || ((place & 511) - 1) || '}', char(10, 0)) AS texts, count(*) AS count
      FROM (SELECT kid.kid AS kid, commitment, ct, place FROM item JOIN kid ON kid.id = item.kid WHERE place BETWEEN ? AND ? ORDER BY place)`,
    ),
    countItems: database.prepare<[number, number], number>('SELECT count(*) FROM item WHERE place BETWEEN ? AND ?').pluck(),
  };
}

/** Undefined when anything of it is not as it was written. */
function readChunk(read: ChunkReader, from: number, last: Buffer) {
  const { entries, nodes } = read;
  const { leaves, prevs, chains, kinds, first, formed } = entries.get(from, from + chunk - 1) ?? {};
  if (!leaves || !prevs || !chains || !kinds) return { count: 0, hashes: Buffer.alloc(0), last };
  const count = chains.length / 32;
  if (first !== from || formed !== count || prevs.length !== chains.length) return undefined;
  const hashes = hashesOf(nodes.get(0, from, from + chunk - 1), from, count);
  // What is no UTF-8 has become one of these.
  if (!hashes || leaves.includes('\ufffd')) return undefined;
  // Otherwise a kind could go on into what stands after it in the leaf, and no question for its kind would find the record.
  if (kinds.includes('"')) return undefined;
  const forms = areLeavesHashed(leaves, hashes, from, kinds.split('\n'));
  if (!forms || !isChained(last, hashes, prevs, chains, count)) return undefined;
  if (!areItemsWhole(read, from, forms === 'batches' ? leaves.split('\n') : [], count)) return undefined;
  return { count, hashes, last: chains.subarray((count - 1) * 32) };
}

/** Undefined when there are not as many hashes from one on, each in its place. */
function hashesOf(row: NodesRow | undefined, from: number, count: number): Buffer | undefined {
  if (count === 0) return row?.hashes ? undefined : Buffer.alloc(0);
  if (row?.last !== from + count - 1 || row.formed !== count) return undefined;
  return row.hashes?.length === count * 32 ? row.hashes : undefined;
}

/**
 * Whether there is a leaf for every hash, of that hash, which says its own number and kind; undefined when not.
 * @param hashes 32 bytes each, which are looked at as they stand in the file
 */
function areLeavesHashed(text: string, hashes: Buffer, from: number, kinds: readonly string[]): 'records' | 'batches' | undefined {
  const count = hashes.length / 32;
  if (kinds.length !== count) return undefined;
  const expected = hashes.toString('latin1');
  let forms: 'records' | 'batches' = 'records';
  let start = 0;
  // Where the number of the leaf before stood: leaves of a kind are alike.
  let offset = 0;
  let kind: string | undefined;
  let kindMember = '';
  for (let at = 0; at < count; at++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (at < count - 1 ? newline === -1 || text.charCodeAt(newline + 1) !== 0 : newline !== -1) return undefined;
    if (!text.startsWith(recordForm, start + offset)) {
      const found = text.indexOf(recordForm, start);
      offset = found === -1 || found > end ? -1 : found - start;
    }
    const number = String(from + at);
    // Kinds and formats are plain words, so that what is looked for is what canonical JSON has there.
    if (offset === -1) {
      forms = 'batches';
      offset = 0;
      const leaf = text.slice(start, end);
      if (!leaf.includes(`${batchForm}${number},`) || !leaf.includes(`"kind":"${kinds[at]}",`)) return undefined;
    } else {
      const numbered = start + offset + recordForm.length;
      const kinded = numbered + number.length + 1 + kidMember.length + kidLength;
      if (!text.startsWith(number, numbered) || !text.startsWith(kidMember, numbered + number.length + 1)) return undefined;
      if (kinds[at] !== kind) kindMember = `"kind":"${(kind = kinds[at])}",`;
      if (!text.startsWith(kindMember, kinded)) return undefined;
    }
    if (!expected.startsWith(hash('sha256', text.slice(start, end), 'binary'), at * 32)) return undefined;
    start = end + 1;
  }
  return forms;
}

function isChained(last: Buffer, hashes: Buffer, prevs: Buffer, chains: Buffer, count: number): boolean {
  if (!prevs.subarray(0, 32).equals(last) || !prevs.subarray(32).equals(chains.subarray(0, (count - 1) * 32))) return false;
  const expected = chains.toString('latin1');
  const input = Buffer.alloc(64);
  for (let at = 0; at < count; at++) {
    prevs.copy(input, 0, at * 32, at * 32 + 32);
    hashes.copy(input, 32, at * 32, at * 32 + 32);
    if (!expected.startsWith(hash('sha256', input, 'binary'), at * 32)) return false;
  }
  return true;
}

/** The items of every batch, all and no others. @param leaves of a chunk in which there are batches; none of another */
function areItemsWhole({ items, countItems }: ChunkReader, from: number, leaves: readonly string[], count: number): boolean {
  let known = 0;
  for (const [at, text] of leaves.entries()) {
    if (!text.includes(batchForm)) continue;
    const leaf = parseLeaf(Buffer.from(text.slice(1)));
    const found = items.get(placeNumber(from + at, 0), placeNumber(from + at, 255));
    if (leaf?.format !== 'cohortium/batch@1' || leaf.count !== found?.count) return false;
    const hashes = (found.texts ?? '').split('\n').map((item) => Buffer.from(hash('sha256', item, 'binary'), 'latin1'));
    if (rootOfLeaves(hashes).toString('hex') !== leaf.root) return false;
    known += found.count;
  }
  return countItems.get(placeNumber(from, null), placeNumber(from + count, null) - 1) === known;
}

/** @param widths stored hashes by level, where the tree over all leaves was grown */
function isEnd(database: Database, size: number, widths?: ReadonlyMap<number, readonly Buffer[]>): boolean {
  const entries = database.prepare<[number], number>('SELECT 1 FROM entry WHERE idx < 0 OR idx >= ? LIMIT 1').pluck();
  const items = database.prepare<[number], number>('SELECT 1 FROM item WHERE place < 0 OR place >= ? LIMIT 1').pluck();
  if (entries.get(size) !== undefined || items.get(placeNumber(size, null)) !== undefined) return false;
  if (!widths) return true;
  // Hashes over leaves that are not there would be used as soon as they are.
  const nodes = [...widths.values()].reduce((sum, level) => sum + level.length, size);
  return database.prepare<[], number>('SELECT count(*) FROM node').pluck().get() === nodes;
}

/** The stored hashes over whole subtrees, all and no others. */
function areNodesWhole(nodes: ChunkReader['nodes'], widths: ReadonlyMap<number, readonly Buffer[]>): boolean {
  for (let level = storedLevelStep; level < 64; level += storedLevelStep) {
    const expected = widths.get(level) ?? [];
    const found = hashesOf(nodes.get(level, 0, Number.MAX_SAFE_INTEGER), 0, expected.length);
    if (!found?.equals(Buffer.concat(expected))) return false;
  }
  return true;
}
