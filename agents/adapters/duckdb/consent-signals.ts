/**
 * What the consent store asks of sealed signals: the consent-events of a segment, and which identities are one customer with some.
 * Reads only.
 */
import type { CallOptions, ContentStore, Ref } from '../../../skills/sdk/index.ts';
import { consentOf, type NewConsent } from '../../customer-data-graph/consents/consent-row.ts';
import { loadIdentities, resultColumn } from '../../customer-data-graph/features/feature-queries.ts';
import { withDuckdb, withSegments } from './duckdb-session.ts';
import { readSnapshot, rulesOfSnapshot } from './read-snapshot.ts';
import type { SegmentEntry } from './segment-schema.ts';

export interface ConsentSignals {
  /** Consent-events of each segment, with its ordinal. */
  readonly consentsOf: (
    segments: readonly (SegmentEntry & { readonly ordinal: number })[],
    options: Pick<CallOptions, 'signal'>,
  ) => Promise<readonly (NewConsent & { readonly ordinal: number })[]>;
  /** By owner (`kind:value`), every owner that is the same customer, itself included; owners that no signal has are left out. */
  readonly groupsOf: (
    owners: readonly string[],
    snapshot: Ref,
    options: Pick<CallOptions, 'signal'>,
  ) => Promise<ReadonlyMap<string, readonly string[]>>;
}

/** A day after every day that a signal may have. */
const endOfDays = 84_006;
const window = { asOfDay: endOfDays, endDay: endOfDays };

const consents = `SELECT id, owner, ts_ms, channel, properties FROM signals WHERE type = 'consent-event' ORDER BY ts_ms, id`;
const groups = `
  SELECT a.owner AS owner, o.owner AS member FROM asked_owners a
  JOIN identities i ON i.owner = a.owner JOIN identities o ON o.customer_no = i.customer_no ORDER BY a.owner, o.owner`;

/** @param segments folder of the segments */
export function createConsentSignals({
  segments: directory,
  content,
}: {
  readonly segments: string;
  readonly content: ContentStore;
}): ConsentSignals {
  return {
    consentsOf: async (segments, options) => {
      if (segments.length === 0) return [];
      return withDuckdb({ segments: directory }, options, async (engine) => {
        const found: (NewConsent & { readonly ordinal: number })[] = [];
        for (const segment of segments) {
          await engine.viewSegments([segment]);
          const rows = await engine.select(consents, window);
          const text = (name: string, row: number): string => String(rows[name]?.[row]);
          for (const [row, id] of resultColumn(rows, 'id').entries()) {
            const consent = consentOf(
              String(id),
              text('owner', row),
              Number(rows['ts_ms']?.[row]),
              text('channel', row),
              text('properties', row),
            );
            found.push({ ...consent, ordinal: segment.ordinal });
          }
        }
        return found;
      });
    },
    groupsOf: async (owners, ref, options) => {
      const snapshot = readSnapshot(content, ref);
      const asked = { ...window, rules: rulesOfSnapshot(content, snapshot) };
      return withSegments({ segments: directory }, snapshot.segments, options, async (engine) => {
        await loadIdentities(engine, asked);
        await engine.load('asked_owners', { owner: [...owners] });
        const found = await engine.select(groups, asked);
        const members = new Map<string, string[]>();
        for (const [row, owner] of resultColumn(found, 'owner').entries()) {
          const known = members.get(String(owner));
          if (known) known.push(String(found['member']?.[row]));
          else members.set(String(owner), [String(found['member']?.[row])]);
        }
        return members;
      });
    },
  };
}
