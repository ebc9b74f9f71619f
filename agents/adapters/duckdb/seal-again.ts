/**
 * The event log of a replay: makes the recorded snapshot again from its segments. Every segment must still be named by what its rows
 * say; counts and days are counted anew. What stood in the quarantine and which rules were in force is taken from the record.
 */
import { type ContentStore, type EventLog, refSchema, type SealReport, z } from '../../../skills/sdk/index.ts';
import { isoDate } from '../../../skills/sdk/numeric/index.ts';
import { readSnapshot } from './read-snapshot.ts';
import { countCustomerKeys, describeSegment } from './segment-census.ts';
import type { SegmentEntry, Snapshot } from './segment-schema.ts';

export interface SealAgainPlace {
  /** Folder of the segments. */
  readonly segments: string;
  /** Folder for what is kept of segments, not that of the agent. */
  readonly beside: string;
  readonly content: ContentStore;
  /** Told what of an effect was taken from the record. */
  readonly note: (effectId: string, taken: string) => void;
}

const recordedSchema = z.looseObject({ snapshot: refSchema, quarantined: z.int(), currency: z.string() });

export function sealAgain({ segments, beside, content, note }: SealAgainPlace): EventLog {
  return {
    async seal(_request, { signal, idempotencyKey, recorded }) {
      const then = recordedSchema.parse(recorded);
      const listed = readSnapshot(content, then.snapshot);
      const entries: SegmentEntry[] = [];
      for (const { file } of listed.segments) {
        signal.throwIfAborted();
        const found = await describeSegment(segments, file);
        entries.push({ ...found, file: `${found.digest}.parquet` });
      }
      const dates = {
        firstDate: dateOf(
          entries.map((entry) => entry.firstDay),
          Math.min,
        ),
        lastDate: dateOf(
          entries.map((entry) => entry.lastDay),
          Math.max,
        ),
      };
      const { identityRules } = listed;
      const snapshot: Snapshot = {
        format: 'cohortium/snapshot@1',
        segments: entries,
        events: entries.reduce((sum, entry) => sum + entry.events, 0),
        ...dates,
        ...(identityRules ? { identityRules } : {}),
      };
      note(idempotencyKey, 'how many entries were in quarantine, and by which rules identities are customers');
      return {
        snapshot: content.putJson(snapshot),
        events: snapshot.events,
        segments: entries.length,
        customers: await countCustomerKeys(segments, listed.segments, beside),
        quarantined: then.quarantined,
        currency: then.currency,
        ...dates,
      } satisfies SealReport;
    },
  };
}

function dateOf(days: readonly number[], pick: (...days: number[]) => number): string {
  return days.length === 0 ? '' : isoDate(pick(...days));
}
