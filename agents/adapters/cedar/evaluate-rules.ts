/**
 * Asks Cedar about a set of rules: those whose facts are all known from its preparsed cache, the others by partial evaluation. An
 * evaluation that fails says nothing, so its rules count as open.
 */
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { residualTruth } from './residual.ts';

/** Rules that hold together for one purpose, divided by which of them read an unknown fact. */
export interface RulePlan {
  readonly settled: PreparsedRules | null;
  readonly open: { readonly ids: readonly string[]; readonly policies: Cedar.PolicySet } | null;
}

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
    open: open.length === 0 ? null : { ids: idsOf(open), policies: { staticPolicies: textsOf(open) } },
  };
}

/** @param facts values by name; null is unknown. Only facts that the rules read. */
export function evaluatePlan(cedar: typeof Cedar, plan: RulePlan, facts: Facts, purpose: string, sink: string): Evaluation {
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
  if (plan.open) {
    const context: Record<string, Cedar.CedarValueJson> = {};
    for (const [name, value] of Object.entries(facts)) context[name] = value ?? { __extn: { fn: 'unknown', arg: name } };
    const answer = cedar.isAuthorizedPartial({ ...request, context, policies: plan.open.policies });
    if (answer.type === 'failure') plan.open.ids.forEach((id) => erred.add(id));
    else {
      const { satisfied, errored, residuals, nontrivialResiduals } = answer.response;
      satisfied.forEach((id) => applies.add(id));
      errored.forEach((id) => erred.add(id));
      for (const id of nontrivialResiduals) {
        const truth = residualTruth(residuals[id]?.conditions ?? []);
        if (truth === true) applies.add(id);
        else if (truth !== false) hangsOn.set(id, truth);
      }
    }
  }
  return { applies, erred, hangsOn };
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
