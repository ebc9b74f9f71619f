/** Paths into messages. Only own properties count, so that no message can reach a prototype; nothing here throws. */

const roots = ['properties', 'line', 'traits', 'context', 'message'] as const;
type Root = (typeof roots)[number];

export interface CompiledPath {
  readonly root: Root;
  readonly steps: readonly string[];
}

/** The parts of a message that paths start from. */
export interface MessageParts {
  readonly message: unknown;
  readonly properties: unknown;
  /** Of the call itself, then of its context. */
  readonly traits: readonly [unknown, unknown];
  readonly context: unknown;
  readonly line: unknown;
}

const pathPattern = /^[^\s.]+(\.[^\s.]+){0,7}$/;

/** @returns undefined when the text is not a path: words joined by points, at most 8 */
export function compilePath(text: string): CompiledPath | undefined {
  if (!pathPattern.test(text)) return undefined;
  const [first = '', ...rest] = text.split('.');
  const root = roots.find((name) => name === first);
  return root === undefined ? { root: 'properties', steps: [first, ...rest] } : { root, steps: rest };
}

/** The value at a path; undefined, null and '' are all nothing. */
export function valueAt(parts: MessageParts, { root, steps }: CompiledPath): unknown {
  if (root !== 'traits') return follow(parts[root], steps);
  return follow(parts.traits[0], steps) ?? follow(parts.traits[1], steps);
}

/** The first of several paths that has a value. */
export function firstValue(parts: MessageParts, paths: readonly CompiledPath[]): unknown {
  for (const path of paths) {
    const value = valueAt(parts, path);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** An own property of an object or list; undefined for anything else. */
export function ownValue(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name]; // an own property by the check above
}

function follow(start: unknown, steps: readonly string[]): unknown {
  let value = start;
  for (const step of steps) value = ownValue(value, step);
  return value === null || value === '' ? undefined : value;
}
