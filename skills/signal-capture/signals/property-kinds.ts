/**
 * The kinds that properties of signals have: the small vocabulary of the tracking plan, each kind one schema. What a type
 * demands is written once, in its schema; `floorOf` reads it back in this vocabulary.
 */
import { z } from 'zod';

import { parseIsoInstant } from '../core/civil-date.ts';
import { amountMinor, count, currency, identity, optionalText, plainId, prose, quantity, seconds, text } from './signal-parts.ts';

export const propertyKinds = [
  'text',
  'text-or-empty',
  'prose',
  'id',
  'text-or-number',
  'number',
  'count',
  'quantity',
  'seconds',
  'amount',
  'currency',
  'boolean',
  'enum',
  'instant',
  'identity',
] as const;

export type PropertyKind = (typeof propertyKinds)[number];

/** What a plan says of one property. */
export interface PlannedProperty {
  readonly kind: PropertyKind;
  readonly required: boolean;
  /** Of an enum. */
  readonly values?: readonly string[] | undefined;
  /** Of a number; inclusive. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** An ISO 8601 date or date-time. */
export const instant = z
  .string()
  .refine((value) => parseIsoInstant(value) !== undefined, 'an ISO 8601 date or date-time such as 2026-01-31T12:00:00Z was expected');

export const textOrNumber = z.union([text, z.number()]);

const schemas = {
  text,
  'text-or-empty': optionalText,
  prose,
  id: plainId,
  'text-or-number': textOrNumber,
  count,
  quantity,
  seconds,
  amount: amountMinor,
  currency,
  instant,
  identity,
} as const;

/** The schema of a planned property that is there. */
export function schemaOf({ kind, values, min, max }: PlannedProperty): z.ZodType {
  if (kind === 'boolean') return z.boolean('true or false was expected');
  if (kind === 'enum') return z.enum((values ?? []) as readonly [string, ...string[]]); // an enum without values accepts nothing
  const schema: z.ZodType = kind === 'number' ? z.number('a number was expected') : schemas[kind];
  if (min === undefined && max === undefined) return schema;
  return schema.refine((value) => typeof value !== 'number' || (value >= (min ?? -Infinity) && value <= (max ?? Infinity)), {
    message: `a number ${min === undefined ? '' : `of at least ${min} `}${max === undefined ? '' : `of at most ${max} `}was expected`,
  });
}

/** The properties of a schema in the vocabulary of the plan. */
export function floorOf(properties: z.ZodObject): Readonly<Record<string, PlannedProperty>> {
  return Object.fromEntries(Object.entries(properties.shape).map(([name, schema]) => [name, describe(schema)]));
}

function describe(schema: unknown): PlannedProperty {
  if (schema instanceof z.ZodOptional) return { ...describe(schema.def.innerType), required: false };
  for (const [kind, known] of Object.entries(schemas)) if (known === schema) return { kind: kind as PropertyKind, required: true }; // a key of schemas
  if (schema instanceof z.ZodEnum) return { kind: 'enum', values: schema.options.map(String), required: true };
  if (schema instanceof z.ZodBoolean) return { kind: 'boolean', required: true };
  if (schema instanceof z.ZodNumber) return { kind: 'number', required: true, ...bounds(schema) };
  throw new TypeError('a property has a schema that is not one of the kinds of the tracking plan');
}

function bounds({ minValue, maxValue }: z.ZodNumber): Pick<PlannedProperty, 'min' | 'max'> {
  return {
    ...(minValue !== null && Number.isFinite(minValue) ? { min: minValue } : {}),
    ...(maxValue !== null && Number.isFinite(maxValue) ? { max: maxValue } : {}),
  };
}
