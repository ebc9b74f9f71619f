/**
 * Facts as the policies declare them (`facts.cedarschema`) and as they come in: text from the graph, JSON from a caller. A
 * value that cannot be read as its type is unknown, never guessed.
 */
import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs';

export type FactType = 'String' | 'Long' | 'Bool';
export type FactTypes = Readonly<Record<string, FactType>>;
/** null means unknown. */
export type FactValue = string | number | boolean | null;

/** Fact types and purposes of a Cedar schema, with what is wrong about it for the gate. */
export function readFactTypes(schema: SchemaJson<string>): {
  readonly types: FactTypes;
  readonly purposes: readonly string[];
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const types: Record<string, FactType> = {};
  const namespace = schema[''];
  const facts = namespace?.commonTypes?.['Facts'];
  const attributes = facts !== undefined && 'attributes' in facts ? facts.attributes : undefined;
  if (attributes === undefined) faults.push('the schema must declare `type Facts = { … }` outside a namespace');
  for (const [name, attribute] of Object.entries(attributes ?? {})) {
    const type = 'name' in attribute ? attribute.name : attribute.type;
    if (attribute.required === false) faults.push(`fact '${name}' is optional; a missing fact must be unknown, so drop the question mark`);
    if (isFactType(type)) types[name] = type;
    else faults.push(`fact '${name}' must be String, Long or Bool, found ${type}`);
  }
  const actions = namespace?.actions ?? {};
  for (const [name, action] of Object.entries(actions)) {
    if (action.memberOf?.length) faults.push(`purpose '${name}' is in a group; list purposes in the policies instead`);
  }
  return { types, purposes: Object.keys(actions).sort(), faults };
}

/**
 * Reads one value as its type.
 * @returns the value, or null when it is absent, empty or not of that type
 */
export function readFact(type: FactType, value: unknown): FactValue {
  if (value === null || value === undefined || value === '') return null;
  if (type === 'String') return typeof value === 'string' ? value : null;
  if (type === 'Bool') return value === true || value === 'true' ? true : value === false || value === 'false' ? false : null;
  const number = typeof value === 'number' ? value : typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

function isFactType(name: unknown): name is FactType {
  return name === 'String' || name === 'Long' || name === 'Bool';
}
