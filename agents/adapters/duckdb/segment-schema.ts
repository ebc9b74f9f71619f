/**
 * What a sealed segment and a snapshot look like: the agreement between the event log that writes them and the warehouse
 * that reads them. Types and constants only; refuses nothing by itself.
 *
 * A segment is one Parquet file `segments/<digest>.parquet`, rows in ascending (ts_ms, id). Its name is the digest of its
 * rows, not of its bytes, so another Parquet writer names the same rows the same way.
 */
import { z } from 'zod';

import { refSchema } from '../../../skills/sdk/index.ts';

/** Columns of a segment, in file order. Never NULL: absent text is '', an absent amount is 0. */
export const segmentColumns = [
  /** Unique in the whole log. */
  { name: 'id', type: 'VARCHAR' },
  /** One of the 25 signal types. */
  { name: 'type', type: 'VARCHAR' },
  { name: 'user_id', type: 'VARCHAR' },
  /** 64 lower-case hex digits. */
  { name: 'email_hash', type: 'VARCHAR' },
  { name: 'loyalty_id', type: 'VARCHAR' },
  /** 64 lower-case hex digits. */
  { name: 'phone_hash', type: 'VARCHAR' },
  /** Of a browser or device, before anybody signed in. */
  { name: 'anonymous_id', type: 'VARCHAR' },
  /** The identity that the event belongs to, `kind:value`: the first that it has of user, loyalty, email, phone, anonymous. */
  { name: 'owner', type: 'VARCHAR' },
  /** Epoch milliseconds, UTC. */
  { name: 'ts_ms', type: 'BIGINT' },
  /** floor(ts_ms / 86400000). */
  { name: 'day_no', type: 'INTEGER' },
  /** 'unknown' when the source did not say; the same for channel and brand. */
  { name: 'location', type: 'VARCHAR' },
  { name: 'channel', type: 'VARCHAR' },
  { name: 'brand', type: 'VARCHAR' },
  { name: 'order_id', type: 'VARCHAR' },
  /** Minor units of the operator's currency, ≥ 0 on every type; a return gives back this amount. */
  { name: 'amount_minor', type: 'BIGINT' },
  { name: 'sku', type: 'VARCHAR' },
  /** Canonical JSON of the type's other properties, `{}` when there are none. */
  { name: 'properties', type: 'VARCHAR' },
] as const;

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** The snapshot manifest, a JSON object in the content store. Its Ref pins the input of a run. */
export const snapshotSchema = z.strictObject({
  format: z.literal('cohortium/snapshot@1'),
  /** In the order of sealing. */
  segments: z.array(
    z.strictObject({
      digest,
      /** Name inside the segments folder; never a path out of it. */
      file: z.string().regex(/^[0-9a-f]{64}\.parquet$/),
      events: z.int().min(1),
      /** day_no of the first and last event. */
      firstDay: z.int(),
      lastDay: z.int(),
    }),
  ),
  events: z.int().min(0),
  /** ISO dates; '' when there are no events. */
  firstDate: z.string(),
  lastDate: z.string(),
  /** The rules by which identities are customers, JSON; the shipped ones when absent. So a run replays with the rules that it had. */
  identityRules: refSchema.optional(),
});

export type Snapshot = z.infer<typeof snapshotSchema>;
export type SegmentEntry = Snapshot['segments'][number];
