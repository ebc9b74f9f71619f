/**
 * Counters of ingest health: what arrived in a span of time from one source as one signal type. They merge: however arrivals are cut
 * into batches and hours into days, the sums are the same. Pure; the time of arrival is given.
 */
import type { Surprise } from '../../../skills/signal-capture/plan/surprise.ts';
import type { ValueKind } from './value-kinds.ts';

export interface HealthCounts {
  /** New in the log. */
  readonly signals: number;
  /** Recognised as known. */
  readonly repeats: number;
  /** Arrivals that went to quarantine. */
  readonly refused: number;
  /** Newest event, epoch ms; an event that claims to be later than its arrival counts as of its arrival. Null without signals. */
  readonly newestMs: number | null;
  /** New signals by lag from event to arrival; see {@link lagBin}. */
  readonly lags: readonly number[];
  /** Refused arrivals by error code. */
  readonly codes: Readonly<Record<string, number>>;
}

export const noCounts: HealthCounts = { signals: 0, repeats: 0, refused: 0, newestMs: null, lags: [], codes: {} };

/** Clocks differ; an event may be this much ahead of its arrival before it counts as ahead. */
const toleratedSkewMs = 60_000;

/** 2^34 seconds are longer than any calendar. */
const lastBin = 36;

/**
 * Bin of a lag: 0 for an event that is ahead of its arrival by more than a minute, 1 for less than a second, then powers of two: bin k
 * holds 2^(k−2) to 2^(k−1) seconds.
 * @param lagMs arrival minus event, milliseconds
 */
export function lagBin(lagMs: number): number {
  if (lagMs < -toleratedSkewMs) return 0;
  let bin = 1;
  for (let edge = 1000; lagMs >= edge && bin < lastBin; edge *= 2) bin++;
  return bin;
}

/** Seconds that a lag in this bin stays below; 0 for the bin of events ahead of their arrival. */
export function binEdgeSeconds(bin: number): number {
  let edge = bin === 0 ? 0 : 1;
  for (let at = 1; at < bin; at++) edge *= 2;
  return edge;
}

/**
 * Upper edge of the bin in which a quantile of the lags lies, in seconds.
 * @param share 0 to 1
 * @returns null without signals
 */
export function lagQuantileSeconds(lags: readonly number[], share: number): number | null {
  let total = 0;
  for (const count of lags) total += count;
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  for (const [bin, count] of lags.entries()) {
    seen += count;
    if (seen >= rank) return binEdgeSeconds(bin);
  }
  return null;
}

/** Both together; the order does not matter. */
export function mergeCounts(left: HealthCounts, right: HealthCounts): HealthCounts {
  const codes: Record<string, number> = { ...left.codes };
  for (const [code, count] of Object.entries(right.codes)) codes[code] = (codes[code] ?? 0) + count;
  const length = Math.max(left.lags.length, right.lags.length);
  return {
    signals: left.signals + right.signals,
    repeats: left.repeats + right.repeats,
    refused: left.refused + right.refused,
    newestMs: left.newestMs === null ? right.newestMs : right.newestMs === null ? left.newestMs : Math.max(left.newestMs, right.newestMs),
    lags: Array.from({ length }, (_, bin) => (left.lags[bin] ?? 0) + (right.lags[bin] ?? 0)),
    codes: Object.fromEntries(Object.entries(codes).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** What one property of a type was seen as, when first and last, in hours since 1970 of arrival. */
export interface PropertySeen {
  readonly type: string;
  readonly name: string;
  readonly kind: ValueKind;
  readonly firstHour: number;
  readonly lastHour: number;
  readonly signals: number;
}

/** What the tracking plan did not expect, when first and last, in hours since 1970 of arrival. */
export interface SurpriseSeen extends Surprise {
  readonly firstHour: number;
  readonly lastHour: number;
  readonly times: number;
}
