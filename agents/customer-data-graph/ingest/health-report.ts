/**
 * From counters to what a person wants to know about each signal type and each source: volume, lag, errors, freshness, drift. Pure: the
 * time and the plan of each type are given. Says what is; whether that is well, the alerts say.
 */
import { isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { HealthRecord, HealthRow, TypeSeen } from '../../adapters/sqlite/event-log-health.ts';
import {
  type HealthCounts,
  lagQuantileSeconds,
  binEdgeSeconds,
  mergeCounts,
  noCounts,
  type PropertySeen,
  type SurpriseSeen,
} from './health-counters.ts';
import type { ValueKind } from './value-kinds.ts';

/** What a report needs to know of the plan of a type. */
export interface ExpectedType {
  readonly type: string;
  /** A live feed that has brought none for longer is stale. */
  readonly freshnessHours: number;
  /** Planned properties with the kinds of values that they may have. */
  readonly properties: Readonly<Record<string, readonly ValueKind[]>>;
}

/** What arrived in the hours of the report. */
export interface ArrivalHealth {
  readonly signals: number;
  readonly repeats: number;
  /** Arrivals that went to quarantine. */
  readonly refused: number;
  /** Refused of all arrivals, 0 to 1; null without any. */
  readonly errorRate: number | null;
  /** Refused arrivals by code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Half of the new signals arrived within so many seconds of the event, to the next power of two; null without any. */
  readonly lagMedianSeconds: number | null;
  readonly lagP95Seconds: number | null;
  /** Signals that claim to be later than their arrival, by more than a minute. */
  readonly ahead: number;
}

export interface SourceHealth extends ArrivalHealth {
  readonly source: string;
  readonly types: readonly string[];
}

export interface TypeHealth extends ArrivalHealth {
  /** '' for refused arrivals whose type could not be told. */
  readonly type: string;
  readonly sources: readonly string[];
  /** ISO instant of the newest event ever; null without any. */
  readonly newest: string | null;
  /** Hours from it to now; null without any. */
  readonly ageHours: number | null;
  /** As planned; null for a type without a plan. */
  readonly freshnessHours: number | null;
  /** Some of its signals came in within that time of the event: it is not only imported from old files. */
  readonly isLive: boolean;
  readonly volume: DailyVolume;
  readonly drift: SchemaDrift;
}

/** Volume of the last complete day, UTC, by arrival. */
export interface DailyVolume {
  /** ISO date. */
  readonly day: string;
  readonly signals: number;
  /** Median of the same weekday in the eight weeks before; null when fewer than three of them are known. */
  readonly usual: number | null;
}

/** What changed in the properties of a type in the last seven days. */
export interface SchemaDrift {
  /** First seen, though the type is older. */
  readonly appeared: readonly string[];
  /** Planned, common before, not seen any more though the type still arrives. */
  readonly vanished: readonly string[];
  /** Values of a kind that is neither planned nor was seen before. */
  readonly changed: readonly { readonly name: string; readonly kinds: readonly ValueKind[] }[];
  /** What the tracking plan did not expect, and what was done about it. */
  readonly surprises: readonly { readonly kind: string; readonly name: string; readonly action: string; readonly times: number }[];
}

const hourMs = 3_600_000;
const weekHours = 7 * 24;
const weeksCompared = 8;
const leastWeeks = 3;
/** A property that is too rare to be missed says nothing by its absence. */
const leastExpected = 5;

export interface HealthMoment {
  readonly nowMs: number;
  /** Hours back that the report covers, this one included; at most 168. */
  readonly hours: number;
}

/** Every type that ever arrived, in the order of names. */
export function healthOfTypes(record: HealthRecord, plan: readonly ExpectedType[], moment: HealthMoment): TypeHealth[] {
  const recent = rowsOf(record.rows, moment);
  const names = new Set([
    ...record.types.map(({ type }) => type),
    ...recent.map(({ type }) => type),
    ...record.surprises.map(({ type }) => type),
  ]);
  return [...names].toSorted(byText).map((type) => {
    const rows = recent.filter((row) => row.type === type);
    const all = record.rows.filter((row) => row.type === type);
    const expected = plan.find((one) => one.type === type);
    const seen = record.types.find((one) => one.type === type);
    return {
      type,
      sources: [...new Set(rows.map(({ source }) => source))].toSorted(byText),
      ...arrivalHealth(rows),
      newest: seen ? isoInstantOf(seen.newestMs) : null,
      ageHours: seen ? Math.max(0, Math.floor((moment.nowMs - seen.newestMs) / hourMs)) : null,
      freshnessHours: expected?.freshnessHours ?? null,
      isLive: expected !== undefined && hasTimely(all, expected.freshnessHours),
      volume: volumeOf(all, seen, moment.nowMs),
      drift: driftOf(type, record, expected, seen, moment.nowMs),
    };
  });
}

/** Every source that sent something in the hours of the report, in the order of names. */
export function healthOfSources(record: HealthRecord, moment: HealthMoment): SourceHealth[] {
  const recent = rowsOf(record.rows, moment);
  return [...new Set(recent.map(({ source }) => source))].toSorted(byText).map((source) => {
    const rows = recent.filter((row) => row.source === source);
    return { source, types: [...new Set(rows.map(({ type }) => type))].toSorted(byText), ...arrivalHealth(rows) };
  });
}

function rowsOf(rows: readonly HealthRow[], { nowMs, hours }: HealthMoment): HealthRow[] {
  const hour = Math.floor(nowMs / hourMs);
  return rows.filter((row) => row.span === 'hour' && row.at > hour - hours && row.at <= hour);
}

function arrivalHealth(rows: readonly HealthCounts[]): ArrivalHealth {
  let sum = noCounts;
  for (const row of rows) sum = mergeCounts(sum, row);
  const { signals, repeats, refused, codes, lags } = sum;
  const all = signals + repeats + refused;
  return {
    signals,
    repeats,
    refused,
    errorRate: all === 0 ? null : refused / all,
    codes,
    lagMedianSeconds: lagQuantileSeconds(lags, 0.5),
    lagP95Seconds: lagQuantileSeconds(lags, 0.95),
    ahead: lags[0] ?? 0,
  };
}

function hasTimely(rows: readonly HealthRow[], freshnessHours: number): boolean {
  return rows.some(({ lags }) => lags.some((count, bin) => count > 0 && binEdgeSeconds(bin) <= freshnessHours * 3600));
}

function volumeOf(rows: readonly HealthRow[], seen: TypeSeen | undefined, nowMs: number): DailyVolume {
  const day = Math.floor(nowMs / hourMs / 24) - 1;
  const perDay = new Map<number, number>();
  for (const row of rows) {
    const at = row.span === 'day' ? row.at : Math.floor(row.at / 24);
    perDay.set(at, (perDay.get(at) ?? 0) + row.signals);
  }
  const firstDay = seen ? Math.floor(seen.firstHour / 24) : day;
  const before: number[] = [];
  // The day of the first arrival is left out: it may have begun late, and often is an import of everything before.
  for (let week = 1; week <= weeksCompared && day - week * 7 > firstDay; week++) before.push(perDay.get(day - week * 7) ?? 0);
  return { day: isoDate(day), signals: perDay.get(day) ?? 0, usual: before.length < leastWeeks ? null : median(before) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

function driftOf(
  type: string,
  { rows, properties, surprises }: HealthRecord,
  expected: ExpectedType | undefined,
  seen: TypeSeen | undefined,
  nowMs: number,
): SchemaDrift {
  const since = Math.floor(nowMs / hourMs) - weekHours;
  const planned = expected?.properties ?? {};
  const known = Map.groupBy(
    properties.filter((one) => one.type === type),
    ({ name }) => name,
  );
  const lastWeek = rows.filter((row) => row.type === type && row.span === 'hour' && row.at > since);
  const signals = lastWeek.reduce((sum, row) => sum + row.signals, 0);
  // What came on the first day of a type is how it began, not a change.
  const settled = (seen?.firstHour ?? 0) + 24;
  const isNew = ({ firstHour }: PropertySeen): boolean => firstHour > since && firstHour > settled;
  const isMissed = (kinds: readonly PropertySeen[]): boolean => {
    const share = kinds.reduce((sum, one) => sum + one.signals, 0) / Math.max(1, seen?.signals ?? 1);
    return kinds.every(({ lastHour }) => lastHour <= since) && share * signals >= leastExpected;
  };
  return {
    appeared: [...known].filter(([, kinds]) => kinds.every(isNew)).map(([name]) => name),
    vanished: [...known].filter(([name, kinds]) => Object.hasOwn(planned, name) && isMissed(kinds)).map(([name]) => name),
    changed: [...known].flatMap(([name, kinds]) => {
      if (kinds.every(isNew)) return [];
      const accepted = Object.hasOwn(planned, name) ? (planned[name] ?? []) : [];
      const added = kinds.filter((one) => isNew(one) && !accepted.includes(one.kind)).map(({ kind }) => kind);
      return added.length === 0 ? [] : [{ name, kinds: added }];
    }),
    surprises: surprises.filter((one) => one.type === type && one.lastHour > since).map(shownSurprise),
  };
}

function shownSurprise({ kind, name, action, times }: SurpriseSeen): SchemaDrift['surprises'][number] {
  return { kind, name, action, times };
}

function isoInstantOf(ms: number): string {
  return new Date(ms).toISOString();
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
