/**
 * JSON Schema as every client can read it: no `$schema`, no `$ref`, no empty schema, no keyword that only some clients know.
 */
import { z } from 'zod';

/** Keywords that add nothing for a caller and that some clients refuse. */
const dropped = new Set(['$schema', 'propertyNames', '~standard', 'id']);
const safeInteger = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

/** @param io which side: what a caller may send, or what an answer holds */
export function portableSchema(schema: z.ZodObject, io: 'input' | 'output'): Record<string, unknown> {
  const converted: unknown = z.toJSONSchema(schema, { target: 'draft-2020-12', io, reused: 'inline' });
  return { type: 'object', properties: {}, ...cleaned(converted, false) };
}

/** @param isPropertyMap inside `properties` the keys are names of fields, not keywords */
function cleaned(node: unknown, isPropertyMap: boolean): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node ?? {})) {
    if (!isPropertyMap && dropped.has(key)) continue;
    if (!isPropertyMap && key === 'properties' && typeof value === 'object' && Object.keys(value ?? {}).length === 0) continue;
    if ((key === 'maximum' || key === 'minimum') && typeof value === 'number' && safeInteger.has(value)) continue;
    result[key] = cleanedValue(value, !isPropertyMap && key === 'properties');
  }
  return result;
}

function cleanedValue(value: unknown, isPropertyMap: boolean): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => (typeof item === 'object' ? cleanedValue(item, false) : item));
  if (typeof value !== 'object' || value === null) return value;
  // `{}` and `true` both mean "anything"; some clients refuse the first.
  if (Object.keys(value).length === 0) return true;
  return cleaned(value, isPropertyMap);
}
