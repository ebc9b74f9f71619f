/**
 * Decisions by one bundle from beginning to end: whoever holds a session never mixes two versions of a policy. Remembers what it
 * decided by the facts that could matter. Knows no customer and no person's ruling.
 */
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

import type { Facts, FactValue } from '../../../skills/gate/core/policy/condition.ts';
import { readFact } from '../../../skills/gate/core/policy/read-fact.ts';
import { type Applicability, applicability, type Regime } from '../../../skills/gate/core/policy/regime.ts';
import { type Anchor, anchors, isInForce, type PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { CohortiumError, digestOf } from '../../../skills/sdk/index.ts';
import type { GateAnswer } from '../../customer-data-graph/gate/gate-answer.ts';
import type { DecidingLaw, PolicyBundle } from '../../customer-data-graph/law/bundle.ts';
import { type Evaluation, evaluatePlan, factKey, type OpenAnswers, planRules, type RulePlan, textKey } from './evaluate-rules.ts';
import { isIsoDate } from './policy-rule.ts';

export interface PolicyQuestion {
  /** Facts by name, over what the bundle states; null, empty or unreadable means unknown. Names that no rule knows are left aside. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly purpose: string;
  readonly sink: string;
  /** ISO date: the law of that day applies. */
  readonly asOf: string;
}

export interface PolicyVerdict extends Omit<GateAnswer, 'policyDigest'> {
  /** Digest of what the outcome rests on: rules by their text, and the facts that they read. A person's ruling is remembered under it. */
  readonly key: string;
  /** The facts that the rules in force read for this purpose; null is unknown. */
  readonly facts: Facts;
  /** What each regime in force says of its own reach. */
  readonly applicability: readonly Applicability[];
}

export interface PolicySession<Law extends DecidingLaw = PolicyBundle> {
  readonly bundle: Law;
  /** @throws {CohortiumError} ARGUMENT_INVALID for a purpose or a date that is none */
  readonly decide: (question: PolicyQuestion) => PolicyVerdict;
}

/** With all of the law some 16 kB each; a server that runs for years starts over then, and so does a run with more vectors. */
const mostVerdicts = 20_000;

/** @param mostRemembered verdicts that are kept at a time */
export function openSession<Law extends DecidingLaw>(cedar: typeof Cedar, bundle: Law, mostRemembered = mostVerdicts): PolicySession<Law> {
  const slices = new Map<string, Slice>();
  let remembered = 0;
  const sliceOf = ({ facts, purpose, asOf }: PolicyQuestion): Slice => {
    const residency = textOf(facts['residency']);
    const country = textOf(facts['country']);
    const key = `${asOf} ${purpose} ${textKey(residency)}${country}`;
    const known = slices.get(key);
    if (known) return known;
    const place: Facts = { ...(residency === '' ? {} : { residency }), ...(country === '' ? {} : { country }) };
    checkQuestion({ purpose, asOf }, bundle);
    const slice = makeSlice(bundle, place, { purpose, asOf });
    slices.set(key, slice);
    return slice;
  };
  return {
    bundle,
    decide: (question) => {
      const slice = sliceOf(question);
      const key = vectorKey(question.sink, slice.places, question.facts);
      const known = slice.memo.get(key);
      if (known) return known;
      const verdict = decideAnew(cedar, bundle, slice, question);
      if (++remembered > mostRemembered) {
        slices.clear();
        remembered = 0;
      }
      slice.memo.set(key, verdict);
      return verdict;
    },
  };
}

/** Empty where it is not known. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What can matter for one day, purpose and place of residence. */
interface Slice {
  readonly rules: readonly PolicyRule[];
  /** Of the texts of all of them. */
  readonly version: string;
  /** How values of each fact that the rules or the scopes of regimes read stand in the key of a vector. */
  readonly places: ReadonlyMap<string, Place>;
  /** Those that rules read, sorted. */
  readonly ruleNames: readonly string[];
  /** Regimes that the place of residence does not settle, and what it says of the others. */
  readonly regimes: readonly { readonly at: number; readonly regime: Regime }[];
  readonly reach: readonly (Applicability | undefined)[];
  /** Facts that the scopes and exclusions of those regimes read, sorted. */
  readonly scopeNames: readonly string[];
  readonly memo: Map<string, PolicyVerdict>;
  readonly plans: Map<string, RulePlan>;
  readonly answers: OpenAnswers;
  readonly reaches: Map<string, readonly Applicability[]>;
}

function makeSlice(bundle: DecidingLaw, place: Facts, { purpose, asOf }: Pick<PolicyQuestion, 'purpose' | 'asOf'>): Slice {
  const rules = bundle.rules.filter(
    (rule) => isInForce(rule, asOf) && (rule.purposes?.includes(purpose) ?? true) && !isElsewhere(rule, place),
  );
  const ruleNames = [...new Set(rules.flatMap(({ facts }) => facts))].sort();
  const reach = bundle.regimes.map((regime) => {
    const known = applicability(regime, { ...place, purpose }, asOf);
    return known.applies === 'open' ? undefined : known;
  });
  const regimes = bundle.regimes.flatMap((regime, at) => (reach[at] === undefined ? [{ at, regime }] : []));
  const scopeNames = [...new Set(regimes.flatMap(({ regime }) => regime.reads))].sort();
  return {
    rules,
    version: digestOf(rules.map(({ cedar }) => cedar)),
    places: placesOf([...new Set([...ruleNames, ...scopeNames])].filter((name) => !(name in place))),
    ruleNames,
    regimes,
    reach,
    scopeNames,
    memo: new Map(),
    plans: new Map(),
    answers: new Map(),
    reaches: new Map(),
  };
}

/** True for a rule that asks for another residence than the one that is known. It could not apply, so Cedar need not look. */
function isElsewhere({ condition }: PolicyRule, place: Facts): boolean {
  const tests = condition?.kind === 'all' ? condition.of : condition ? [condition] : [];
  return tests.some((test) => {
    if (test.kind !== 'one-of' || !(test.fact in place)) return false;
    const value = place[test.fact] ?? null;
    return value !== null && !test.values.includes(value);
  });
}

function checkQuestion({ purpose, asOf }: Pick<PolicyQuestion, 'purpose' | 'asOf'>, { purposes }: DecidingLaw): void {
  if (!purposes.includes(purpose)) {
    throw new CohortiumError('ARGUMENT_INVALID', `purpose '${purpose}' is not known; purposes are: ${purposes.join(', ')}`);
  }
  if (!isIsoDate(asOf)) throw new CohortiumError('ARGUMENT_INVALID', `asOf must be an ISO date such as 2026-01-31, found '${asOf}'`);
}

interface Place {
  readonly yes: string;
  readonly no: string;
  readonly text: string;
  readonly number: string;
  readonly unknown: string;
}

function placesOf(names: readonly string[]): ReadonlyMap<string, Place> {
  return new Map(
    names.map((name, at) => {
      const mark = String.fromCharCode(0xe000 + at);
      return [name, { yes: `${mark}t`, no: `${mark}f`, text: `${mark}s`, number: `${mark}n`, unknown: `${mark}u` }];
    }),
  );
}

/**
 * Equal for equal values in the same order, told apart by type. Names that no rule reads are left out, and so are the place of residence,
 * which the slice is of, and what the question does not say, because the bundle says it.
 */
function vectorKey(sink: string, places: ReadonlyMap<string, Place>, facts: Readonly<Record<string, unknown>>): string {
  let key = textKey(sink);
  for (const name in facts) {
    const place = places.get(name);
    if (place === undefined) continue;
    const value = facts[name];
    if (value === true) key += place.yes;
    else if (value === false) key += place.no;
    else if (value === undefined) continue;
    else if (typeof value === 'string') key += place.text + textKey(value);
    else if (typeof value === 'number') key += place.number + String(value);
    else key += place.unknown;
  }
  return key;
}

function decideAnew(cedar: typeof Cedar, bundle: DecidingLaw, slice: Slice, question: PolicyQuestion): PolicyVerdict {
  const { purpose, sink, asOf } = question;
  const valueOf = (name: string): FactValue => {
    const given = question.facts[name];
    return readFact(bundle.facts[name] ?? { type: 'text' }, given === undefined ? bundle.stated[name] : given);
  };
  const facts: Record<string, FactValue> = {};
  const unknown = new Set<string>();
  for (const name of slice.ruleNames) {
    const value = valueOf(name);
    facts[name] = value;
    if (value === null) unknown.add(name);
  }
  const { rules } = slice;
  const planKey = [...unknown].join(' ');
  let plan = slice.plans.get(planKey);
  if (!plan) slice.plans.set(planKey, (plan = planRules(rules, unknown)));
  const outcome = outcomeOf(rules, evaluatePlan(cedar, plan, slice.answers, facts, question));
  const reach = reachOf(slice, { valueOf, purpose, sink, asOf });
  return {
    ...outcome,
    anchors: anchorResults(bundle, rules, outcome.policies, reach),
    key: keyOf(slice, outcome, facts, question),
    facts,
    applicability: reach,
  };
}

/** Counsel rests on the rules that sent it there, and on what they read; any other outcome on everything that was asked. */
function keyOf(slice: Slice, { outcome, policies }: Outcome, facts: Facts, { purpose, sink }: PolicyQuestion): string {
  const isCounsel = outcome === 'counsel';
  const deciding = isCounsel ? slice.rules.filter(({ id }) => policies.some((policy) => policy.id === id)) : slice.rules;
  const read = isCounsel ? [...new Set(deciding.flatMap((rule) => rule.facts))].sort() : slice.ruleNames;
  const rules = isCounsel ? deciding.map(({ cedar }) => cedar) : slice.version;
  return digestOf(JSON.stringify([purpose, sink, outcome, rules, read.map((name) => [name, facts[name] ?? null])]));
}

type Outcome = Pick<PolicyVerdict, 'outcome' | 'policies' | 'unknownFacts'>;

function outcomeOf(rules: readonly PolicyRule[], { applies, erred, hangsOn }: Evaluation): Outcome {
  const fails = rules.filter((rule) => applies.has(rule.id) && rule.outcome === 'fail');
  const counsels = rules.filter((rule) => erred.has(rule.id) || (applies.has(rule.id) && rule.outcome === 'counsel'));
  if (fails.length > 0) {
    return { outcome: 'fail', policies: [...fails.map(reason('fail')), ...counsels.map(reason('counsel'))], unknownFacts: [] };
  }
  // Where counsel is certain, an open counsel rule adds nothing; an open fail rule does.
  const mayApply = rules.filter((rule) => hangsOn.has(rule.id) && (counsels.length === 0 || rule.outcome === 'fail'));
  const unknownFacts = [...new Set(mayApply.flatMap((rule) => [...(hangsOn.get(rule.id) ?? [])]))].sort();
  const policies = [...counsels, ...mayApply].map(reason('counsel'));
  return { outcome: policies.length > 0 ? 'counsel' : 'pass', policies, unknownFacts };
}

interface Asked extends Pick<PolicyQuestion, 'purpose' | 'sink' | 'asOf'> {
  readonly valueOf: (name: string) => FactValue;
}

/** Shared by all vectors that are alike in what scopes and exclusions read, which are few. */
function reachOf(slice: Slice, { valueOf, purpose, sink, asOf }: Asked): readonly Applicability[] {
  const facts: Record<string, FactValue> = { purpose, sink };
  let key = textKey(sink);
  for (const name of slice.scopeNames) {
    const value = valueOf(name);
    facts[name] = value;
    key += factKey(value);
  }
  let reach = slice.reaches.get(key);
  if (!reach) {
    const all = [...slice.reach];
    for (const { at, regime } of slice.regimes) all[at] = applicability(regime, facts, asOf);
    slice.reaches.set(key, (reach = all.filter((one) => one !== undefined)));
  }
  return reach;
}

function anchorResults(
  bundle: DecidingLaw,
  rules: readonly PolicyRule[],
  policies: GateAnswer['policies'],
  reach: readonly Applicability[],
): GateAnswer['anchors'] {
  const results: Record<Anchor, GateAnswer['anchors'][Anchor]> = {
    privacy: 'not-applicable',
    'fair-treatment': 'not-applicable',
    calibration: 'not-applicable',
    reporting: 'not-applicable',
    governance: 'not-applicable',
  };
  for (const { anchor, regime } of rules) if (regime === null) results[anchor] = 'pass';
  bundle.regimes.forEach(({ anchor }, at) => {
    const applies = reach[at]?.applies;
    if (anchor !== 'records' && (applies === 'yes' || applies === 'open')) results[anchor] = 'pass';
  });
  for (const anchor of anchors) {
    const effects = policies.filter((policy) => policy.anchor === anchor).map(({ effect }) => effect);
    if (effects.includes('fail')) results[anchor] = 'fail';
    else if (effects.length > 0) results[anchor] = 'counsel';
  }
  return results;
}

function reason(effect: 'fail' | 'counsel') {
  return ({ id, regime, anchor, citation, remedy, verify }: PolicyRule): GateAnswer['policies'][number] => ({
    id,
    regime,
    effect,
    anchor,
    citation,
    remedy,
    verify,
  });
}
