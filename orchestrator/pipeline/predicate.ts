/** `when:` conditions: a tree of all, any, not over comparisons of what earlier steps put out. No scripts. */
import { z } from 'zod';

import type { Json } from '../../skills/sdk/index.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const comparisonSchema = z.strictObject({
  path: z
    .string()
    .regex(/^[a-z][a-z0-9-]*(\.[A-Za-z0-9_-]+)+$/, "a path such as 'gate.counts.pass' was expected")
    .describe('step.field, of a step that runs before this one.'),
  op: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'exists'], 'one of eq, ne, gt, gte, lt, lte, in, exists was expected'),
  value: z.union([scalar, z.array(scalar)]).optional(),
});

export type Comparison = z.infer<typeof comparisonSchema>;
export type Predicate =
  | Comparison
  | { readonly all: readonly Predicate[] }
  | { readonly any: readonly Predicate[] }
  | { readonly not: Predicate };

export const predicateSchema: z.ZodType<Predicate> = z.lazy(() =>
  z.union(
    [
      comparisonSchema,
      z.strictObject({ all: z.array(predicateSchema).min(1) }),
      z.strictObject({ any: z.array(predicateSchema).min(1) }),
      z.strictObject({ not: predicateSchema }),
    ],
    'a predicate was expected: { path, op, value }, { all: [...] }, { any: [...] } or { not: ... }',
  ),
);

/** Outputs by step id. */
export type StepOutputs = Readonly<Record<string, Json>>;

/** True when the outputs meet the predicate; a path that is not there only meets `ne` and a negated `exists`. */
export function isMet(predicate: Predicate, outputs: StepOutputs): boolean {
  if ('all' in predicate) return predicate.all.every((part) => isMet(part, outputs));
  if ('any' in predicate) return predicate.any.some((part) => isMet(part, outputs));
  if ('not' in predicate) return !isMet(predicate.not, outputs);
  const found = lookUp(outputs, predicate.path);
  const { op, value } = predicate;
  switch (op) {
    case 'exists':
      return (found !== undefined) === (value ?? true);
    case 'eq':
      return found === value;
    case 'ne':
      return found !== value;
    case 'in':
      return Array.isArray(value) && value.some((item) => item === found);
    default:
      return compare(op, found, value);
  }
}

function compare(op: 'gt' | 'gte' | 'lt' | 'lte', found: unknown, value: unknown): boolean {
  const areNumbers = typeof found === 'number' && typeof value === 'number';
  const areTexts = typeof found === 'string' && typeof value === 'string';
  if (!areNumbers && !areTexts) return false;
  switch (op) {
    case 'gt':
      return found > value;
    case 'gte':
      return found >= value;
    case 'lt':
      return found < value;
    default:
      return found <= value;
  }
}

function lookUp(outputs: StepOutputs, path: string): unknown {
  let value: unknown = outputs;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === part)?.[1];
  }
  return value;
}

/** Step ids that a predicate reads, in order, each once. */
export function stepsRead(predicate: Predicate): string[] {
  if ('all' in predicate) return [...new Set(predicate.all.flatMap(stepsRead))];
  if ('any' in predicate) return [...new Set(predicate.any.flatMap(stepsRead))];
  if ('not' in predicate) return stepsRead(predicate.not);
  return [predicate.path.split('.')[0] ?? ''];
}

/** One line for people: `gate.counts.pass gt 0 and …`. */
export function describePredicate(predicate: Predicate): string {
  if ('all' in predicate) return predicate.all.map(describePredicate).join(' and ');
  if ('any' in predicate) return `(${predicate.any.map(describePredicate).join(' or ')})`;
  if ('not' in predicate) return `not (${describePredicate(predicate.not)})`;
  return `${predicate.path} ${predicate.op}${predicate.value === undefined ? '' : ` ${JSON.stringify(predicate.value)}`}`;
}
