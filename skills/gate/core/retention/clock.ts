/**
 * One retention row on one record: does it apply, when did its clock start, and which is its last day. Both ends count: a floor's last
 * day is the last on which the record must be there, a ceiling's the last on which it may be. Refuses to guess a date.
 */
import { addMonths, dayOfIsoDate, isoDate } from '../../../sdk/numeric/index.ts';
import { type Condition, type Facts, truthOf } from '../policy/condition.ts';
import { type ClockEvent, notedEvents, recordClasses, type RecordClassName } from './record-classes.ts';

export type RetentionKind = 'floor' | 'ceiling' | 'policy' | 'none';

/** As a regime, an overlay or the operator states it. */
export interface RetentionRule {
  readonly id: string;
  readonly regime: string;
  readonly kind: RetentionKind;
  /** How long, from the event; null where an event ends it, or where no period is set. */
  readonly period: { readonly months: number; readonly days: number } | null;
  readonly from: ClockEvent;
  /** Ends it in place of a period; null for none. */
  readonly until: ClockEvent | null;
  /** null for every class. */
  readonly records: readonly RecordClassName[] | null;
  /** Over facts, with the scope of the regime. */
  readonly condition: Condition;
  readonly citation: string;
  readonly note: string | null;
  readonly verify: string | null;
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
}

export interface KeptRecord {
  readonly id: string;
  readonly class: RecordClassName;
  /** ISO dates; `not-yet` has not happened. Null: nobody knows when; absent too, except for events that are noted when they happen. */
  readonly events: Readonly<Partial<Record<ClockEvent, string | null>>>;
  readonly facts: Facts;
  /** Why holds keep it, in words. */
  readonly holds: readonly string[];
}

/** What a row says of a record. */
export interface Clock {
  readonly rule: RetentionRule;
  readonly state:
    | { readonly kind: 'runs'; readonly since: string; readonly lastDay: string }
    /** The event that ends it has not happened: a floor holds on, a ceiling has not come. */
    | { readonly kind: 'open-ended'; readonly since: string | null; readonly awaits: ClockEvent }
    /** The event that starts it has not happened. */
    | { readonly kind: 'not-started'; readonly awaits: ClockEvent }
    /** Names of facts and events that nobody knows and that it hangs on. */
    | {
        readonly kind: 'unknown';
        readonly facts: readonly string[];
        readonly events: readonly ClockEvent[];
        /** What it does where only facts are unknown, and they make the row be about the record; null where an event is unknown. */
        readonly otherwise: Exclude<Clock['state'], { readonly kind: 'unknown' }> | null;
      }
    /** The row sets no period at all. */
    | { readonly kind: 'no-period' };
}

/**
 * Reads a row on a record.
 * @param today ISO date; rows count that are law on it
 * @returns undefined when the row is not about the record, or not law on that day
 */
export function readClock(rule: RetentionRule, record: KeptRecord, today: string): Clock | undefined {
  if (!isAbout(rule, record.class) || !isLaw(rule, today)) return undefined;
  const truth = truthOf(rule.condition, record.facts);
  if (truth === false) return undefined;
  if (rule.kind === 'none' || (rule.period === null && rule.until === null)) return { rule, state: { kind: 'no-period' } };
  const facts = truth === true ? [] : [...truth].sort();
  const state = runOf(rule, record);
  // A maximum that has not come ends nothing, whether the row is about the record or not.
  const isWithoutEffect = rule.kind === 'ceiling' && (state.kind === 'not-started' || state.kind === 'open-ended');
  if (facts.length === 0 || isWithoutEffect) return { rule, state };
  if (state.kind === 'unknown') return { rule, state: { ...state, facts } };
  return { rule, state: { kind: 'unknown', facts, events: [], otherwise: state } };
}

function runOf(rule: RetentionRule, { events }: KeptRecord): Clock['state'] {
  const dateOf = (event: ClockEvent): string | null =>
    events[event] ?? (events[event] === undefined && notedEvents.has(event) ? 'not-yet' : null);
  const since = dateOf(rule.from);
  if (rule.until !== null) {
    const end = dateOf(rule.until);
    if (end === null) return { kind: 'unknown', facts: [], events: [rule.until], otherwise: null };
    const start = since === 'not-yet' ? null : since;
    return end === 'not-yet'
      ? { kind: 'open-ended', since: start, awaits: rule.until }
      : { kind: 'runs', since: start ?? end, lastDay: end };
  }
  if (since === 'not-yet') return { kind: 'not-started', awaits: rule.from };
  if (since === null) return { kind: 'unknown', facts: [], events: [rule.from], otherwise: null };
  return { kind: 'runs', since, lastDay: lastDayOf(since, rule.period) };
}

/**
 * The last day of a period: the same day so many months on, the last of the month where it is shorter, and then the days.
 * @param since ISO date
 * @returns `9999-12-31` beyond the calendar of 1900–2199, and for a date that is none
 */
export function lastDayOf(since: string, period: RetentionRule['period']): string {
  const start = dayOfIsoDate(since);
  const end = start === undefined || period === null ? undefined : addMonths(start, period.months);
  return end === undefined || period === null ? lastDayKnown : isoDate(end + period.days);
}

const lastDayKnown = '9999-12-31';

/** A ceiling for everything is about personal data; what holds none is reached only by name. */
function isAbout({ records, kind }: RetentionRule, name: RecordClassName): boolean {
  if (records !== null) return records.includes(name);
  return kind !== 'ceiling' || recordClasses[name].isPersonal;
}

function isLaw({ effectiveFrom, effectiveTo }: RetentionRule, today: string): boolean {
  return (effectiveFrom === null || effectiveFrom <= today) && (effectiveTo === null || today <= effectiveTo);
}
