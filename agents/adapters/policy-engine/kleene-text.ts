/**
 * Conditions as text for engines that know two truth values only. Each condition becomes two expressions, one that holds where it is
 * certainly true and one where it is certainly false; where neither holds it is open. No fact is read before it is known.
 * @see Kleene (1952), "Introduction to Metamathematics", §64
 */
import type { Condition } from '../../../skills/gate/core/policy/condition.ts';

type Test = Extract<Condition, { readonly fact: string }>;

/** How an expression language writes things; `&&`, `||`, `!` and parentheses are the same in all of them. */
export interface ExpressionDialect {
  /** Holds where the fact has a value of its type; null for what is always known. */
  readonly isKnown: (test: Test) => string | null;
  /** The test itself, for a fact that is known. */
  readonly test: (test: Test) => string;
}

/** Holds where the condition is certainly true. */
export function whenTrue(condition: Condition, dialect: ExpressionDialect): string {
  switch (condition.kind) {
    case 'all':
      return joined(
        condition.of.map((part) => whenTrue(part, dialect)),
        '&&',
        'true',
      );
    case 'any':
      return joined(
        condition.of.map((part) => whenTrue(part, dialect)),
        '||',
        'false',
      );
    case 'not':
      return whenFalse(condition.of, dialect);
    default:
      return leaf(condition, dialect, '');
  }
}

/** Holds where the condition is certainly false. */
export function whenFalse(condition: Condition, dialect: ExpressionDialect): string {
  switch (condition.kind) {
    case 'all':
      return joined(
        condition.of.map((part) => whenFalse(part, dialect)),
        '||',
        'false',
      );
    case 'any':
      return joined(
        condition.of.map((part) => whenFalse(part, dialect)),
        '&&',
        'true',
      );
    case 'not':
      return whenTrue(condition.of, dialect);
    default:
      return leaf(condition, dialect, '!');
  }
}

function leaf(test: Test, { isKnown, test: write }: ExpressionDialect, negation: '' | '!'): string {
  const known = isKnown(test);
  const tested = `${negation}(${write(test)})`;
  return known === null ? tested : `(${known} && ${tested})`;
}

function joined(parts: readonly string[], operator: '&&' | '||', none: string): string {
  const [only] = parts;
  if (parts.length < 2) return only ?? none;
  return `(${parts.join(` ${operator} `)})`;
}
