/** Conditions as files write them, made into data. Refuses facts that the vocabulary does not have and values of another type. */
import type { Condition } from '../core/policy/condition.ts';
import type { ConditionText, FactDefinition } from './regime-schema.ts';

type Scalar = string | number | boolean;

const comparisons = { above: 'above', atLeast: 'at-least', below: 'below', atMost: 'at-most' } as const;

/**
 * @param text as parsed by the schema
 * @param facts the vocabulary; `purpose` and `sink` are known besides
 * @param faults gets what is wrong, in words
 */
export function readCondition(text: ConditionText, facts: Readonly<Record<string, FactDefinition>>, faults: string[]): Condition {
  const parts = Object.entries(text).map(([name, value]): Condition => {
    if (name === 'all' || name === 'any') {
      if (!Array.isArray(value)) faults.push(`'${name}' needs a list of conditions`);
      return { kind: name, of: (Array.isArray(value) ? value : []).map((part) => readCondition(asCondition(part, faults), facts, faults)) };
    }
    if (name === 'not') return { kind: 'not', of: readCondition(asCondition(value, faults), facts, faults) };
    return readTest(name, value, facts[name], faults);
  });
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind: 'all', of: parts };
}

function readTest(name: string, value: unknown, fact: FactDefinition | undefined, faults: string[]): Condition {
  const isName = name === 'purpose' || name === 'sink';
  if (!fact && !isName) faults.push(`there is no fact '${name}'`);
  const type = fact?.type ?? 'text';
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (type !== 'integer') faults.push(`'${name}' is a ${type}; only integers are compared`);
    const limits = Object.entries(comparisons).flatMap(([key, kind]): Condition[] => {
      const limit = Object.entries(value).find(([found]) => found === key)?.[1];
      return typeof limit === 'number' ? [{ kind, fact: name, value: limit }] : [];
    });
    const unknown = Object.keys(value).filter((key) => !(key in comparisons));
    if (unknown.length > 0 || limits.length === 0) faults.push(`'${name}' needs above, atLeast, below or atMost with an integer`);
    const [only] = limits;
    return limits.length === 1 && only ? only : { kind: 'all', of: limits };
  }
  const values = (Array.isArray(value) ? value : [value]).filter(isScalar);
  for (const one of values) {
    const found = typeof one === 'string' ? 'text' : typeof one === 'number' ? 'integer' : 'boolean';
    if (found !== type) faults.push(`'${name}' is a ${type}, found ${JSON.stringify(one)}`);
    else if (fact?.values && typeof one === 'string' && !fact.values.includes(one))
      faults.push(`'${name}' is one of ${fact.values.join(', ')}, found '${one}'`);
  }
  return { kind: 'one-of', fact: name, values };
}

function asCondition(value: unknown, faults: string[]): ConditionText {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  faults.push(`a condition was expected, found ${JSON.stringify(value)}`);
  return {};
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
