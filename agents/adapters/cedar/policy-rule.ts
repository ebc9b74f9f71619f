/**
 * One policy of the operator's as the gate understands it: a Cedar `forbid` with annotations. Refuses permits, templates, principals, tests
 * for absence of a fact, and annotations that it does not know, because each of those could let a case pass that nobody meant to pass.
 */
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

import { type Anchor, anchors, type PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { conditionOfCedar } from './condition-of-cedar.ts';

const required = ['id', 'outcome', 'anchor', 'citation', 'remedy'] as const;
const optional = ['effectiveFrom', 'effectiveTo', 'verify'] as const;
const days = ['effectiveFrom', 'effectiveTo'] as const;

/** What is wrong with a policy's annotations, head and conditions; empty when it is well formed. */
export function ruleFaults(policy: PolicyJson): string[] {
  const notes = policy.annotations ?? {};
  const faults: string[] = [];
  if (policy.effect !== 'forbid') faults.push('a policy must be a forbid: the gate permits what nothing forbids');
  for (const name of required) if (!notes[name]?.trim()) faults.push(`annotation @${name} is missing`);
  for (const name of Object.keys(notes)) {
    if (![...required, ...optional].some((known) => known === name)) {
      faults.push(`unknown annotation @${name}; known are ${[...required, ...optional].map((known) => `@${known}`).join(', ')}`);
    }
  }
  if (notes['id'] && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(notes['id'])) faults.push(`@id must be kebab-case, found '${notes['id']}'`);
  if (notes['outcome'] && !isOutcome(notes['outcome'])) faults.push(`@outcome must be fail or counsel, found '${notes['outcome']}'`);
  if (notes['anchor'] && !isAnchor(notes['anchor']))
    faults.push(`@anchor must be one of ${anchors.join(', ')}, found '${notes['anchor']}'`);
  for (const name of days) {
    const date = notes[name];
    if (date !== undefined && !isIsoDate(date)) faults.push(`@${name} must be an ISO date such as 2026-01-31, found '${date}'`);
  }
  const { effectiveFrom, effectiveTo } = notes;
  if (effectiveFrom && effectiveTo && effectiveFrom > effectiveTo) faults.push(`@effectiveTo ${effectiveTo} is before @effectiveFrom`);
  if (policy.conditions.some(({ body }) => testsAbsence(body))) {
    faults.push('conditions must not test `context has`: every fact is there or unknown, and a missing one must not pass');
  }
  if (policy.principal.op !== 'All' || policy.conditions.some(({ body }) => names(body, 'principal'))) {
    faults.push('a policy must not name a principal: the gate decides about facts and knows no customer, so it would never apply');
  }
  if (policy.conditions.some(({ body }) => comparesContext(body))) {
    faults.push('conditions must read `context` fact by fact: compared as a whole it is never equal, so the policy would never apply');
  }
  return faults;
}

/** A rule out of a policy without faults. */
export function makeRule(policy: PolicyJson, cedar: string, file: string, line: number): PolicyRule {
  const notes = policy.annotations ?? {};
  const { outcome, anchor } = notes;
  const facts = new Set<string>();
  for (const clause of policy.conditions) collectFacts(clause.body, facts);
  return {
    id: notes['id'] ?? '',
    regime: null,
    file,
    line,
    cedar,
    outcome: isOutcome(outcome) ? outcome : 'counsel',
    anchor: isAnchor(anchor) ? anchor : 'governance',
    citation: notes['citation'] ?? '',
    remedy: notes['remedy'] ?? '',
    effectiveFrom: notes['effectiveFrom'] ?? null,
    effectiveTo: notes['effectiveTo'] ?? null,
    verify: notes['verify'] ?? null,
    condition: conditionOfCedar(policy) ?? null,
    facts: [...facts].sort(),
    purposes: purposesOf(policy.action),
  };
}

/** True for an existing day as `YYYY-MM-DD`. */
export function isIsoDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

function isOutcome(value: string | undefined): value is 'fail' | 'counsel' {
  return value === 'fail' || value === 'counsel';
}

function isAnchor(value: string | undefined): value is Anchor {
  return anchors.some((anchor) => anchor === value);
}

function purposesOf(action: PolicyJson['action']): string[] | null {
  if (action.op === 'All') return null;
  const entities = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  return entities.map((entity) => ('__entity' in entity ? entity.__entity.id : entity.id)).sort();
}

function collectFacts(node: unknown, into: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  const access = '.' in node ? node['.'] : undefined;
  if (isContextAccess(access)) into.add(access.attr);
  for (const child of Object.values(node)) collectFacts(child, into);
}

function testsAbsence(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return 'has' in node || Object.values(node).some(testsAbsence);
}

/** Whether a variable stands anywhere below. */
function names(node: unknown, variable: string): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return ('Var' in node && node.Var === variable) || Object.values(node).some((child) => names(child, variable));
}

/** Whether the context stands anywhere but before the name of a fact. */
function comparesContext(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if ('Var' in node && node.Var === 'context') return true;
  return Object.entries(node).some(([key, child]) => !((key === '.' || key === 'has') && isContextAccess(child)) && comparesContext(child));
}

function isContextAccess(node: unknown): node is { readonly attr: string } {
  if (typeof node !== 'object' || node === null || !('left' in node) || !('attr' in node)) return false;
  const { left, attr } = node;
  return typeof attr === 'string' && typeof left === 'object' && left !== null && 'Var' in left && left.Var === 'context';
}
