/**
 * Segments: a range of the ledger as one immutable object per retention class, in text that any tool reads: JSON lines under zstd. Each
 * can be checked alone, against the checkpoint in it: roots of what came before and the hashes of all leaves of the range give the
 * signed root, and each leaf gives its hash. Equal ledgers give equal bytes. Bodies are sealed, or left out.
 *
 *     {"format":"cohortium/segment@1","class":…,"content":"bodies"|"skeleton","from":…,"to":…,"frontier":[hex…],"checkpoint":note,"timestamp":…}
 *     {"hashes":base64 of 32 bytes per leaf of the range, whatever its class}
 *     {"index":…,"leaf":text,"items":[text…],"bodies":[{"item":n|null,"sealed":base64}…]}   one line per leaf of the class
 */
import { createHash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

import { z } from 'zod';

import { canonicalJson, CohortiumError } from '../../../skills/sdk/index.ts';
import { itemSchema, parseLeaf } from '../../adapters/sqlite/ledger/leaf.ts';
import { GrowingTree, hashLeaf, rootOfLeaves } from '../../adapters/sqlite/ledger/merkle.ts';
import { type Checkpoint, isSignedBy, readCheckpoints } from '../../adapters/sqlite/ledger/note.ts';

export type SegmentContent = 'bodies' | 'skeleton';

export interface SegmentLeaf {
  readonly index: number;
  /** Canonical JSON, as it is hashed. */
  readonly leaf: string;
  /** Texts of the items under a batch leaf, in order. */
  readonly items: readonly string[];
  /** Sealed bodies that are there, as they were written. */
  readonly bodies: readonly { readonly item: number | null; readonly sealed: Buffer }[];
}

/** A ledger, as a segment is made from it. */
export interface SegmentSource {
  /** Leaf hashes [from, to), 32 bytes each. */
  readonly hashes: (from: number, to: number) => Buffer;
  /** Roots of the complete subtrees that a tree of this size is made of, from the left. */
  readonly frontier: (size: number) => readonly Buffer[];
  readonly leaves: (from: number, to: number, recordClass: string) => Iterable<SegmentLeaf>;
}

export interface SegmentPlan {
  readonly from: number;
  readonly to: number;
  readonly class: string;
  readonly content: SegmentContent;
  /** Signed note over `to` leaves. */
  readonly checkpoint: string;
  /** The newest stamp of a checkpoint inside the range; null for none. */
  readonly timestamp: SegmentStamp | null;
}

/** What an authority said of a checkpoint. */
export interface SegmentStamp {
  /** Signed note, of at most `to` leaves and more than `from`. */
  readonly note: string;
  /** RFC 3161 response over the note, base64. */
  readonly token: string;
}

/** What a segment holds, once it was checked. */
export interface SegmentSummary extends Omit<SegmentPlan, 'checkpoint' | 'timestamp'> {
  readonly leaves: number;
  readonly items: number;
  readonly bodies: number;
  /** Root over `to` leaves, hex. */
  readonly root: string;
}

/** What was read; the token of a stamp is not verified here, for that takes certificates. */
export interface SegmentReading {
  readonly summary: SegmentSummary;
  readonly leaves: readonly SegmentLeaf[];
  readonly checkpoint: string;
  readonly timestamp: SegmentStamp | null;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const headSchema = z.strictObject({
  format: z.literal('cohortium/segment@1'),
  class: z.string(),
  content: z.enum(['bodies', 'skeleton']),
  from: z.int().min(0),
  to: z.int().min(1),
  frontier: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  checkpoint: z.string(),
  timestamp: z.strictObject({ note: z.string(), token: base64 }).nullable(),
});
const hashesSchema = z.strictObject({ hashes: base64 });
const leafLineSchema = z.strictObject({
  index: z.int().min(0),
  leaf: z.string(),
  items: z.array(z.string()),
  bodies: z.array(z.strictObject({ item: z.int().min(0).max(255).nullable(), sealed: base64 })),
});

/** Name of the object: numbers in twelve digits, so that a listing is in order. */
export function segmentName({ from, to, class: recordClass }: Pick<SegmentPlan, 'from' | 'to' | 'class'>): string {
  const [first, last] = [from, to].map((number) => String(number).padStart(12, '0'));
  return `seg-${first}-${last}.${recordClass}.clvseg.zst`;
}

/** Level 19 costs seconds per hundred megabytes, once, for what is paid by the byte for years. */
const level = 19;

export function writeSegment(source: SegmentSource, plan: SegmentPlan): Buffer {
  const { from, to, content, class: recordClass, checkpoint, timestamp } = plan;
  const frontier = source.frontier(from).map((hash) => hash.toString('hex'));
  const lines = [
    canonicalJson({
      format: 'cohortium/segment@1',
      class: recordClass,
      content,
      from,
      to,
      frontier,
      checkpoint,
      timestamp: timestamp && { ...timestamp },
    }),
    canonicalJson({ hashes: source.hashes(from, to).toString('base64') }),
  ];
  for (const { index, leaf, items, bodies } of source.leaves(from, to, recordClass)) {
    const sealed = content === 'skeleton' ? [] : bodies.map(({ item, sealed: bytes }) => ({ item, sealed: bytes.toString('base64') }));
    lines.push(canonicalJson({ index, leaf, items: [...items], bodies: sealed }));
  }
  return zstdCompressSync(`${lines.join('\n')}\n`, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

/**
 * Reads a segment and checks everything in it against the checkpoint in it.
 * @param verifierKeyFor key of the ledger for a checkpoint of a size; the note must be signed with it
 * @throws {CohortiumError} SEGMENT_INVALID saying what is wrong
 */
export function readSegment(bytes: Uint8Array, verifierKeyFor: (size: number) => string): SegmentReading {
  const [headLine = '', hashesLine = '', ...rest] = textOf(bytes).split('\n');
  if (rest.pop() !== '') throw invalid('it ends in the middle of a line');
  const head = parsed(headSchema, headLine, 'first line');
  const hashes = Buffer.from(parsed(hashesSchema, hashesLine, 'second line').hashes, 'base64');
  const { from, to, content, checkpoint } = head;
  const [signed] = readCheckpoints(checkpoint);
  if (!signed || signed.note !== checkpoint || signed.size !== to) throw invalid(`it has no checkpoint of ${to} leaves`);
  if (!isSignedBy(signed, verifierKeyFor(to))) throw invalid('its checkpoint is not signed with the key of this ledger');
  if (hashes.length !== (to - from) * 32) throw invalid(`it has ${hashes.length / 32} hashes for ${to - from} leaves`);
  const stamped = head.timestamp && stampedCheckpoint(head.timestamp, from, to);
  const roots = rootsOf(from, head.frontier, hashes);
  const root = roots(to);
  if (root !== signed.root) throw invalid(`its hashes give the root ${root}, the checkpoint says ${signed.root}`);
  if (stamped && roots(stamped.size) !== stamped.root) throw invalid(`its time stamp is for another history of ${stamped.size} leaves`);
  const leaves = rest.map((line, at) => {
    const { bodies, ...leaf } = parsed(leafLineSchema, line, `line ${at + 3}`);
    return { ...leaf, bodies: bodies.map(({ item, sealed }) => ({ item, sealed: Buffer.from(sealed, 'base64') })) };
  });
  let last = from - 1;
  for (const leaf of leaves) {
    if (leaf.index <= last || leaf.index >= to) throw invalid(`leaf ${leaf.index} is out of order or out of its range`);
    last = leaf.index;
    const expected = hashes.subarray((leaf.index - from) * 32, (leaf.index - from + 1) * 32);
    if (!hashLeaf(Buffer.from(leaf.leaf)).equals(expected)) throw invalid(`leaf ${leaf.index} is not the one that was signed`);
    checkLeaf(leaf, head.class);
    if (content === 'skeleton' && leaf.bodies.length > 0) throw invalid(`leaf ${leaf.index} has bodies in a skeleton`);
  }
  const count = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
  const summary = {
    from,
    to,
    class: head.class,
    content,
    leaves: leaves.length,
    items: count(leaves.map(({ items }) => items.length)),
    bodies: count(leaves.map(({ bodies }) => bodies.length)),
    root,
  };
  return { summary, leaves, checkpoint, timestamp: head.timestamp };
}

/** Root over so many leaves, for sizes inside the range. */
function rootsOf(from: number, frontier: readonly string[], hashes: Buffer): (size: number) => string {
  return (size) => {
    let next = 0;
    const tree = new GrowingTree(from, () => {
      const peak = frontier[next++];
      if (peak !== undefined) return Buffer.from(peak, 'hex');
      throw invalid(`it has ${frontier.length} roots for the ${from} leaves before it`);
    });
    if (next !== frontier.length) throw invalid(`it has ${frontier.length} roots for the ${from} leaves before it; ${next} were expected`);
    for (let at = 0; at < (size - from) * 32; at += 32) tree.push(hashes.subarray(at, at + 32), () => {});
    return tree.root().toString('hex');
  };
}

function stampedCheckpoint({ note }: SegmentStamp, from: number, to: number): Checkpoint {
  const [found] = readCheckpoints(note);
  if (found && found.note === note && found.size > from && found.size <= to) return found;
  throw invalid('its time stamp is for no checkpoint of its range');
}

/** Items are those of the leaf, bodies those of leaf or item. */
function checkLeaf({ index, leaf: text, items, bodies }: SegmentLeaf, recordClass: string): void {
  const leaf = parseLeaf(Buffer.from(text));
  if (leaf?.index !== index || leaf.class !== recordClass) throw invalid(`leaf ${index} is of another place or class`);
  const sealedOf = new Map<number | null, string>();
  if (leaf.format === 'cohortium/record@2') {
    if (items.length > 0) throw invalid(`leaf ${index} is one record and has items`);
    sealedOf.set(null, leaf.ct);
  } else {
    const root = rootOfLeaves(items.map((item) => hashLeaf(Buffer.from(item)))).toString('hex');
    if (items.length !== leaf.count || root !== leaf.root) throw invalid(`the items of leaf ${index} are not those that it commits to`);
    for (const item of items) {
      const { position, ct } = parsed(itemSchema, item, `an item of leaf ${index}`);
      sealedOf.set(position, ct);
    }
  }
  for (const { item, sealed } of bodies) {
    if (createHash('sha256').update(sealed).digest('hex') !== sealedOf.get(item)) {
      throw invalid(`a body of leaf ${index} is not the one that was written`);
    }
    sealedOf.delete(item);
  }
}

/** What a range of a hundred thousand leaves never comes near; a bomb does. */
const mostBytes = 4_000_000_000;

function textOf(bytes: Uint8Array): string {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: mostBytes }).toString('utf8');
  } catch (cause) {
    throw invalid('it is no zstd, or damaged', cause);
  }
}

function parsed<Value>(schema: z.ZodType<Value>, line: string, where: string): Value {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw invalid(`its ${where} cannot be read`, cause);
  }
}

function invalid(why: string, cause?: unknown): CohortiumError {
  return new CohortiumError('SEGMENT_INVALID', `the segment is refused: ${why}`, { cause });
}
