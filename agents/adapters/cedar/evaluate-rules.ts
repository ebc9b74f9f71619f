/**
 * Asks Cedar about a set of rules: those whose facts are all known from its preparsed cache, the others by partial evaluation. An
 * evaluation that fails says nothing, so its rules count as open.
 */
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

import type { Facts, FactValue, Truth } from '../../../skills/gate/core/policy/condition.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { residualTruth } from './residual.ts';

/** Rules that hold together for one purpose, divided by which of them read an unknown fact. */
export interface RulePlan {
  readonly settled: PreparsedRules | null;
  readonly open: readonly PolicyRule[];
}

/** What partial evaluation said of a rule before, by the values of the facts that it reads: it is slow, and a rule reads few facts. */
export type OpenAnswers = Map<string, Truth | 'error'>;

export interface Evaluation {
  readonly applies: ReadonlySet<string>;
  /** Evaluation failed, for instance by overflow: nothing is known, so counsel. */
  readonly erred: ReadonlySet<string>;
  /** Rules that may apply, each with the unknown facts that it hangs on. */
  readonly hangsOn: ReadonlyMap<string, ReadonlySet<string>>;
}

interface PreparsedRules {
  readonly ids: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
  slot: number;
}

/** @param unknown names of the facts that are unknown */
export function planRules(rules: readonly PolicyRule[], unknown: ReadonlySet<string>): RulePlan {
  const readsUnknown = (rule: PolicyRule): boolean => rule.facts.some((name) => unknown.has(name));
  const settled = rules.filter((rule) => !readsUnknown(rule));
  const open = rules.filter(readsUnknown);
  return {
    settled: settled.length === 0 ? null : { ids: idsOf(settled), texts: textsOf(settled), slot: -1 },
    open,
  };
}

/** @param facts values by name; null is unknown. Only facts that the rules read. */
export function evaluatePlan(
  cedar: typeof Cedar,
  plan: RulePlan,
  answers: OpenAnswers,
  facts: Facts,
  { purpose, sink }: { readonly purpose: string; readonly sink: string },
): Evaluation {
  const request = {
    principal: { type: 'Customer', id: 'any' },
    action: { type: 'Action', id: purpose },
    resource: { type: 'Sink', id: sink },
    entities: [],
  };
  const applies = new Set<string>();
  const erred = new Set<string>();
  const hangsOn = new Map<string, ReadonlySet<string>>();
  if (plan.settled) {
    const context: Record<string, string | number | boolean> = {};
    for (const [name, value] of Object.entries(facts)) if (value !== null) context[name] = value;
    const answer = cedar.statefulIsAuthorized({ ...request, context, preparsedPolicySetId: preparse(cedar, plan.settled) });
    if (answer.type === 'failure') plan.settled.ids.forEach((id) => erred.add(id));
    else {
      answer.response.diagnostics.reason.forEach((id) => applies.add(id));
      answer.response.diagnostics.errors.forEach(({ policyId }) => erred.add(policyId));
    }
  }
  const keys = plan.open.map((rule) => answerKey(rule, facts, sink));
  const fresh = plan.open.filter((_, at) => !answers.has(keys[at] ?? ''));
  if (fresh.length > 0) {
    const said = evaluatePartially(cedar, fresh, facts, request);
    for (const rule of fresh) answers.set(answerKey(rule, facts, sink), said.get(rule.id) ?? 'error');
  }
  plan.open.forEach(({ id }, at) => {
    const answer = answers.get(keys[at] ?? '') ?? 'error';
    if (answer === 'error') erred.add(id);
    else if (answer === true) applies.add(id);
    else if (answer !== false) hangsOn.set(id, answer);
  });
  return { applies, erred, hangsOn };
}

function answerKey({ id, facts: names }: PolicyRule, facts: Facts, sink: string): string {
  let key = `${id} ${textKey(sink)}`;
  for (const name of names) key += factKey(facts[name] ?? null);
  return key;
}

/** Tells values apart by type, and stands in a longer key without being taken for what follows. */
export function factKey(value: FactValue): string {
  return typeof value === 'string' ? textKey(value) : `${String(value)};`;
}

/** Told by its length where it ends, for a caller may have put anything into it. */
export function textKey(text: string): string {
  return `${text.length}:${text}`;
}

type Request = Pick<Cedar.PartialAuthorizationCall, 'principal' | 'action' | 'resource' | 'entities'>;

/** A rule that is missing in the answer erred. */
function evaluatePartially(cedar: typeof Cedar, rules: readonly PolicyRule[], facts: Facts, request: Request): ReadonlyMap<string, Truth> {
  const said = new Map<string, Truth>();
  const context: Record<string, Cedar.CedarValueJson> = {};
  for (const name of new Set(rules.flatMap((rule) => rule.facts))) context[name] = facts[name] ?? { __extn: { fn: 'unknown', arg: name } };
  const answer = cedar.isAuthorizedPartial({ ...request, context, policies: { staticPolicies: textsOf(rules) } });
  if (answer.type === 'failure') return said;
  const { satisfied, errored, residuals, nontrivialResiduals } = answer.response;
  for (const { id } of rules) said.set(id, false);
  for (const id of satisfied) said.set(id, true);
  for (const id of nontrivialResiduals) said.set(id, residualTruth(residuals[id]?.conditions ?? []));
  for (const id of errored) said.delete(id);
  return said;
}

/** Cedar keeps preparsed sets for the life of the thread; a ring of names keeps their number bounded. */
const ringSize = 512;
const ring: (PreparsedRules | undefined)[] = [];
let next = 0;

function preparse(cedar: typeof Cedar, rules: PreparsedRules): string {
  if (rules.slot < 0 || ring[rules.slot] !== rules) {
    rules.slot = next;
    ring[next] = rules;
    next = (next + 1) % ringSize;
    cedar.preparsePolicySet(`cohortium-${rules.slot}`, { staticPolicies: { ...rules.texts } });
  }
  return `cohortium-${rules.slot}`;
}

function idsOf(rules: readonly PolicyRule[]): readonly string[] {
  return rules.map(({ id }) => id);
}

function textsOf(rules: readonly PolicyRule[]): Record<string, string> {
  return Object.fromEntries(rules.map(({ id, cedar }) => [id, cedar]));
}
