/**
 * Decisions by one bundle from beginning to end: whoever holds a session never mixes two versions of a policy. Remembers what it
 * decided by the facts that could matter. Knows no customer and no person's ruling.
 */
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

import type { Facts, FactValue } from '../../../skills/gate/core/policy/condition.ts';
import { readFact } from '../../../skills/gate/core/policy/read-fact.ts';
import { type Applicability, applicability } from '../../../skills/gate/core/policy/regime.ts';
import { type Anchor, anchors, isInForce, type PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { CohortiumError, digestOf } from '../../../skills/sdk/index.ts';
import type { GateAnswer } from '../../customer-data-graph/interface.ts';
import type { PolicyBundle } from '../../customer-data-graph/law/bundle.ts';
import { type Evaluation, evaluatePlan, planRules, type RulePlan } from './evaluate-rules.ts';
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

export interface PolicySession {
  readonly bundle: PolicyBundle;
  /** @throws {CohortiumError} ARGUMENT_INVALID for a purpose or a date that is none */
  readonly decide: (question: PolicyQuestion) => PolicyVerdict;
}

/** More vectors than a run has; a server that runs for years starts over then. */
const mostRemembered = 200_000;

export function openSession(cedar: typeof Cedar, bundle: PolicyBundle): PolicySession {
  const slices = new Map<string, Slice>();
  let remembered = 0;
  const sliceOf = ({ facts, purpose, sink, asOf }: PolicyQuestion): Slice => {
    const { residency, country } = facts;
    const key = `${asOf} ${purpose} ${sink} ${typeof residency === 'string' ? residency : ''} ${typeof country === 'string' ? country : ''}`;
    const known = slices.get(key);
    if (known) return known;
    checkQuestion({ purpose, asOf }, bundle);
    const slice = makeSlice(bundle, { residency, country }, purpose, asOf);
    slices.set(key, slice);
    return slice;
  };
  return {
    bundle,
    decide: (question) => {
      const slice = sliceOf(question);
      const key = vectorKey(slice.names, question.facts, bundle.stated);
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

/** What can matter for one day, purpose and place of residence. */
interface Slice {
  readonly rules: readonly PolicyRule[];
  /** Digest of each rule's text. */
  readonly versions: ReadonlyMap<string, string>;
  /** Facts that the rules or the scopes of regimes read, sorted. */
  readonly names: readonly string[];
  /** Those that rules read. */
  readonly ruleNames: readonly string[];
  readonly memo: Map<string, PolicyVerdict>;
  readonly plans: Map<string, RulePlan>;
  readonly applicabilities: Map<string, readonly Applicability[]>;
}

function makeSlice(bundle: PolicyBundle, place: Readonly<Record<string, unknown>>, purpose: string, asOf: string): Slice {
  const rules = bundle.rules.filter(
    (rule) => isInForce(rule, asOf) && (rule.purposes?.includes(purpose) ?? true) && !isElsewhere(rule, place),
  );
  const ruleNames = [...new Set(rules.flatMap(({ facts }) => facts))].sort();
  return {
    rules,
    versions: new Map(rules.map((rule) => [rule.id, digestOf(rule.cedar)])),
    names: [...new Set([...ruleNames, ...scopeNames(bundle)])].sort(),
    ruleNames,
    memo: new Map(),
    plans: new Map(),
    applicabilities: new Map(),
  };
}

/** True for a rule that asks for another residence than the one that is known. It could not apply, so Cedar need not look. */
function isElsewhere({ condition }: PolicyRule, place: Readonly<Record<string, unknown>>): boolean {
  const tests = condition?.kind === 'all' ? condition.of : condition ? [condition] : [];
  return tests.some((test) => {
    if (test.kind !== 'one-of' || !(test.fact in place)) return false;
    const value = place[test.fact];
    return typeof value === 'string' && value !== '' && !test.values.includes(value);
  });
}

function checkQuestion({ purpose, asOf }: Pick<PolicyQuestion, 'purpose' | 'asOf'>, { purposes }: PolicyBundle): void {
  if (!purposes.includes(purpose)) {
    throw new CohortiumError('ARGUMENT_INVALID', `purpose '${purpose}' is not known; purposes are: ${purposes.join(', ')}`);
  }
  if (!isIsoDate(asOf)) throw new CohortiumError('ARGUMENT_INVALID', `asOf must be an ISO date such as 2026-01-31, found '${asOf}'`);
}

/** Equal for equal values, told apart by type; what nobody states is what the bundle states. */
function vectorKey(names: readonly string[], facts: Readonly<Record<string, unknown>>, stated: Facts): string {
  let key = '';
  for (const name of names) {
    let value = facts[name];
    if (value === undefined) value = stated[name];
    if (value === true) key += '\u0001';
    else if (value === false) key += '\u0002';
    else if (typeof value === 'string') key += `\u0003${value}`;
    else if (typeof value === 'number') key += `\u0004${value}`;
    else key += '\u0005';
  }
  return key;
}

function decideAnew(cedar: typeof Cedar, bundle: PolicyBundle, slice: Slice, question: PolicyQuestion): PolicyVerdict {
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
  const planKey = [...unknown].join(' ');
  let plan = slice.plans.get(planKey);
  if (!plan) slice.plans.set(planKey, (plan = planRules(slice.rules, unknown)));
  const outcome = outcomeOf(slice.rules, evaluatePlan(cedar, plan, facts, purpose, sink));
  const reach = reachOf(bundle, slice, { valueOf, purpose, sink, asOf });
  const deciding = outcome.outcome === 'counsel' ? outcome.policies.map(({ id }) => id) : slice.rules.map(({ id }) => id);
  const read = new Set(slice.rules.filter(({ id }) => deciding.includes(id)).flatMap((rule) => rule.facts));
  const basis = [
    purpose,
    sink,
    outcome.outcome,
    deciding.map((id) => [id, slice.versions.get(id) ?? '']),
    slice.ruleNames.flatMap((name) => (read.has(name) ? [[name, facts[name] ?? null]] : [])),
  ];
  return {
    ...outcome,
    anchors: anchorResults(bundle, slice.rules, outcome.policies, reach),
    key: digestOf(basis),
    facts,
    applicability: reach,
  };
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
function reachOf(bundle: PolicyBundle, slice: Slice, { valueOf, purpose, sink, asOf }: Asked): readonly Applicability[] {
  const names = scopeNames(bundle);
  const facts: Record<string, FactValue> = { purpose, sink };
  let key = sink;
  for (const name of names) {
    const value = valueOf(name);
    facts[name] = value;
    key += `\u0001${typeof value} ${String(value)}`;
  }
  let reach = slice.applicabilities.get(key);
  if (!reach) slice.applicabilities.set(key, (reach = bundle.regimes.map((regime) => applicability(regime, facts, asOf))));
  return reach;
}

const scopeFacts = new WeakMap<PolicyBundle, readonly string[]>();

function scopeNames(bundle: PolicyBundle): readonly string[] {
  let names = scopeFacts.get(bundle);
  if (!names) scopeFacts.set(bundle, (names = [...new Set(bundle.regimes.flatMap(({ reads }) => reads))].sort()));
  return names;
}

function anchorResults(
  bundle: PolicyBundle,
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
