/** Facts as they come in: text from the graph, JSON from a caller. A value that cannot be read as its type is unknown, never guessed. */
import type { FactValue } from './condition.ts';

export interface FactType {
  readonly type: 'text' | 'integer' | 'boolean';
  /** Of a text: the only values. */
  readonly values?: readonly string[] | undefined;
}

/**
 * Reads one value as its type.
 * @returns the value, or null when it is absent, empty, not of that type or not one of its values
 */
export function readFact({ type, values }: FactType, value: unknown): FactValue {
  if (value === null || value === undefined || value === '') return null;
  if (type === 'text') return typeof value === 'string' && (values?.includes(value) ?? true) ? value : null;
  if (type === 'boolean') return value === true || value === 'true' ? true : value === false || value === 'false' ? false : null;
  const number = typeof value === 'number' ? value : typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}
