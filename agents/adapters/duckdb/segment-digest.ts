/**
 * The digest that names a segment: SHA-256 over the digests of its rows in file order. It depends on what the rows say and
 * on nothing else: not on batches, compression, or the Parquet writer's version.
 */
import { createHash, hash, type Hash } from 'node:crypto';

import type { Digest } from '../../../skills/sdk/index.ts';

/** One row in the order of segmentColumns: id, type, user_id, … properties. */
export type SegmentRow = readonly [
  id: string,
  type: string,
  userId: string,
  emailHash: string,
  loyaltyId: string,
  phoneHash: string,
  anonymousId: string,
  owner: string,
  tsMs: number,
  dayNo: number,
  location: string,
  channel: string,
  brand: string,
  orderId: string,
  amountMinor: number,
  sku: string,
  properties: string,
];

/** SHA-256 of a row, 32 bytes. */
export function rowDigest(row: SegmentRow): Buffer {
  // For an array of well-formed strings and safe integers these are the bytes of canonical JSON (RFC 8785), only faster.
  return hash('sha256', JSON.stringify(row), 'buffer');
}

/** Collects row digests in ascending (ts_ms, id). */
export class SegmentDigest {
  readonly #hash: Hash = createHash('sha256').update('cohortium/segment@1\n');

  add(digest: Uint8Array): void {
    this.#hash.update(digest);
  }

  finish(): Digest {
    return this.#hash.digest('hex') as Digest; // 64 hex digits by construction
  }
}
