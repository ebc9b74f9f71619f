/** One row of the consent store, and how a consent-event of the log becomes one. */
import type { SegmentRow } from '../../adapters/duckdb/segment-digest.ts';

export interface NewConsent {
  /** Id of the consent-event. */
  readonly event: string;
  /** The identity that said so, `kind:value`. */
  readonly owner: string;
  readonly purpose: string;
  readonly granted: boolean;
  readonly mode: 'opt-in' | 'opt-out' | null;
  readonly atMs: number;
  readonly method: string | null;
  readonly noticeVersion: string | null;
  readonly servedNotice: string | null;
  readonly jurisdiction: string | null;
  readonly scope: string | null;
  /** Where it was made; the channel of the signal when it does not say. */
  readonly source: string | null;
  /** The IAB string that said so. */
  readonly string: string | null;
}

export interface ConsentRow extends NewConsent {
  /** The evidence that a fact points to. */
  readonly id: string;
  /** In the order in which rows became known. */
  readonly place: number;
}

type Said = Partial<Readonly<Record<keyof NewConsent, string>>> & { readonly granted?: boolean };

/** @param row of a consent-event, in the order of the segment columns */
export function consentOfRow(row: SegmentRow): NewConsent {
  const [event, , , , , , , owner, atMs, , , channel] = row;
  return consentOf(event, owner, atMs, channel, row[16]);
}

/** @param properties JSON, checked at capture */
export function consentOf(event: string, owner: string, atMs: number, channel: string, properties: string): NewConsent {
  const said = JSON.parse(properties) as Said;
  const { purpose = '', granted, mode, method, noticeVersion, servedNotice, jurisdiction, scope, source, string } = said;
  return {
    event,
    owner,
    purpose,
    granted: granted === true,
    mode: mode === 'opt-in' || mode === 'opt-out' ? mode : null,
    atMs,
    method: method ?? null,
    noticeVersion: noticeVersion ?? null,
    servedNotice: servedNotice ?? null,
    jurisdiction: jurisdiction ?? null,
    scope: scope ?? null,
    source: source ?? (channel === 'unknown' ? null : channel),
    string: string ?? null,
  };
}
