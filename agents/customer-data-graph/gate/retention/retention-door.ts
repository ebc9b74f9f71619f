/** The plan of what is kept how long, and why one record is kept. A dry run by nature: it has nothing to remove anything with. */
import type { Clock, KeptRecord, RetentionRule } from '../../../../skills/gate/core/retention/clock.ts';
import { decideRetention, type RetentionDecision } from '../../../../skills/gate/core/retention/decide-retention.ts';
import { clockEvents } from '../../../../skills/gate/core/retention/record-classes.ts';
import { compileRetention } from '../../../../skills/gate/law/compile-retention.ts';
import { CohortiumError, compareText } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../../skills/sdk/numeric/index.ts';
import type { PolicyBundle } from '../../law/bundle.ts';
import { readOverlays } from '../overlays/read-overlays.ts';
import { houseRules } from './house-rules.ts';
import { type KeptParts, keptRecords, type KeptSources } from './kept-records.ts';
import type { DueRecord, KeptBecause, KeptRecordAnswer, RetentionDoor, RetentionGroup } from './retention-interface.ts';

export function retentionDoor(workspace: KeptSources, parts: KeptParts): RetentionDoor {
  const situation = async (given: string | undefined) => {
    const today = given ?? new Date(workspace.clock.now()).toISOString().slice(0, 10);
    if (dayOfIsoDate(today) === undefined) {
      throw new CohortiumError('ARGUMENT_INVALID', `an ISO date such as 2026-01-31 was expected; found '${today}'`);
    }
    const { bundle } = await workspace.policies().session();
    const rules = retentionRules(bundle, readOverlays(workspace.paths, bundle.law.facts).retention);
    return { today, bundle, rules, ...(await keptRecords(workspace, parts, bundle, today)) };
  };
  return {
    planRetention: async (given) => {
      const { today, bundle, rules, asOf, records } = await situation(given);
      const decide = remembering(rules, today);
      const groups = new Map<string, Group>();
      for (const record of records) gather(groups, decide(record), record.holds.length > 0);
      return {
        today,
        asOf,
        groups: [...groups.values()]
          .map(answerOf)
          .sort(
            (a, b) =>
              compareText(a.class, b.class) || compareText(a.outcome, b.outcome) || compareText(a.decidedBy.join(), b.decidedBy.join()),
          ),
        rules: rules.length,
        policyDigest: bundle.digest,
        isDryRun: true,
      };
    },
    dueRetention: async (given) => {
      const { today, rules, records } = await situation(given);
      const decide = remembering(rules, today);
      const due: DueRecord[] = [];
      for (const record of records) {
        const { outcome, isShredDue, decidedBy, because } = decide(record);
        if (outcome === 'purge' || isShredDue) due.push({ id: record.id, class: record.class, decidedBy, because });
      }
      return due;
    },
    whyKept: async (id, given) => {
      const { today, rules, records } = await situation(given);
      const found: KeptRecordAnswer[] = [];
      for (const record of records) {
        if (record.id !== id && !['value', 'consent', 'signal'].some((kind) => record.id === `${kind}:${id}`)) continue;
        found.push(recordAnswer(record, decideRetention(record, rules, today)));
      }
      if (found.length === 0) {
        throw new CohortiumError(
          'RECORD_NOT_FOUND',
          `nothing is kept of '${id.slice(0, 80)}'; give a customer id, or a record as the plan shows it, such as ledger:4`,
        );
      }
      return { today, asked: id, records: found };
    },
  };
}

/** Rows of the law, of overlays and of the house. @throws {CohortiumError} POLICY_INVALID for a row with words that are none */
export function retentionRules({ law }: Pick<PolicyBundle, 'law'>, overlays: readonly RetentionRule[]): readonly RetentionRule[] {
  const compiled = law.files.map((file) => ({ file, ...compileRetention(file, law.facts) }));
  const [first] = compiled.flatMap(({ file, faults }) => faults.map(({ message }) => `regimes/${file.regime}.yaml: ${message}`));
  if (first !== undefined) throw new CohortiumError('POLICY_INVALID', first);
  return [...compiled.flatMap(({ rules }) => rules), ...overlays, ...houseRules];
}

/** Records that are alike but for their ids are decided once. */
function remembering(rules: readonly RetentionRule[], today: string): (record: KeptRecord) => RetentionDecision {
  const known = new WeakMap<object, Map<string, RetentionDecision>>();
  return (record) => {
    if (record.holds.length > 0) return decideRetention(record, rules, today);
    let byEvents = known.get(record.facts);
    if (!byEvents) known.set(record.facts, (byEvents = new Map()));
    const key = JSON.stringify([record.class, record.events]);
    let decision = byEvents.get(key);
    if (!decision) byEvents.set(key, (decision = decideRetention(record, rules, today)));
    return decision.record === record.id ? decision : { ...decision, record: record.id };
  };
}

interface Group {
  readonly decision: RetentionDecision;
  records: number;
  holds: number;
  shredDue: number;
  readonly bodies: string[];
  readonly skeletons: string[];
}

function gather(groups: Map<string, Group>, decision: RetentionDecision, isHeld: boolean): void {
  const { class: kind, outcome, decidedBy, unknown, bodyThrough, skeletonThrough, isShredDue } = decision;
  const key = JSON.stringify([kind, outcome, decidedBy, unknown]);
  let group = groups.get(key);
  if (!group) groups.set(key, (group = { decision, records: 0, holds: 0, shredDue: 0, bodies: [], skeletons: [] }));
  group.records++;
  if (isHeld) group.holds++;
  if (isShredDue) group.shredDue++;
  widen(group.bodies, bodyThrough);
  widen(group.skeletons, skeletonThrough);
}

/** Keeps the first and the last. */
function widen(range: string[], day: string | null): void {
  if (day === null) return;
  const [first = day, last = day] = range;
  range.splice(0, 2, day < first ? day : first, day > last ? day : last);
}

function answerOf({ decision, records, holds, shredDue, bodies, skeletons }: Group): RetentionGroup {
  const range = ([first, last]: readonly string[]): readonly [string, string] | null =>
    first === undefined || last === undefined ? null : [first, last];
  return {
    class: decision.class,
    outcome: decision.outcome,
    records,
    decidedBy: decision.decidedBy,
    unknown: decision.unknown,
    holds,
    shredDue,
    bodyThrough: range(bodies),
    skeletonThrough: range(skeletons),
    example: decision.record,
  };
}

function recordAnswer(record: KeptRecord, decision: RetentionDecision): KeptRecordAnswer {
  const { outcome, isShredDue, bodyThrough, skeletonThrough, because, holds, unknown, clocks, decidedBy } = decision;
  return {
    id: record.id,
    class: record.class,
    outcome,
    isShredDue,
    bodyThrough,
    skeletonThrough,
    because,
    holds,
    unknown,
    clocks: clocks.map((clock) => keptBecause(clock, decidedBy.includes(clock.rule.id))),
  };
}

function keptBecause({ rule, state }: Clock, isDeciding: boolean): KeptBecause {
  return {
    rule: rule.id,
    regime: rule.regime,
    kind: rule.kind,
    citation: rule.citation,
    note: rule.note,
    verify: rule.verify,
    trigger: rule.from,
    triggeredOn: state.kind === 'runs' || state.kind === 'open-ended' ? state.since : null,
    lastDay: state.kind === 'runs' ? state.lastDay : null,
    state: stateWords(state, rule),
    isDeciding,
  };
}

function stateWords(state: Clock['state'], rule: RetentionRule): string {
  const { from, kind } = rule;
  switch (state.kind) {
    case 'runs':
      return `${kind === 'ceiling' ? 'at most through' : 'through'} ${state.lastDay}, since ${clockEvents[from]} on ${state.since}`;
    case 'open-ended':
      return `until ${clockEvents[state.awaits]}, which is not on record`;
    case 'not-started':
      return `begins when ${clockEvents[state.awaits]}, which is not on record`;
    case 'no-period':
      return 'sets no period';
    default:
      return [
        `nobody knows ${[...state.facts, ...state.events.map((event) => `when ${clockEvents[event]}`)].join(', ')}`,
        ...(state.otherwise === null ? [] : [`where it is about the record, ${stateWords(state.otherwise, rule)}`]),
      ].join('; ');
  }
}
