/**
 * Leaves: what is hashed into the tree. Canonical JSON without personal data and without any digest of it that somebody could guess
 * at: who a record is about stands in the vault alone, as the key that `kid` names. A leaf is one record, or commits to the records
 * of a batch by the root of a tree of its own.
 */
import { z } from 'zod';

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const kid = z.string().regex(/^[0-9a-f]{32}$/);

const shared = { index: z.int().min(0), kind: z.string(), time: z.string(), schema: z.string(), class: z.string(), att: hex32.optional() };

export const recordLeafSchema = z.strictObject({
  format: z.literal('cohortium/record@2'),
  ...shared,
  kid,
  /** SHA-256 over the commitments of the body's fields. */
  commit: hex32,
  /** SHA-256 of the sealed bytes. */
  ct: hex32,
});

export const batchLeafSchema = z.strictObject({
  format: z.literal('cohortium/batch@1'),
  ...shared,
  count: z.int().min(1).max(256),
  /** RFC 6962 root over the items. */
  root: hex32,
});

export const leafSchema = z.discriminatedUnion('format', [recordLeafSchema, batchLeafSchema]);

export type Leaf = z.infer<typeof leafSchema>;

export const itemSchema = z.strictObject({ position: z.int().min(0).max(255), kid, commit: hex32, ct: hex32 });

export type Item = z.infer<typeof itemSchema>;

/** What leaves of one kind, schema and class have in common. */
export interface LeafHead {
  readonly index: number;
  readonly kind: string;
  readonly time: string;
  readonly schema: string;
  readonly class: string;
  /** SHA-256 of the attestation, hex; empty for none. */
  readonly att: string;
}

/** Canonical JSON by hand, member by member in order: a third of the time of a general writer. */
export function recordLeaf(head: LeafHead, sealed: { readonly kid: string; readonly commit: string; readonly ct: string }): Buffer {
  const { att, index, kind, schema, time } = head;
  return Buffer.from(
    `{${att === '' ? '' : `"att":"${att}",`}"class":${JSON.stringify(head.class)},"commit":"${sealed.commit}","ct":"${sealed.ct}","format":"cohortium/record@2","index":${index},"kid":"${sealed.kid}","kind":${JSON.stringify(kind)},"schema":${JSON.stringify(schema)},"time":"${time}"}`,
  );
}

export function batchLeaf(head: LeafHead, count: number, root: string): Buffer {
  const { att, index, kind, schema, time } = head;
  return Buffer.from(
    `{${att === '' ? '' : `"att":"${att}",`}"class":${JSON.stringify(head.class)},"count":${count},"format":"cohortium/batch@1","index":${index},"kind":${JSON.stringify(kind)},"root":"${root}","schema":${JSON.stringify(schema)},"time":"${time}"}`,
  );
}

export function itemText({ commit, ct, kid: key, position }: Item): Buffer {
  return Buffer.from(`{"commit":"${commit}","ct":"${ct}","kid":"${key}","position":${position}}`);
}

/** @returns undefined when it is no leaf */
export function parseLeaf(bytes: Uint8Array): Leaf | undefined {
  try {
    return leafSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined; // not even JSON
  }
}
