/**
 * Tables of inbox.db, and how a signal becomes a row of a segment. The inbox keeps each row as the JSON text whose digest recognises
 * it, so that it is written once and read once, when it is sealed. Nothing here is deleted but the inbox after sealing, and counters
 * that were folded.
 */
import type { Signal } from '../../../skills/signal-capture/validate-signal.ts';
import type { SegmentRow } from '../duckdb/segment-digest.ts';

export const eventLogSchema = `
  CREATE TABLE IF NOT EXISTS log_currency (one INTEGER PRIMARY KEY CHECK (one = 1), currency TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS known (id TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS known_recent (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, digest TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS inbox (seq INTEGER PRIMARY KEY, signal TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS quarantine (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL, line INTEGER NOT NULL,
    code TEXT NOT NULL, message TEXT NOT NULL, raw TEXT NOT NULL,
    type TEXT NOT NULL, form TEXT NOT NULL, at_ms INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'accepted', 'discarded')),
    resolved_by TEXT, resolved_at_ms INTEGER, reason TEXT
  );
  CREATE INDEX IF NOT EXISTS quarantine_open ON quarantine (seq) WHERE status = 'open';
  CREATE TABLE IF NOT EXISTS reading (digest TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS health (
    span TEXT NOT NULL CHECK (span IN ('hour', 'day')), at INTEGER NOT NULL,
    type TEXT NOT NULL, source TEXT NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (span, at, source, type)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS health_type (
    type TEXT PRIMARY KEY, first_hour INTEGER NOT NULL, newest_ms INTEGER NOT NULL, signals INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS health_property (
    type TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    first_hour INTEGER NOT NULL, last_hour INTEGER NOT NULL, signals INTEGER NOT NULL,
    PRIMARY KEY (type, name, kind)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS health_surprise (
    type TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL,
    first_hour INTEGER NOT NULL, last_hour INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (type, name, kind, action)
  ) WITHOUT ROWID;
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
