/**
 * Cedar of the operator's as a condition, so that other engines can be generated from it too. Answers undefined for what the
 * language of conditions cannot say, rather than something near it.
 */
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

import type { Condition } from '../../../skills/gate/core/policy/condition.ts';

/** The condition of a policy; its action is told by the rule's purposes. */
export function conditionOfCedar(policy: PolicyJson): Condition | undefined {
  const sink = sinkOf(policy.resource);
  const parts = policy.conditions.map(({ kind, body }) => {
    const condition = conditionOf(body);
    return condition && kind === 'unless' ? ({ kind: 'not', of: condition } satisfies Condition) : condition;
  });
  return allOf([sink, ...parts]);
}

function sinkOf(resource: PolicyJson['resource']): Condition | undefined {
  if (resource.op === 'All') return { kind: 'all', of: [] };
  const id = resource.op === '==' && 'entity' in resource ? entityId(resource.entity) : undefined;
  return id === undefined ? undefined : { kind: 'one-of', fact: 'sink', values: [id] };
}

function conditionOf(node: unknown): Condition | undefined {
  const [operator, operand] = entryOf(node);
  switch (operator) {
    case 'Value':
      return typeof operand === 'boolean' ? { kind: operand ? 'all' : 'any', of: [] } : undefined;
    case '.':
      return factTest(node, [true]);
    case '!': {
      const inner = conditionOf(field(operand, 'arg'));
      return inner && { kind: 'not', of: inner };
    }
    case '&&':
      return allOf([conditionOf(field(operand, 'left')), conditionOf(field(operand, 'right'))]);
    case '||': {
      const [left, right] = [conditionOf(field(operand, 'left')), conditionOf(field(operand, 'right'))];
      return left && right && { kind: 'any', of: [left, right] };
    }
    case '==':
      return equality(operand);
    case '!=': {
      const equal = equality(operand);
      return equal && { kind: 'not', of: equal };
    }
    case 'contains': {
      const set: unknown = field(field(operand, 'left'), 'Set');
      const values = Array.isArray(set) ? set.map(literalOf) : [undefined];
      return values.every((value) => value !== undefined) ? factTest(field(operand, 'right'), values) : undefined;
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(operator, field(operand, 'left'), field(operand, 'right'));
    default:
      return undefined;
  }
}

function equality(operand: unknown): Condition | undefined {
  const [left, right] = [field(operand, 'left'), field(operand, 'right')];
  const value = literalOf(right);
  if (value !== undefined) return factTest(left, [value]);
  const turned = literalOf(left);
  return turned === undefined ? undefined : factTest(right, [turned]);
}

const comparisons = { '<': 'below', '<=': 'at-most', '>': 'above', '>=': 'at-least' } as const;
const turnedComparisons = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function comparison(operator: keyof typeof comparisons, left: unknown, right: unknown): Condition | undefined {
  const limit = literalOf(right);
  const fact = factOf(left);
  if (typeof limit === 'number' && fact !== undefined) return { kind: comparisons[operator], fact, value: limit };
  return typeof literalOf(left) === 'number' && factOf(right) !== undefined
    ? comparison(turnedComparisons[operator], right, left)
    : undefined;
}

/** A test of a fact, of the purpose or of the sink. */
function factTest(node: unknown, values: readonly (string | number | boolean)[]): Condition | undefined {
  const variable = field(node, 'Var');
  if (variable === 'action') return { kind: 'one-of', fact: 'purpose', values };
  if (variable === 'resource') return { kind: 'one-of', fact: 'sink', values };
  const fact = factOf(node);
  return fact === undefined ? undefined : { kind: 'one-of', fact, values };
}

function factOf(node: unknown): string | undefined {
  const access = field(node, '.');
  const name = field(access, 'attr');
  return field(field(access, 'left'), 'Var') === 'context' && typeof name === 'string' ? name : undefined;
}

function literalOf(node: unknown): string | number | boolean | undefined {
  const value = field(node, 'Value');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return entityId(value);
}

function entityId(node: unknown): string | undefined {
  const id = field(field(node, '__entity') ?? node, 'id');
  return typeof id === 'string' ? id : undefined;
}

function allOf(parts: readonly (Condition | undefined)[]): Condition | undefined {
  const known: Condition[] = [];
  for (const part of parts) {
    if (part === undefined) return undefined;
    if (part.kind === 'all') known.push(...part.of);
    else known.push(part);
  }
  const [only] = known;
  return known.length === 1 && only ? only : { kind: 'all', of: known };
}

function entryOf(node: unknown): readonly [string, unknown] {
  const [entry] = typeof node === 'object' && node !== null ? Object.entries(node) : [];
  return entry ?? ['', undefined];
}

function field(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  return Object.entries(node).find(([key]) => key === name)?.[1];
}
