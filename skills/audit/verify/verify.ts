/**
 * Checks what a ledger of Cohortium proves, for somebody who trusts neither the ledger nor its operator: signed checkpoints, inclusion
 * and consistency proofs, `.tlog-proof` files, disclosed fields, attestations and receipts of erasure. One file that imports nothing of
 * Cohortium and nothing but node:crypto, so that it can be read in one sitting, copied, and run alone:
 *
 *     node verify.js record.tlog-proof ledger.vkey
 *     node verify.js record.tlog-proof verifier-keys.json     after keys were replaced
 *
 * It never throws, whatever it is given: what it cannot read it refuses, and says why. It fetches nothing, and it cannot know whether a
 * key is the right one or whether a checkpoint is the newest: both must come by another way than the proof.
 */
import { createHash, createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';

/** What does not hold, and why, in words for the person who checks. */
export interface Refusal {
  readonly holds: false;
  readonly reason: string;
}

/** Holds with what was found, or does not with the reason. */
export type Verdict<Found extends object> = ({ readonly holds: true } & Found) | Refusal;

// --- Keys -------------------------------------------------------------------------------------------------------------------------------

/** What a key signs: notes (0x01), or time-stamped checkpoints with Ed25519 (0x04) or ML-DSA-44 (0x06). */
export type KeyType = 'ed25519' | 'ed25519-cosignature' | 'ml-dsa-44';

/** A public key as C2SP writes it: `name+id+base64(type ‖ key)`. @see https://c2sp.org/signed-note, verifier keys */
export interface VerifierKey {
  readonly name: string;
  /** 8 hex digits. */
  readonly id: string;
  readonly type: KeyType;
  /** 32 bytes, or 1312 of ML-DSA-44. */
  readonly raw: Uint8Array;
  /**
   * When it was in force, in leaves of the ledger: it signs checkpoints of more than `after` leaves and of no more than `upTo`, and
   * statements that a leaf among them commits to. Absent for a key that signs at every size.
   */
  readonly sizes?: { readonly after: number; readonly upTo: number };
  /** Somebody else may have it: only a place in the ledger shows that a signature by it is older. */
  readonly isRevoked?: boolean;
}

interface KeyForm {
  readonly type: KeyType;
  readonly keyBytes: number;
  /** DER before the raw key. @see RFC 8410 and RFC 9881 */
  readonly spki: string;
}

const keyForms: ReadonlyMap<number, KeyForm> = new Map([
  [1, { type: 'ed25519', keyBytes: 32, spki: '302a300506032b6570032100' }],
  [4, { type: 'ed25519-cosignature', keyBytes: 32, spki: '302a300506032b6570032100' }],
  [6, { type: 'ml-dsa-44', keyBytes: 1312, spki: '30820532300b06096086480165030403110382052100' }],
]);

/**
 * Reads one verifier key.
 * @param text `name+id+base64`, with or without a newline at the end
 */
export function readVerifierKey(text: string): Verdict<{ readonly key: VerifierKey }> {
  return guarded('the key', () => {
    const [, name = '', id = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)\n?$/u.exec(text) ?? [];
    const bytes = decodeBase64(encoded);
    const form = keyForms.get(bytes?.[0] ?? -1);
    if (!bytes || !form) return refusal('the key is no verifier key: name+id+base64 of type Ed25519 or ML-DSA-44 is expected');
    const raw = bytes.subarray(1);
    if (raw.length !== form.keyBytes) return refusal(`the key of ${name} has ${raw.length} bytes, not ${form.keyBytes}`);
    const expected = sha256(`${name}\n`, bytes).subarray(0, 4).toString('hex');
    if (id !== expected) return refusal(`the key of ${name} says it is ${id}, but its bytes are those of ${expected}`);
    return { holds: true, key: { name, id, type: form.type, raw } };
  });
}

/**
 * Reads a file of verifier keys: one per line, blank lines and those that begin with # passed over; or `verifier-keys.json`, in which
 * each key of the ledger signs for the one that took its place.
 */
export function readVerifierKeys(text: string): Verdict<{ readonly keys: readonly VerifierKey[] }> {
  return guarded('the keys', () => {
    if (text.trimStart().startsWith('{')) return readKeyHistory(parseJson(text));
    const keys: VerifierKey[] = [];
    for (const line of text.split('\n').map((one) => one.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      const read = readVerifierKey(line);
      if (!read.holds) return read;
      keys.push(read.key);
    }
    return keys.length === 0 ? refusal('there is no key') : { holds: true, keys };
  });
}

const historyFormat = 'cohortium/verifier-keys@1';

/** What follows a key that nobody signed for is left out: who was told of it in another way has it in a file of its own. */
function readKeyHistory(history: unknown): Verdict<{ readonly keys: readonly VerifierKey[] }> {
  if (!isObject(history) || history['format'] !== historyFormat || typeof history['origin'] !== 'string') {
    return refusal(`the keys are neither verifier keys, one per line, nor a list of the format ${historyFormat}`);
  }
  const keys: VerifierKey[] = [];
  for (const role of ['checkpoint', 'attestor'] as const) {
    const followed = followKeys(role, history['origin'], history[role]);
    if (!followed.holds) return followed;
    keys.push(...followed.keys);
  }
  const people = readPeople(history['people']);
  if (!people.holds) return people;
  keys.push(...people.keys);
  return keys.length === 0 ? refusal('there is no key') : { holds: true, keys };
}

/** Keys of persons, as the operator entered and revoked them: no other key signs for them. */
function readPeople(list: unknown): Verdict<{ readonly keys: readonly VerifierKey[] }> {
  if (list === undefined) return { holds: true, keys: [] };
  if (!Array.isArray(list)) return refusal('the people of the list are no list of keys');
  const keys: VerifierKey[] = [];
  for (const entry of list) {
    const { key, after, upTo } = isObject(entry) ? entry : {};
    const end = upTo === null ? Number.MAX_SAFE_INTEGER : upTo;
    if (typeof key !== 'string' || !isCount(after) || !isCount(end)) {
      return refusal('a key of a person in the list has no key, or no number of leaves that it follows and ends with');
    }
    const read = readVerifierKey(key);
    if (!read.holds) return read;
    keys.push({ ...read.key, sizes: { after, upTo: end }, isRevoked: upTo !== null });
  }
  return { holds: true, keys };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function followKeys(role: 'checkpoint' | 'attestor', origin: string, list: unknown): Verdict<{ readonly keys: readonly VerifierKey[] }> {
  if (!Array.isArray(list)) return refusal(`the list of keys has no ${role} keys`);
  const keys: VerifierKey[] = [];
  let upTo = Number.MAX_SAFE_INTEGER;
  let before: { readonly text: string; readonly after: number; readonly key: VerifierKey } | undefined;
  for (const entry of list) {
    if (!isObject(entry) || typeof entry['key'] !== 'string' || !Number.isSafeInteger(entry['after'])) {
      return refusal(`a ${role} key of the list has no key, or no number of leaves that it follows`);
    }
    const { key: text, signatures } = entry;
    const after = Number(entry['after']);
    const read = readVerifierKey(text);
    if (!read.holds) return read;
    if (before === undefined ? after !== 0 || signatures !== null : after < before.after) {
      return refusal(`the ${role} keys of the list are not in the order of their sizes, from 0 on`);
    }
    if (before !== undefined) {
      const message = Buffer.from(`cohortium/key-handover@1\n${role}\n${origin}\n${after}\n${before.text}\n${text}\n`);
      const handed = isObject(signatures) ? signatures : {};
      const isBy = (key: VerifierKey, signature: unknown): boolean => {
        const publicKey = publicKeyOf(key);
        const bytes = typeof signature === 'string' ? decodeBase64(signature) : undefined;
        return publicKey !== undefined && bytes !== undefined && verifySignature(null, message, publicKey, bytes);
      };
      if (!isBy(read.key, handed['itself'])) return refusal(`the ${role} key after ${after} leaves did not sign for itself`);
      // The key before was lost: it vouches neither for this one nor for what comes after.
      if (handed['before'] === null) {
        upTo = after;
        break;
      }
      if (!isBy(before.key, handed['before']))
        return refusal(`the ${role} key after ${after} leaves was not signed for by the key before it`);
    }
    before = { text, after, key: read.key };
    keys.push({ ...read.key, sizes: { after, upTo } });
  }
  const ended = keys.map((key, at) => ({ ...key, sizes: { after: key.sizes?.after ?? 0, upTo: keys[at + 1]?.sizes?.after ?? upTo } }));
  return { holds: true, keys: ended };
}

function signsSize({ sizes }: VerifierKey, size: number): boolean {
  return sizes === undefined || (size <= sizes.upTo && (size > sizes.after || sizes.after === 0));
}

/** Keys as text of a file, or as they were read. */
export type Keys = string | readonly VerifierKey[];

function keysOf(keys: Keys): Verdict<{ readonly keys: readonly VerifierKey[] }> {
  if (typeof keys === 'string') return readVerifierKeys(keys);
  return keys.length === 0 ? refusal('there is no key') : { holds: true, keys };
}

/** Undefined where this runtime does not know the algorithm, as Node before 24.6 does not know ML-DSA. */
function publicKeyOf({ type, raw }: VerifierKey): KeyObject | undefined {
  const form = [...keyForms.values()].find((one) => one.type === type);
  try {
    return createPublicKey({ key: Buffer.concat([Buffer.from(form?.spki ?? '', 'hex'), raw]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

// --- Signed notes and checkpoints -------------------------------------------------------------------------------------------------------

/** Somebody whose signature was checked. */
export interface Signer {
  readonly name: string;
  readonly id: string;
  readonly type: KeyType;
  /** What the signer says the time was, seconds since 1970; null where the signature carries none. */
  readonly time: number | null;
}

interface SignatureLine {
  readonly name: string;
  readonly id: string;
  readonly bytes: Buffer;
}

interface Note {
  /** With its final newline. */
  readonly text: string;
  readonly signatures: readonly SignatureLine[];
}

/** More lines than anybody signs with; keeps a hostile note from costing hours. */
const mostSignatures = 100;

/** @see https://c2sp.org/signed-note, Format */
function readNote(note: string): Note | Refusal {
  if (!note.isWellFormed() || controlCharacters.test(note)) return refusal('the note holds characters that no signed note may hold');
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0 || !note.endsWith('\n')) return refusal('the note has no signatures: a blank line and a line per signature are expected');
  const signatures: SignatureLine[] = [];
  for (const line of note.slice(blank + 2, -1).split('\n')) {
    const [, name = '', encoded = ''] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? [];
    const bytes = decodeBase64(encoded);
    if (!bytes || bytes.length < 5) return refusal('a line of the note is no signature: — name base64 is expected');
    signatures.push({ name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) });
  }
  if (signatures.length > mostSignatures) return refusal(`the note has more than ${mostSignatures} signatures`);
  return { text: note.slice(0, blank + 1), signatures };
}

// oxlint-disable-next-line no-control-regex -- these are what is refused
const controlCharacters = /[\u0000-\u0009\u000b-\u001f]/;

/** What a ledger says of itself. @see https://c2sp.org/tlog-checkpoint */
export interface Checkpoint {
  /** Name of the ledger. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  /** RFC 6962 root over them, hex. */
  readonly root: string;
  /** Keys whose signatures hold. One of them bears the name of the ledger. */
  readonly signers: readonly Signer[];
  /** Names of keys that have signed with an algorithm that this runtime does not know. */
  readonly unchecked: readonly string[];
}

export interface CheckpointOptions {
  /** Every given key must have signed; otherwise one of the ledger's is enough. */
  readonly isEveryKeyRequired?: boolean;
}

/** Signatures of a note that hold, and names of keys of which this runtime cannot say. */
type Signatures = Pick<Checkpoint, 'signers' | 'unchecked'>;

/**
 * Checks a signed note of any text, by Ed25519 keys.
 * @param note with its signature lines
 * @returns the text, with its final newline
 */
export function verifyNote(note: string, keys: Keys, options: CheckpointOptions = {}): Verdict<Signatures & { readonly text: string }> {
  return guarded('the note', () => {
    const trusted = keysOf(keys);
    if (!trusted.holds) return trusted;
    const read = readNote(note);
    if ('holds' in read) return read;
    const signatures = verifySignatures(read, trusted.keys, undefined, options);
    if (!signatures.holds) return signatures;
    return signatures.signers.length === 0 ? refusal('no trusted key has signed the note') : { ...signatures, text: read.text };
  });
}

/**
 * Checks a signed checkpoint.
 * @param note the whole signed note
 * @param keys those that are trusted; at least one of the name of the ledger
 */
export function verifyCheckpoint(note: string, keys: Keys, options: CheckpointOptions = {}): Verdict<Checkpoint> {
  return guarded('the checkpoint', () => {
    const trusted = keysOf(keys);
    if (!trusted.holds) return trusted;
    const read = readNote(note);
    if ('holds' in read) return read;
    const [, origin = '', digits = '', encoded = ''] = /^([^\n]+)\n(0|[1-9]\d*)\n([^\n]+)\n/.exec(read.text) ?? [];
    const root = decodeBase64(encoded);
    const size = Number(digits);
    if (digits === '' || root?.length !== 32 || !Number.isSafeInteger(size)) {
      return refusal('the note is no checkpoint: lines with a name, a number of leaves and a root of 32 bytes are expected');
    }
    const tree = { origin, size, root: root.toString('hex') };
    const inForce = trusted.keys.filter((key) => signsSize(key, size));
    const signatures = verifySignatures(read, inForce, tree, options);
    if (!signatures.holds) return signatures;
    if (!signatures.signers.some(({ name }) => name === origin)) {
      const which = inForce.length < trusted.keys.length ? ` that signs at ${size} leaves` : '';
      return refusal(`no trusted key of ${origin}${which} has signed the checkpoint`);
    }
    return { ...signatures, ...tree };
  });
}

type Tree = Pick<Checkpoint, 'origin' | 'size' | 'root'>;

/** One signature of a known key that does not hold is enough to refuse the note, whoever else has signed. */
function verifySignatures(
  { text, signatures }: Note,
  keys: readonly VerifierKey[],
  tree: Tree | undefined,
  { isEveryKeyRequired = false }: CheckpointOptions,
): Verdict<Signatures> {
  const signers: Signer[] = [];
  const unchecked: string[] = [];
  for (const key of keys) {
    const line = signatures.find(({ name, id }) => name === key.name && id === key.id);
    if (!line && isEveryKeyRequired) return refusal(`there is no signature by ${key.name} with key ${key.id}`);
    if (!line) continue;
    const publicKey = publicKeyOf(key);
    const part = signedPart(key, line.bytes, text, tree);
    if (!publicKey || !part) {
      if (isEveryKeyRequired) return refusal(`this runtime cannot check the ${key.type} signature by ${key.name}`);
      unchecked.push(key.name);
      continue;
    }
    if (!verifySignature(null, part.message, publicKey, part.signature)) {
      return refusal(`the signature by ${key.name} with key ${key.id} does not hold: the text was changed, or another key made it`);
    }
    signers.push({ name: key.name, id: key.id, type: key.type, time: part.time });
  }
  return { holds: true, signers, unchecked };
}

interface SignedPart {
  readonly message: Buffer;
  readonly signature: Buffer;
  readonly time: number | null;
}

/** What the bytes of a signature line were made over. @see https://c2sp.org/tlog-cosignature */
function signedPart(key: VerifierKey, bytes: Buffer, text: string, tree: Tree | undefined): SignedPart | undefined {
  if (key.type === 'ed25519') return { message: Buffer.from(text), signature: bytes, time: null };
  const stamp = bytes.length < 8 ? 0n : bytes.readBigUInt64BE();
  const signature = bytes.subarray(8);
  const time = stamp === 0n ? null : Number(stamp);
  if (key.type === 'ed25519-cosignature') return { message: Buffer.from(`cosignature/v1\ntime ${stamp}\n${text}`), signature, time };
  if (!tree) return undefined; // such a key signs trees, and no other text
  // Lengths are written in one byte: with longer names two trees could read the same.
  if (Math.max(Buffer.byteLength(key.name), Buffer.byteLength(tree.origin)) > 255) return undefined;
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(tree.size), 8);
  const message = Buffer.concat([
    Buffer.from('subtree/v1\n\0'),
    lengthFirst(key.name),
    bytes.subarray(0, 8),
    lengthFirst(tree.origin),
    numbers,
    Buffer.from(tree.root, 'hex'),
  ]);
  return { message, signature, time };
}

function lengthFirst(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length & 255]), bytes]);
}

// --- Trees ------------------------------------------------------------------------------------------------------------------------------

/** Hash of a leaf: SHA-256(0x00 ‖ leaf), hex. @see RFC 6962 section 2.1 */
export function leafHash(leaf: Uint8Array | string): string {
  return sha256(new Uint8Array([0]), leaf).toString('hex');
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(new Uint8Array([1]), left, right);
}

export interface InclusionClaim {
  /** Hex, as are all hashes here. */
  readonly leafHash: string;
  /** 0 ≤ index < size. */
  readonly index: number;
  readonly size: number;
  /** From the sibling of the leaf up. */
  readonly path: readonly string[];
  readonly root: string;
}

/**
 * Checks that a leaf stands at an index of a tree.
 * @see RFC 9162 section 2.1.3.2
 */
export function verifyInclusion(claim: InclusionClaim): Verdict<object> {
  return guarded('the inclusion proof', () => {
    const { index, size } = claim;
    if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) {
      return refusal(`there is no leaf ${index} in a tree of ${size}`);
    }
    const [leaf, ...steps] = hashesOf([claim.leafHash, ...claim.path]) ?? [];
    if (!leaf) return refusal('the inclusion proof holds something that is no hash');
    let hash = leaf;
    const fault = climb(index, size - 1, steps, (step, isLeft) => (hash = isLeft ? nodeHash(step, hash) : nodeHash(hash, step)));
    if (fault) return refusal(`the inclusion proof ${fault}`);
    if (hash.toString('hex') !== claim.root) return refusal(`leaf ${index} does not lead to the root ${claim.root}`);
    return { holds: true };
  });
}

/**
 * Goes from a node of the tree to its root, a hash of a proof per level.
 * @param last index of the last node of the same level
 * @param join told each hash, and whether it stands left of what was reached
 * @returns what is wrong with the number of hashes, if anything
 */
function climb(node: number, last: number, steps: readonly Buffer[], join: (step: Buffer, isLeft: boolean) => void): string | undefined {
  for (const step of steps) {
    if (last === 0) return 'has more hashes than the tree has levels';
    const isLeft = node % 2 === 1 || node === last;
    join(step, isLeft);
    // A last node without a sibling moves up as it is.
    if (isLeft) {
      while (node % 2 === 0 && node !== 0) {
        node = node / 2;
        last = Math.floor(last / 2);
      }
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? undefined : 'has fewer hashes than the tree has levels';
}

export interface ConsistencyClaim {
  readonly from: { readonly size: number; readonly root: string };
  /** The larger tree. */
  readonly to: { readonly size: number; readonly root: string };
  readonly path: readonly string[];
}

/**
 * Checks that a tree grew out of another one: nothing of the smaller was changed or dropped.
 * @see RFC 9162 section 2.1.4.2
 */
export function verifyConsistency(claim: ConsistencyClaim): Verdict<object> {
  return guarded('the consistency proof', () => {
    const { from, to, path } = claim;
    if (!Number.isSafeInteger(from.size) || !Number.isSafeInteger(to.size) || from.size < 0 || from.size > to.size) {
      return refusal(`a tree of ${to.size} leaves cannot have grown out of one of ${from.size}`);
    }
    const hashes = hashesOf([from.root, to.root, ...path]);
    if (!hashes) return refusal('the consistency proof holds something that is no hash');
    if (from.size === 0 || from.size === to.size) {
      if (path.length > 0) return refusal('the consistency proof has hashes where it needs none');
      if (from.root === (from.size === 0 ? treeRoot([]) : to.root)) return { holds: true };
      return refusal(`two trees of ${from.size} leaves have different roots: one was rewritten`);
    }
    let node = from.size - 1;
    let last = to.size - 1;
    while (node % 2 === 1) {
      node = Math.floor(node / 2);
      last = Math.floor(last / 2);
    }
    const steps = hashes.slice(2);
    // A smaller tree that is complete in itself is the first hash; otherwise the proof begins with one.
    const first = node === 0 ? hashes[0] : steps.shift();
    if (!first) return refusal('the consistency proof is empty');
    let [old, young] = [first, first];
    const fault = climb(node, last, steps, (step, isLeft) => {
      if (isLeft) old = nodeHash(step, old);
      young = isLeft ? nodeHash(step, young) : nodeHash(young, step);
    });
    if (fault) return refusal(`the consistency proof ${fault}`);
    if (old.toString('hex') !== from.root || young.toString('hex') !== to.root) {
      return refusal(`the tree of ${to.size} leaves did not grow out of the one of ${from.size}: history was rewritten`);
    }
    return { holds: true };
  });
}

/**
 * Root over leaves that are all at hand, such as the items of a batch.
 * @returns hex; that of the empty tree for none
 * @see RFC 6962 section 2.1
 */
export function treeRoot(leaves: readonly (Uint8Array | string)[]): string {
  const peaks: { readonly level: number; readonly hash: Buffer }[] = [];
  for (const leaf of leaves) {
    let peak = { level: 0, hash: sha256(new Uint8Array([0]), leaf) };
    for (let left = peaks.at(-1); left?.level === peak.level; left = peaks.at(-1)) {
      peaks.pop();
      peak = { level: peak.level + 1, hash: nodeHash(left.hash, peak.hash) };
    }
    peaks.push(peak);
  }
  const hash = peaks.reduceRight<Buffer | undefined>((right, left) => (right ? nodeHash(left.hash, right) : left.hash), undefined);
  return (hash ?? sha256()).toString('hex');
}

// --- Proof files ------------------------------------------------------------------------------------------------------------------------

type JsonObject = Readonly<Record<string, unknown>>;

/** A proof file as it reads, before anything of it was checked. */
export interface ProofFile {
  readonly index: number;
  /** Hex. */
  readonly path: readonly string[];
  readonly checkpoint: string;
  readonly extra: ProofExtra;
}

/** What the line `extra` carries besides: the leaf that is proved, and the item in it. JSON, in base64. */
export interface ProofExtra {
  readonly leaf: string;
  /** Of a record in a batch: the item, and its path to the root that the leaf commits to, hex. */
  readonly item?: { readonly text: string; readonly path: readonly string[] };
  /** Fields whose values are shown. */
  readonly fields?: readonly FieldOrCommitment[];
}

/** Reads a proof file. @see https://c2sp.org/tlog-proof */
export function readProofFile(text: string): Verdict<ProofFile> {
  return guarded('the proof file', () => {
    const form = /^c2sp\.org\/tlog-proof@v1\n(?:extra ([^\n]*)\n)?index (0|[1-9]\d*)\n((?:[^\n]+\n)*)\n([^]+)$/;
    const [found, encoded, digits = '', lines = '', checkpoint = ''] = form.exec(text) ?? [];
    if (found === undefined)
      return refusal('the file is no proof: c2sp.org/tlog-proof@v1, extra, index, hashes and a checkpoint are expected');
    const index = Number(digits);
    if (!Number.isSafeInteger(index)) return refusal('the index of the proof is too large');
    const path = readHashLines(lines);
    if (!path) return refusal('a line of the proof is no hash: base64 of 32 bytes is expected');
    const extra = extraOf(readCanonical(decodeBase64(encoded ?? '')?.toString('utf8') ?? ''));
    return extra ? { holds: true, index, path, checkpoint, extra } : refusal('the proof does not carry the leaf that it is about');
  });
}

/** Nothing of it is signed by itself, so nothing may stand in it that is not checked. */
function extraOf(value: unknown): ProofExtra | undefined {
  if (!hasOnly(value, ['leaf', 'item', 'fields']) || typeof value['leaf'] !== 'string') return undefined;
  const { leaf, item, fields } = value;
  if (fields !== undefined && !Array.isArray(fields)) return undefined;
  const shown = Array.isArray(fields) ? { fields } : {};
  if (item === undefined) return { leaf, ...shown };
  if (!hasOnly(item, ['text', 'path']) || typeof item['text'] !== 'string' || !isStrings(item['path'])) return undefined;
  return { leaf, item: { text: item['text'], path: item['path'] }, ...shown };
}

/** What a proof file proves. */
export interface ProvenRecord {
  readonly index: number;
  /** Position in the batch; null where the leaf is the record. */
  readonly item: number | null;
  readonly kind: string;
  /** ISO 8601, as the clock of the ledger said. */
  readonly time: string;
  /** Everything in the leaf. */
  readonly leaf: JsonObject;
  /** What the record commits to: its own leaf, or the item of the batch. */
  readonly commits: JsonObject;
  /** Values that were disclosed with the proof, checked against the commitment; null where none were. */
  readonly fields: JsonObject | null;
  /** Whether `fields` is all of the body. */
  readonly isWhole: boolean;
  readonly checkpoint: Checkpoint;
}

/**
 * Checks a proof file: the signatures of the checkpoint, the path of the leaf to its root, that of the item to the leaf, and disclosed
 * fields.
 * @param text the whole file
 */
export function verifyProof(text: string, keys: Keys, options: CheckpointOptions = {}): Verdict<ProvenRecord> {
  return guarded('the proof', () => {
    const file = readProofFile(text);
    if (!file.holds) return file;
    const checkpoint = verifyCheckpoint(file.checkpoint, keys, options);
    if (!checkpoint.holds) return checkpoint;
    const { index, path, extra } = file;
    const included = verifyInclusion({ ...checkpoint, index, path, leafHash: leafHash(extra.leaf) });
    if (!included.holds) return included;
    const leaf = readCanonical(extra.leaf);
    if (!leaf || leaf['index'] !== index || typeof leaf['kind'] !== 'string' || typeof leaf['time'] !== 'string') {
      return refusal(`leaf ${index} is signed for, but it is no record: canonical JSON with index, kind and time is expected`);
    }
    const item = itemOf(leaf, extra);
    if (!item.holds) return item;
    const fields = extra.fields && verifyDisclosure(extra.fields, String(item.commits['commit']));
    if (fields?.holds === false) return fields;
    return {
      holds: true,
      index,
      item: item.position,
      kind: leaf['kind'],
      time: leaf['time'],
      leaf,
      commits: item.commits,
      fields: fields?.fields ?? null,
      isWhole: extra.fields?.every((field) => typeof field !== 'string') === true,
      checkpoint: signedTree(checkpoint),
    };
  });
}

/** What a ledger has grown by. */
export interface ProvenGrowth {
  readonly from: Checkpoint;
  readonly to: Checkpoint;
}

/**
 * Checks that the ledger of a newer checkpoint is the one of an older checkpoint with leaves added: nothing was rewritten since.
 * @param text lines `old <size>` and hashes, a blank line, and the newer checkpoint
 * @param older the older checkpoint, kept elsewhere
 * @see https://c2sp.org/tlog-witness, add-checkpoint
 */
export function verifyGrowth(text: string, older: string, keys: Keys, options: CheckpointOptions = {}): Verdict<ProvenGrowth> {
  return guarded('the proof of growth', () => {
    const from = verifyCheckpoint(older, keys, options);
    if (!from.holds) return refusal(`older: ${from.reason}`);
    const [found, digits = '', lines = '', newer = ''] = /^old (0|[1-9]\d*)\n((?:[^\n]+\n)*)\n([^]+)$/.exec(text) ?? [];
    if (found === undefined) return refusal('the file is no proof of growth: a line old, hashes and a checkpoint are expected');
    if (Number(digits) !== from.size) return refusal(`the proof is for a tree of ${digits} leaves, the older checkpoint has ${from.size}`);
    const to = verifyCheckpoint(newer, keys, options);
    if (!to.holds) return to;
    if (to.origin !== from.origin) return refusal(`the checkpoints are of two ledgers, ${from.origin} and ${to.origin}`);
    const path = readHashLines(lines);
    if (!path) return refusal('a line of the proof is no hash: base64 of 32 bytes is expected');
    const grown = verifyConsistency({ from, to, path });
    return grown.holds ? { holds: true, from: signedTree(from), to: signedTree(to) } : grown;
  });
}

function signedTree({ origin, size, root, signers, unchecked }: Checkpoint): Checkpoint {
  return { origin, size, root, signers, unchecked };
}

/** Undefined when a line is not base64 of 32 bytes. @returns hex */
function readHashLines(lines: string): readonly string[] | undefined {
  const hashes = lines.split('\n').slice(0, -1).map(decodeBase64);
  return hashes.every((hash) => hash?.length === 32) ? hashes.map((hash) => hash?.toString('hex') ?? '') : undefined;
}

const recordFormat = 'cohortium/record@2';
const batchFormat = 'cohortium/batch@1';

function itemOf(leaf: JsonObject, { item }: ProofExtra): Verdict<{ readonly position: number | null; readonly commits: JsonObject }> {
  if (leaf['format'] === recordFormat) {
    return item ? refusal('the leaf is one record, but the proof names an item in it') : { holds: true, position: null, commits: leaf };
  }
  const { format, count, root } = leaf;
  if (format !== batchFormat || typeof count !== 'number' || typeof root !== 'string') {
    return refusal(`the leaf has the format '${String(format)}'; ${recordFormat} and ${batchFormat} can be checked`);
  }
  if (!item) return refusal(`the leaf is a batch of ${count} records, but the proof does not say which`);
  const commits = readCanonical(item.text);
  const position = commits?.['position'];
  if (!commits || typeof position !== 'number')
    return refusal('the item is no record of a batch: canonical JSON with position is expected');
  const included = verifyInclusion({ leafHash: leafHash(item.text), index: position, size: count, path: item.path, root });
  return included.holds ? { holds: true, position, commits } : refusal(`in the batch: ${included.reason}`);
}

// --- Disclosed fields -------------------------------------------------------------------------------------------------------------------

/** A field that is shown, with its salt in hex; or, of one that is not, its commitment in hex. */
export type FieldOrCommitment = { readonly name: string; readonly salt: string; readonly value: unknown } | string;

/** Commitment to one field: SHA-256(salt ‖ JCS [name, value]), hex. */
export function fieldCommitment(name: string, salt: Uint8Array, value: unknown): string {
  return sha256(salt, canonicalJson([name, value])).toString('hex');
}

/**
 * Checks shown fields against what a record commits to: SHA-256 over the commitments of all its fields, in the order of their names.
 * @param fields every field of the record in that order, shown or as its commitment only
 * @param commit `commit` of the leaf or item, hex
 */
export function verifyDisclosure(fields: readonly FieldOrCommitment[], commit: string): Verdict<{ readonly fields: JsonObject }> {
  return guarded('the disclosure', () => {
    const shown: [string, unknown][] = [];
    const commitments: string[] = [];
    for (const field of fields) {
      if (typeof field === 'string') {
        commitments.push(field);
        continue;
      }
      const { name, salt, value } = field;
      if (!hasOnly(field, ['name', 'salt', 'value'])) return refusal('a disclosed field has more to it than a name, a salt and a value');
      if (typeof name !== 'string' || !/^(?:[0-9a-f]{2}){16,64}$/.test(salt) || value === undefined) {
        return refusal('a disclosed field has no name, no value or no salt of at least 16 bytes');
      }
      if (shown.length > 0 && !(String(shown.at(-1)?.[0]) < name)) return refusal(`the field '${name}' is out of order, or there twice`);
      shown.push([name, value]);
      commitments.push(fieldCommitment(name, Buffer.from(salt, 'hex'), value));
    }
    const hashes = hashesOf(commitments);
    if (!hashes) return refusal('the disclosure holds something that is no commitment');
    if (sha256(...hashes).toString('hex') !== commit) return refusal('the disclosed fields are not those that the record commits to');
    return { holds: true, fields: Object.fromEntries(shown) };
  });
}

// --- Attestations and receipts ----------------------------------------------------------------------------------------------------------

/** An in-toto statement of which the signature was checked. @see https://github.com/in-toto/attestation */
export interface ProvenStatement {
  /** Keys that signed. */
  readonly signers: readonly Signer[];
  /** SHA-256 of each subject, hex, by name. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

const statementType = 'https://in-toto.io/Statement/v1';
const payloadType = 'application/vnd.in-toto+json';

export interface EnvelopeOptions {
  /**
   * Size of the ledger with the leaf that commits to the envelope: its index and one. Without it only what the statement says of itself is
   * known, and whoever has a key can say what they like: a key that was revoked verifies nothing then.
   */
  readonly size?: number;
}

/**
 * Checks a statement in a DSSE envelope. Of keys that have a beginning and an end, those count that were in force at that size of the
 * ledger. Times in a statement never count.
 * @param envelope the JSON object, or its text
 * @see https://github.com/secure-systems-lab/dsse
 */
export function verifyEnvelope(envelope: unknown, keys: Keys, options: EnvelopeOptions = {}): Verdict<ProvenStatement> {
  return guarded('the envelope', () => {
    const trusted = keysOf(keys);
    if (!trusted.holds) return trusted;
    const read = typeof envelope === 'string' ? parseJson(envelope) : envelope;
    if (!isObject(read) || read['payloadType'] !== payloadType || !Array.isArray(read['signatures'])) {
      return refusal(`the envelope is no DSSE envelope of ${payloadType}`);
    }
    const payload = typeof read['payload'] === 'string' ? decodeBase64(read['payload']) : undefined;
    if (!payload) return refusal('the payload of the envelope is not base64');
    const statement = parseJson(payload.toString('utf8'));
    const claimed = claimedSize(statement);
    const retired: string[] = [];
    const message = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
    const signers: Signer[] = [];
    for (const line of read['signatures'].slice(0, mostSignatures)) {
      const signature = isObject(line) && typeof line['sig'] === 'string' ? decodeBase64(line['sig']) : undefined;
      if (!signature) return refusal('a signature of the envelope is not base64');
      const key = trusted.keys.find((one) => {
        // A witness says when it saw a tree, and nothing else.
        const publicKey = one.type === 'ed25519' ? publicKeyOf(one) : undefined;
        return publicKey !== undefined && verifySignature(null, message, publicKey, signature);
      });
      if (key && !isInForce(key, options.size, claimed)) retired.push(`${key.name} with key ${key.id}`);
      else if (key && !signers.some(({ name, id }) => name === key.name && id === key.id))
        signers.push({ name: key.name, id: key.id, type: key.type, time: null });
    }
    if (signers.length === 0 && retired.length > 0) {
      return refusal(
        `the envelope was signed by ${retired.join(', ')}, and such a key was not in force ${options.size === undefined ? 'as far as is known without a place in the ledger' : `at ${options.size} leaves`}`,
      );
    }
    if (signers.length === 0) return refusal('no trusted key has signed the envelope');
    const subjects = isObject(statement) ? subjectsOf(statement['subject']) : undefined;
    if (!isObject(statement) || statement['_type'] !== statementType || !subjects) {
      return refusal(`the payload of the envelope is no ${statementType} with subjects and their SHA-256`);
    }
    const { predicateType, predicate } = statement;
    if (typeof predicateType !== 'string' || !isObject(predicate)) return refusal('the statement has no predicate');
    return { holds: true, signers, subjects, predicateType, predicate };
  });
}

function isInForce(key: VerifierKey, size: number | undefined, claimed: number | undefined): boolean {
  if (size !== undefined) return signsSize(key, size);
  if (key.isRevoked === true) return false;
  // A key changes hands at one size, where either may have signed.
  return claimed === undefined || signsSize(key, claimed) || signsSize(key, claimed + 1);
}

/** Leaves that a statement says it follows; undefined where it says nothing of a ledger. */
function claimedSize(statement: unknown): number | undefined {
  const predicate = isObject(statement) ? statement['predicate'] : undefined;
  const ledger = isObject(predicate) ? predicate['ledger'] : undefined;
  const size = isObject(ledger) ? ledger['size'] : undefined;
  return isCount(size) ? size : undefined;
}

function subjectsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const found: [string, string][] = [];
  for (const one of value) {
    const digest = isObject(one) && isObject(one['digest']) ? one['digest']['sha256'] : undefined;
    if (!isObject(one) || typeof one['name'] !== 'string' || typeof digest !== 'string' || !hashForm.test(digest)) return undefined;
    found.push([one['name'], digest]);
  }
  return Object.fromEntries(found);
}

/** Statements of the service, which name each leaf by kind and index, with what it commits to. */
const recordsPredicate = 'https://cohortium.dev/attestation/records/v1';

/** What may be done to a record, by the name of its statement, and the kinds of records that say so. */
const actKinds: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    erased: ['erasure.started', 'custody.erased'],
    held: ['custody.held'],
    released: ['custody.released'],
    corrected: ['correction'],
    redacted: ['redaction'],
    overridden: ['override'],
  }).map(([act, kinds]) => [`https://cohortium.dev/attestation/${act}/v1`, kinds] as const),
);

/** Says of an act whether its statement fits the record; undefined when it does. */
function actFault(
  { index, kind, fields, isWhole }: ProvenRecord,
  { predicateType, predicate, subjects }: ProvenStatement,
): string | undefined {
  const kinds = actKinds.get(predicateType);
  if (!kinds) return undefined;
  if (!kinds.includes(kind) || subjects[kind] === undefined)
    return `the attestation is about another act than record ${index} of kind ${kind}`;
  const ledger = predicate['ledger'];
  const size = isObject(ledger) ? ledger['size'] : undefined;
  if (!isCount(size) || size > index)
    return `the attestation says that it follows ${String(size)} leaves, and record ${index} stands before them`;
  // With every field shown the body is known, and the statement has to be about it.
  if (isWhole && subjects[kind] !== sha256(canonicalJson(fields)).toString('hex')) {
    return `the attestation is about another body than that of record ${index}`;
  }
  return undefined;
}

/**
 * Whether a proven record commits to an envelope: `att` of its leaf is the SHA-256 of the envelope as canonical JSON. A statement of the
 * service about records also has to name this one, one about an act has to be about such an act; what other statements are about, their
 * subjects say. The keys that count are those that were in force when the record was written, by its place in the ledger.
 */
export function verifyAttestationOf(record: ProvenRecord, envelope: unknown, keys: Keys): Verdict<ProvenStatement> {
  return guarded('the attestation', () => {
    const statement = verifyEnvelope(envelope, keys, { size: record.index + 1 });
    if (!statement.holds) return statement;
    const read = typeof envelope === 'string' ? parseJson(envelope) : envelope;
    const att = record.leaf['att'];
    if (att !== sha256(canonicalJson(read)).toString('hex'))
      return refusal(`record ${record.index} commits to another attestation, or to none`);
    const { index, kind, leaf } = record;
    if (statement.predicateType === recordsPredicate && statement.subjects[`${kind}/${index}`] !== (leaf['root'] ?? leaf['commit'])) {
      return refusal(`the attestation is not about record ${index} of kind ${kind}, or about other content of it`);
    }
    const fault = actFault(record, statement);
    if (fault !== undefined) return refusal(fault);
    return statement;
  });
}

/** A receipt that somebody was given for an erasure: what was said, and that it stands in the ledger. */
export interface ProvenErasure {
  readonly statement: ProvenStatement;
  readonly record: ProvenRecord;
}

/**
 * Checks the receipt of an erasure: a signed statement, and the proof of the record of kind `erasure.completed` that it names by the
 * SHA-256 of its leaf. It shows that the operator says so, signed and with a date in a ledger that only grows; no cryptography can show
 * that no copy is left anywhere.
 * @param receipt JSON `{ envelope, proof }`, or its text; `proof` is a proof file
 * @param keys of the ledger and of whoever signed the statement
 */
export function verifyErasure(receipt: unknown, keys: Keys): Verdict<ProvenErasure> {
  return guarded('the receipt', () => {
    const read = typeof receipt === 'string' ? parseJson(receipt) : receipt;
    if (!isObject(read) || typeof read['proof'] !== 'string') return refusal('the receipt is not JSON with envelope and proof');
    const record = verifyProof(read['proof'], keys);
    if (!record.holds) return record;
    const statement = verifyEnvelope(read['envelope'], keys);
    if (!statement.holds) return statement;
    // No leaf commits to a receipt: it was made after its record, and no later than the checkpoint that came with it.
    const claimed = claimedSize(statement);
    if (claimed !== undefined && (claimed <= record.index || claimed > record.checkpoint.size)) {
      return refusal(
        `the receipt says that it was made at ${claimed} leaves, and its record was proved between ${record.index + 1} and ${record.checkpoint.size}`,
      );
    }
    if (record.kind !== 'erasure.completed') return refusal(`the receipt proves a record of kind '${record.kind}', not of an erasure`);
    const digest = sha256(canonicalJson(record.leaf)).toString('hex');
    if (!Object.values(statement.subjects).includes(digest)) return refusal('the statement is about another record than the one proved');
    return { holds: true, statement, record };
  });
}

// --- Bytes and JSON ---------------------------------------------------------------------------------------------------------------------

/**
 * Canonical JSON text of a value that JSON can hold.
 * @see RFC 8785
 */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError('this is not JSON');
    return text;
  }
  // Sorted by UTF-16 units, as RFC 8785 wants it.
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
  return `{${members.join(',')}}`;
}

/** An object of which the text is the one way to write it, so that every reader reads the same. */
function readCanonical(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isObject(value) && canonicalJson(value) === text ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: unknown, names: readonly string[]): value is JsonObject {
  return isObject(value) && Object.keys(value).every((name) => names.includes(name));
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Undefined unless the text is the one way to write these bytes. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

const hashForm = /^[0-9a-f]{64}$/;

function hashesOf(hashes: readonly string[]): Buffer[] | undefined {
  return hashes.every((hash) => typeof hash === 'string' && hashForm.test(hash))
    ? hashes.map((hash) => Buffer.from(hash, 'hex'))
    : undefined;
}

function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  return parts.reduce<ReturnType<typeof createHash>>((sum, part) => sum.update(part), createHash('sha256')).digest();
}

function refusal(reason: string): Refusal {
  return { holds: false, reason };
}

/** Callers without types, and JSON from outside, may hold anything: what cannot be read is refused like what is false. */
function guarded<Found extends object>(what: string, check: () => Verdict<Found>): Verdict<Found> {
  try {
    return check();
  } catch (error) {
    return refusal(`${what} cannot be read: ${error instanceof Error ? error.message : 'it is not what is expected here'}`);
  }
}

// --- As a program -----------------------------------------------------------------------------------------------------------------------

/** @returns lines to print, and whether everything holds */
function reportOn(text: string, keys: string, older: string | undefined): { readonly lines: readonly string[]; readonly holds: boolean } {
  if (older !== undefined) {
    const growth = verifyGrowth(text, older, keys);
    if (!growth.holds) return { lines: [`does NOT hold: ${growth.reason}`], holds: false };
    const { from, to } = growth;
    return { lines: [`holds: the ledger of ${to.size} leaves is that of ${from.size} with leaves added`, ...treeLines(to)], holds: true };
  }
  const verdict = text.trimStart().startsWith('{') ? verifyErasure(text, keys) : verifyProof(text, keys);
  if (!verdict.holds) return { lines: [`does NOT hold: ${verdict.reason}`], holds: false };
  const record = 'record' in verdict ? verdict.record : verdict;
  const place = record.item === null ? `${record.index}` : `${record.index}/${record.item}`;
  const lines = [
    `holds: record ${place} of kind ${record.kind}, written ${record.time}, is in the ledger`,
    ...treeLines(record.checkpoint),
    ...Object.entries(record.fields ?? {}).map(([name, value]) => `  field      ${name} = ${canonicalJson(value)}`),
    ...('statement' in verdict ? verdict.statement.signers.map(({ name, id }) => `  stated by  ${name} with key ${id}`) : []),
  ];
  return { lines, holds: true };
}

function treeLines({ origin, size, root, signers, unchecked }: Checkpoint): readonly string[] {
  return [
    `  ledger     ${origin}`,
    `  size       ${size}`,
    `  root       ${root}`,
    ...signers.map(({ name, id, type }) => `  signed by  ${name} with ${type} key ${id}`),
    ...unchecked.map((name) => `  UNCHECKED  a signature of ${name}: this runtime does not know its algorithm`),
  ];
}

/** Whoever made the proof wrote some of this: it must neither break a line nor move the cursor over another verdict. */
function printable(line: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is replaced
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '·');
}

async function main([proof, keys, older]: readonly string[]): Promise<number> {
  if (proof === undefined || keys === undefined) {
    const name = (process.argv[1] ?? 'verify.js').replace(/^.*[/\\]/, '');
    process.stderr.write(`usage: node ${name} <record.tlog-proof or receipt.json> <ledger.vkey or verifier-keys.json>
       node ${name} <growth> <ledger.vkey or verifier-keys.json> <older checkpoint>\n`);
    return 2;
  }
  const { readFileSync } = await import('node:fs');
  const read = (path: string): string => readFileSync(path, 'utf8');
  try {
    const { lines, holds } = reportOn(read(proof), read(keys), older === undefined ? undefined : read(older));
    process.stdout.write(`${lines.map(printable).join('\n')}\n`);
    return holds ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'a file cannot be read'}\n`);
    return 2;
  }
}

// import.meta.main is not there before Node 24.2.
if (import.meta.main ?? import.meta.filename === process.argv[1]) {
  // Not awaited here: a module that waits cannot be loaded with require().
  void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
}
