/** Facts as they come in: text from the graph, JSON from a caller. A value that cannot be read as its type is unknown, never guessed. */
import type { Facts, FactValue } from './condition.ts';

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

/**
 * Every fact of a vocabulary with its value, null for unknown. Names that it lacks are left aside.
 * @param stated what holds where nothing is given
 */
export function readFacts(
  vocabulary: Readonly<Record<string, FactType>>,
  given: Readonly<Record<string, unknown>>,
  stated: Facts = {},
): Facts {
  return Object.fromEntries(
    Object.entries(vocabulary).map(([name, fact]) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      return [name, readFact(fact, value === undefined && Object.hasOwn(stated, name) ? stated[name] : value)];
    }),
  );
}

/**
 * What is wrong with a fact that a person states, in words; null where nothing is. Unknown, as null, may always be stated.
 * @param types every fact there is, by name
 */
export function factFault(types: Readonly<Record<string, FactType>>, name: string, value: unknown): string | null {
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (!type) return `there is no fact '${name}'`;
  if (value === null || readFact(type, value) !== null) return null;
  const wanted = type.values ? `one of ${type.values.join(', ')}` : type.type === 'boolean' ? 'true or false' : `a ${type.type}`;
  return `'${name}' is ${wanted}, found ${JSON.stringify(value)}`;
}
