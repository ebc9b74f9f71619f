/**
 * Bodies of records, sealed: every top-level field committed to with a salt of its own, the whole made small, padded and encrypted
 * under the data key of a subject and class. Without the key neither the fields nor a guess at them can be confirmed; with it single
 * fields can be shown to others, or taken out, and the commitment in the leaf still holds.
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey, hash } from 'node:crypto';

import { canonicalJson, CohortiumError, type Json } from '../../../../skills/sdk/index.ts';
import { type BodyCodec, codecOf, pad, unpad } from './body-codec.ts';
import { parseBody } from './record-rows.ts';

const tagBytes = 16;
const ivBytes = 12;
const saltBytes = 16;

/** A body by field. Bodies that say the same share it, so that it is read and made small once. */
export interface Fields {
  /** Of each field, in the order of names: room for the salt, then what it is hashed with. Parts of one piece of memory. */
  readonly salted: readonly Buffer[];
  /** Canonical JSON of all. */
  readonly text: string;
  /** By number of the codec. */
  readonly encoded: Buffer[];
}

/** @throws {CohortiumError} ARGUMENT_INVALID when it is not a JSON object */
export function fieldsOf(text: string): Fields {
  const body = parseBody(text);
  const parts: string[] = [];
  let canonical = '';
  for (const name of Object.keys(body).sort()) {
    const [member, value] = [JSON.stringify(name), canonicalValue(body[name] ?? null)];
    parts.push(`${roomForSalt}[${member},${value}]`);
    canonical += `${canonical === '' ? '' : ','}${member}:${value}`;
  }
  return { salted: bytesOf(parts), text: `{${canonical}}`, encoded: [] };
}

/** As many bytes as a salt, whatever they are. */
const roomForSalt = ' '.repeat(saltBytes);

function bytesOf(parts: readonly string[]): readonly Buffer[] {
  const all = Buffer.from(parts.join(''));
  let end = 0;
  return parts.map((part) => {
    const start = end;
    end += Buffer.byteLength(part);
    return all.subarray(start, end);
  });
}

function saltedField(salt: Buffer, name: string, value: string): Buffer {
  return Buffer.concat([salt, Buffer.from(`[${JSON.stringify(name)},${value}]`)]);
}

/** The built-in writer already is canonical where no object inside has members out of order. */
function canonicalValue(value: Json): string {
  return typeof value === 'object' && value !== null && !isSorted(value) ? canonicalJson(value) : JSON.stringify(value);
}

function isSorted(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let before = '';
  for (const name of Object.keys(value)) {
    if (name < before) return false;
    before = name;
    if (!isSorted((value as Readonly<Record<string, Json>>)[name] ?? null)) return false; // the case of a list is above
  }
  return true;
}

/** One salt per field, 16 bytes each, from the seed that the body holds: SHAKE256(seed), in the order of names. */
function saltsOf(seed: Buffer, count: number): Buffer {
  return createHash('shake256', { outputLength: saltBytes * count })
    .update(seed)
    .digest();
}

/** SHA-256(salt ‖ JCS [name, value]). @param value canonical JSON */
export function commitToField(salt: Buffer, name: string, value: string): string {
  return hash('sha256', saltedField(salt, name, value), 'hex');
}

/** SHA-256 over the commitments of fields, 32 bytes each, in the order of their names. @param commitments bytes as text */
function commitToAll(commitments: string): string {
  return hash('sha256', Buffer.from(commitments, 'latin1'), 'hex');
}

export interface SealingKey {
  readonly kid: string;
  readonly key: Buffer;
}

export interface SealedBody {
  /** Hex. */
  readonly commit: string;
  /** SHA-256 of the sealed bytes, hex. */
  readonly ct: string;
  readonly sealed: Buffer;
}

/**
 * Seals a new body.
 * @param seed 16 bytes that salts are made from; never used twice, but for demonstrations
 * @param iv 12 bytes, never used twice with a key
 */
export function sealBody(fields: Fields, kind: string, key: SealingKey, seed: Buffer, iv: Buffer, codec: BodyCodec): SealedBody {
  const { salted, text, encoded } = fields;
  const salts = saltsOf(seed, salted.length);
  let commitments = '';
  for (const [at, field] of salted.entries()) {
    salts.copy(field, 0, at * saltBytes, (at + 1) * saltBytes);
    commitments += hash('sha256', field, 'binary');
  }
  const small = (encoded[codec.number] ??= codec.encode(Buffer.from(text)));
  const sealed = encrypt(pad([seed, small]), codec.number, kind, key, iv);
  return { commit: commitToAll(commitments), ct: hash('sha256', sealed, 'hex'), sealed };
}

/** Set in the first byte where salts stand in the text, because some went with their fields. */
const explicitSalts = 0x80;

/** Layout: form (1) ‖ iv (12) ‖ ciphertext ‖ tag (16). The form is the codec, and whether salts come from a seed before the text. */
function encrypt(padded: Buffer, form: number, kind: string, { kid, key }: SealingKey, iv: Buffer): Buffer {
  // A key as bytes is asked what it is, which takes longer than encrypting.
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), iv);
  cipher.setAAD(associatedData(form, kid, kind));
  const sealed = Buffer.allocUnsafe(1 + ivBytes + padded.length + tagBytes);
  sealed[0] = form;
  iv.copy(sealed, 1);
  cipher.update(padded).copy(sealed, 1 + ivBytes);
  cipher.final();
  cipher.getAuthTag().copy(sealed, sealed.length - tagBytes);
  return sealed;
}

/** Canonical JSON. */
function associatedData(form: number, kid: string, kind: string): Buffer {
  const id = codecOf(form & ~explicitSalts)?.id ?? '';
  return Buffer.from(`{"kid":"${kid}","kind":${JSON.stringify(kind)},"v":"${form >= explicitSalts ? `${id}+salts` : id}"}`);
}

/** A body that was opened. */
export interface OpenedBody {
  readonly fields: Readonly<Record<string, Json>>;
  /** By field, of those that are there: 16 bytes. */
  readonly salts: Readonly<Record<string, Buffer>>;
  /** Commitments to fields that were taken out, hex. */
  readonly redacted: Readonly<Record<string, string>>;
  /** What all commitments together come to; the same as in the leaf, or the body is not the one that was written. */
  readonly commit: string;
  /** SHA-256 of the sealed bytes, hex. */
  readonly ct: string;
}

interface PlainBody {
  readonly fields: Readonly<Record<string, Json>>;
  readonly seed?: Buffer;
  readonly salts?: Readonly<Record<string, string>>;
  readonly redacted?: Readonly<Record<string, string>>;
}

/** @throws {CohortiumError} LEDGER_LEAF_MISMATCH when the bytes were not sealed with this key for this kind */
export function openBody(sealed: Buffer, kind: string, key: SealingKey): OpenedBody {
  const { fields, seed, salts: kept, redacted = {} } = decrypt(sealed, kind, key);
  const names = Object.keys(fields).sort();
  const derived = seed === undefined ? undefined : saltsOf(seed, names.length);
  const salts = Object.fromEntries(
    names.map((name, at) => [
      name,
      derived ? derived.subarray(at * saltBytes, (at + 1) * saltBytes) : Buffer.from(kept?.[name] ?? '', 'base64url'),
    ]),
  );
  const commitments = [
    ...names.map((name) => [name, commitToField(salts[name] ?? Buffer.alloc(0), name, canonicalJson(fields[name] ?? null))] as const),
    ...Object.entries(redacted),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    fields,
    salts,
    redacted,
    commit: commitToAll(commitments.map(([, commitment]) => Buffer.from(commitment, 'hex').toString('latin1')).join('')),
    ct: hash('sha256', sealed, 'hex'),
  };
}

/**
 * The same body without some of its fields: their salts go with them, so that they cannot be guessed, and their commitments stay, so
 * that the commitment in the leaf holds.
 * @param iv 12 bytes, new
 */
export function sealWithout(
  body: OpenedBody,
  names: readonly string[],
  kind: string,
  key: SealingKey,
  iv: Buffer,
  codec: BodyCodec,
): SealedBody {
  const gone = names.filter((name) => Object.hasOwn(body.fields, name));
  const stays = Object.keys(body.fields).filter((name) => !gone.includes(name));
  const redacted = {
    ...body.redacted,
    ...Object.fromEntries(
      gone.map((name) => [name, commitToField(body.salts[name] ?? Buffer.alloc(0), name, canonicalJson(body.fields[name] ?? null))]),
    ),
  };
  const text = canonicalJson({
    fields: Object.fromEntries(stays.map((name) => [name, body.fields[name] ?? null])),
    redacted,
    salts: Object.fromEntries(stays.map((name) => [name, body.salts[name]?.toString('base64url') ?? ''])),
  });
  const sealed = encrypt(pad([codec.encode(Buffer.from(text))]), codec.number | explicitSalts, kind, key, iv);
  return { commit: body.commit, ct: hash('sha256', sealed, 'hex'), sealed };
}

function decrypt(sealed: Buffer, kind: string, { kid, key }: SealingKey): PlainBody {
  const form = sealed[0] ?? explicitSalts;
  const codec = codecOf(form & ~explicitSalts);
  if (!codec || sealed.length < 1 + ivBytes + 64 + tagBytes) throw notSealed(kid);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(associatedData(form, kid, kind));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const padded = Buffer.concat([decipher.update(sealed.subarray(1 + ivBytes, -tagBytes)), decipher.final()]);
    const bytes = unpad(padded);
    if (!bytes) throw notSealed(kid);
    // Authenticated: `encrypt` wrote it.
    if (form >= explicitSalts) return JSON.parse(codec.decode(bytes).toString('utf8')) as PlainBody;
    return {
      seed: bytes.subarray(0, saltBytes),
      fields: JSON.parse(codec.decode(bytes.subarray(saltBytes)).toString('utf8')) as PlainBody['fields'],
    };
  } catch (cause) {
    throw notSealed(kid, cause);
  }
}

function notSealed(kid: string, cause?: unknown): CohortiumError {
  const message = `a body was not sealed with key ${kid} as it stands here; restore the ledger`;
  return new CohortiumError('LEDGER_LEAF_MISMATCH', message, cause === undefined ? {} : { cause });
}
