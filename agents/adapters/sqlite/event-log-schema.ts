/**
 * Tables of inbox.db, and how a signal becomes a row. `known` keeps every id ever accepted, so that a repeat is recognised
 * after its signal has moved from the inbox into a segment.
 */
import type { Signal } from '../../../skills/signal-capture/validate-signal.ts';
import type { SegmentRow } from '../duckdb/segment-digest.ts';

export const eventLogSchema = `
  CREATE TABLE IF NOT EXISTS log_currency (one INTEGER PRIMARY KEY CHECK (one = 1), currency TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS known (id TEXT PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS inbox (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL, type TEXT NOT NULL,
    user_id TEXT NOT NULL, email_hash TEXT NOT NULL, loyalty_id TEXT NOT NULL,
    phone_hash TEXT NOT NULL, anonymous_id TEXT NOT NULL, owner TEXT NOT NULL,
    ts_ms INTEGER NOT NULL, day_no INTEGER NOT NULL,
    location TEXT NOT NULL, channel TEXT NOT NULL, brand TEXT NOT NULL,
    order_id TEXT NOT NULL, amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0), sku TEXT NOT NULL,
    properties TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS quarantine (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL, line INTEGER NOT NULL,
    code TEXT NOT NULL, message TEXT NOT NULL, raw TEXT NOT NULL,
    resolved_by TEXT
  );
  CREATE INDEX IF NOT EXISTS quarantine_open ON quarantine (seq) WHERE resolved_by IS NULL;
  CREATE TABLE IF NOT EXISTS segment (
    ordinal INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE, events INTEGER NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS seal (idempotency_key TEXT PRIMARY KEY, report TEXT NOT NULL) WITHOUT ROWID;
`;

/** The row of a signal, in the order of the segment columns. */
export function segmentRowOf(signal: Signal): SegmentRow {
  return [
    signal.id,
    signal.type,
    signal.userId,
    signal.emailHash,
    signal.loyaltyId,
    signal.phoneHash,
    signal.anonymousId,
    signal.owner,
    signal.tsMs,
    signal.dayNo,
    signal.location,
    signal.channel,
    signal.brand,
    signal.orderId,
    signal.amountMinor,
    signal.sku,
    signal.properties,
  ];
}
