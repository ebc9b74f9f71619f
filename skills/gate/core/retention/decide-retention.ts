/**
 * How long a record is kept, by two clocks: the longest lawful minimum for its skeleton (the pseudonymous evidence of what was
 * decided), the shortest lawful maximum for its personal body. A hold stops both. A minimum beyond a maximum is for counsel: evidence
 * stays, the key to the person goes at the maximum. A period of the operator's own gives way to a maximum of the law. What is not known
 * keeps the record and asks counsel. Plans only; removes nothing.
 */
import { compareText } from '../../../sdk/numeric/index.ts';
import { type Clock, type KeptRecord, readClock, type RetentionRule } from './clock.ts';
import { recordClasses } from './record-classes.ts';

/**
 * keep: has to stay; free: no clock asks anything, so the operator may keep or remove it; purge: its time is over and nothing keeps it;
 * shred: the key to the person goes, the evidence stays; counsel: a person decides, and until then only what a maximum has ended goes.
 */
export type RetentionOutcome = 'keep' | 'free' | 'purge' | 'shred' | 'counsel';

export interface RetentionDecision {
  readonly record: string;
  readonly class: KeptRecord['class'];
  readonly outcome: RetentionOutcome;
  /** Whether the key to the person is to be destroyed now; only of classes with personal data. */
  readonly isShredDue: boolean;
  /** Last day on which the personal body may be there; null while no maximum ends it. */
  readonly bodyThrough: string | null;
  /** Last day that a minimum or the policy asks for; `open-ended` while the event that ends it has not come; null when nothing asks. */
  readonly skeletonThrough: string | null;
  /** Ids of the rows that decided, sorted; of a hold none. */
  readonly decidedBy: readonly string[];
  readonly holds: readonly string[];
  /** Every row about the record, with its clock, by id. */
  readonly clocks: readonly Clock[];
  /** Facts and events that nobody knows and that could change the outcome, sorted. */
  readonly unknown: readonly string[];
  /** In words, one per reason. */
  readonly because: readonly string[];
}

/** @param today ISO date */
export function decideRetention(record: KeptRecord, rules: readonly RetentionRule[], today: string): RetentionDecision {
  const clocks = rules
    .flatMap((rule) => readClock(rule, record, today) ?? [])
    .sort((one, other) => compareText(one.rule.id, other.rule.id));
  const isPersonal = recordClasses[record.class].isPersonal;
  const common = { record: record.id, class: record.class, holds: record.holds, clocks };
  const known = weigh(clocks);
  const ends = { bodyThrough: known.ceiling?.end ?? null, skeletonThrough: throughOf(known) };
  if (record.holds.length > 0) {
    return { ...common, ...ends, outcome: 'keep', isShredDue: false, decidedBy: [], unknown: [], because: record.holds };
  }
  const open = clocks.filter(({ state }) => state.kind === 'unknown');
  const readings = open.length === 0 ? [known] : possibleReadings(clocks, open);
  const outcomes = new Set(readings.map((reading) => outcomeOf(reading, today, isPersonal)));
  const [only] = outcomes;
  if (outcomes.size === 1 && only !== undefined) {
    const isShredDue = isPersonal && isOver(known.ceiling, today);
    const { decidedBy, because } = reasonsOf(known, only, today);
    return { ...common, ...ends, outcome: only, isShredDue, decidedBy, unknown: [], because };
  }
  const decisive = decisiveOf(clocks, open, today, isPersonal);
  const unknown = [...new Set(decisive.flatMap(({ state }) => (state.kind === 'unknown' ? [...state.facts, ...state.events] : [])))];
  unknown.sort(compareText);
  return {
    ...common,
    ...ends,
    outcome: 'counsel',
    // Whatever the answer is, what a known maximum has ended may not be there.
    isShredDue: isPersonal && isOver(known.ceiling, today),
    decidedBy: decisive.map(({ rule }) => rule.id),
    unknown,
    because: [`kept until somebody knows: ${unknown.join(', ')}`],
  };
}

/** Of the rows that nobody knows enough about, those that change the outcome by being there or not. */
function decisiveOf(clocks: readonly Clock[], open: readonly Clock[], today: string, isPersonal: boolean): readonly Clock[] {
  const sure = clocks.filter(({ state }) => state.kind !== 'unknown');
  const outcome = (rows: readonly Clock[]): RetentionOutcome => outcomeOf(weigh([...sure, ...rows.map(atItsWorst)]), today, isPersonal);
  const decisive = open.filter((row) => outcome([]) !== outcome([row]) || outcome(open) !== outcome(open.filter((other) => other !== row)));
  return decisive.length > 0 ? decisive : open;
}

interface End {
  readonly rules: readonly string[];
  /** ISO date; undefined for one that has not come into sight. */
  readonly end: string | undefined;
}

interface Reading {
  /** The longest of the law, the longest of the operator, the shortest maximum. */
  readonly floor: End | undefined;
  readonly policy: End | undefined;
  readonly ceiling: (End & { readonly end: string }) | undefined;
}

function weigh(clocks: readonly Clock[]): Reading {
  return {
    floor: longest(clocks.filter(({ rule }) => rule.kind === 'floor')),
    policy: longest(clocks.filter(({ rule }) => rule.kind === 'policy')),
    ceiling: shortest(clocks.filter(({ rule }) => rule.kind === 'ceiling')),
  };
}

function longest(clocks: readonly Clock[]): End | undefined {
  // What has yet to begin will last longer than anything that runs.
  const lasting = clocks.flatMap(({ rule, state }) => (state.kind === 'open-ended' || state.kind === 'not-started' ? [rule.id] : []));
  if (lasting.length > 0) return { rules: lasting, end: undefined };
  return extreme(clocks, (day, best) => day > best);
}

function shortest(clocks: readonly Clock[]): Reading['ceiling'] {
  return extreme(clocks, (day, best) => day < best);
}

function extreme(clocks: readonly Clock[], isBetter: (day: string, best: string) => boolean): Reading['ceiling'] {
  let best: { rules: string[]; end: string } | undefined;
  for (const { rule, state } of clocks) {
    if (state.kind !== 'runs') continue;
    if (best === undefined || isBetter(state.lastDay, best.end)) best = { rules: [rule.id], end: state.lastDay };
    else if (state.lastDay === best.end) best.rules.push(rule.id);
  }
  return best;
}

/**
 * What is not known, at its extremes: each of those rows is not there, or does what its dates say, or where a date is not known keeps
 * for good (a minimum) or has ended already (a maximum). What lies between cannot give another outcome than one of these.
 */
function possibleReadings(clocks: readonly Clock[], open: readonly Clock[]): Reading[] {
  const sure = clocks.filter(({ state }) => state.kind !== 'unknown');
  const as = (isIncluded: (clock: Clock) => boolean): Reading => weigh([...sure, ...open.filter(isIncluded).map(atItsWorst)]);
  const isMaximum = ({ rule }: Clock): boolean => rule.kind === 'ceiling';
  const isPolicy = ({ rule }: Clock): boolean => rule.kind === 'policy';
  const parts = [isMaximum, isPolicy, (clock: Clock) => !isMaximum(clock) && !isPolicy(clock)];
  return [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => as((clock) => parts.some((isPart, at) => ((mask >> at) & 1) === 1 && isPart(clock))));
}

function atItsWorst({ rule, state }: Clock): Clock {
  if (state.kind === 'unknown' && state.otherwise !== null) return { rule, state: state.otherwise };
  return rule.kind === 'ceiling'
    ? { rule, state: { kind: 'runs', since: longAgo, lastDay: longAgo } }
    : { rule, state: { kind: 'open-ended', since: null, awaits: rule.until ?? rule.from } };
}

const longAgo = '0000-01-01';

function outcomeOf({ floor, policy, ceiling }: Reading, today: string, isPersonal: boolean): RetentionOutcome {
  const isRunning = (end: End | undefined): boolean => end !== undefined && !isOver(end, today);
  if (floor && ceiling && isLater(floor, ceiling.end) && isRunning(floor)) return 'counsel';
  if (isOver(ceiling, today)) return isPersonal && isRunning(policy) ? 'shred' : 'purge';
  if (isRunning(floor) || isRunning(policy)) return 'keep';
  return policy ? 'purge' : 'free';
}

function isLater({ end }: End, day: string): boolean {
  return end === undefined || end > day;
}

function isOver(end: End | undefined, today: string): boolean {
  return end?.end !== undefined && today > end.end;
}

function throughOf({ floor, policy }: Reading): RetentionDecision['skeletonThrough'] {
  const ends = [floor, policy].filter((one) => one !== undefined);
  if (ends.length === 0) return null;
  if (ends.some(({ end }) => end === undefined)) return 'open-ended';
  return (
    ends
      .flatMap(({ end }) => end ?? [])
      .sort(compareText)
      .at(-1) ?? null
  );
}

function reasonsOf(reading: Reading, outcome: RetentionOutcome, today: string) {
  const { floor, policy, ceiling } = reading;
  const say = (end: End | undefined, words: (end: string) => string): string[] =>
    end ? [`${end.rules.join(', ')}: ${words(end.end ?? 'an event that has not come')}`] : [];
  if (outcome === 'counsel') {
    return {
      decidedBy: [...(floor?.rules ?? []), ...(ceiling?.rules ?? [])].sort(compareText),
      because: [
        ...say(floor, (end) => `has to be kept through ${end}`),
        ...say(ceiling, (end) => `may be kept through ${end} at most`),
        'a minimum beyond a maximum: counsel decides; the evidence stays, the key to the person goes at the maximum',
      ],
    };
  }
  const keepers = [floor, policy].filter((one) => one !== undefined && !isOver(one, today)).flatMap((one) => one?.rules ?? []);
  const ended = isOver(ceiling, today) ? (ceiling?.rules ?? []) : [];
  return {
    decidedBy: [...new Set([...keepers, ...ended, ...(outcome === 'purge' && ended.length === 0 ? (policy?.rules ?? []) : [])])].sort(
      compareText,
    ),
    because: [
      ...(floor && !isOver(floor, today) ? say(floor, (end) => `has to be kept through ${end}`) : []),
      ...(policy && !isOver(policy, today) ? say(policy, (end) => `is kept by policy through ${end}`) : []),
      ...(isOver(ceiling, today)
        ? say(ceiling, (end) => `could be kept through ${end} at most`)
        : say(ceiling, (end) => `may be kept through ${end} at most`)),
      ...(outcome === 'shred' ? ['policy gives way to a maximum of the law: the key to the person goes, the evidence stays'] : []),
      ...(outcome === 'purge' && ended.length === 0 ? say(policy, (end) => `was kept by policy through ${end}; nothing keeps it`) : []),
      ...(outcome === 'free' ? ['no clock asks that it stays or goes'] : []),
    ],
  };
}
