/**
 * Recognises most good signals at a fraction of what their schema costs. It only ever says "certainly": certainly the schema would
 * accept this and change nothing of it. Whatever is unusual (a blank at the end, a letter beyond ASCII, a value on its bound) is left
 * to the schema, which alone refuses, and says why.
 */
import { floorOf, type PlannedProperty } from './signals/property-kinds.ts';
import { type SignalType, signalTypeIds, signalTypes, type WireSignal } from './signals/signal-types.ts';

type Claim = (value: unknown) => boolean;

interface PlainType {
  readonly properties: ReadonlyMap<string, { readonly isPlain: Claim; readonly required: boolean }>;
  readonly required: number;
}

const longestText = 200;

/** True when the schema of the type certainly accepts this as it is. */
export function isPlainSignal(raw: object, type: SignalType): raw is WireSignal {
  const plan = plainTypes.get(type);
  if (!plan || !isRecord(raw)) return false;
  let hasId = false;
  let hasAt = false;
  let hasCustomer = false;
  let hasProperties = false;
  for (const key in raw) {
    const value = raw[key];
    if (key === 'type') continue;
    else if (key === 'id') hasId = isPlainText(value);
    else if (key === 'at') hasAt = typeof value === 'string';
    else if (key === 'customer') hasCustomer = isPlainCustomer(value);
    else if (key === 'properties') hasProperties = arePlainProperties(value, plan);
    else if ((key !== 'location' && key !== 'channel' && key !== 'brand') || !isPlainOrEmpty(value)) return false;
  }
  return hasId && hasAt && hasCustomer && hasProperties;
}

function isPlainCustomer(value: unknown): boolean {
  if (!isRecord(value)) return false;
  let identities = 0;
  for (const key in value) {
    identities++;
    if (key === 'userId' || key === 'loyaltyId' || key === 'anonymousId') {
      if (!isPlainText(value[key])) return false;
    } else if ((key !== 'emailHash' && key !== 'phoneHash') || !isPlainHash(value[key])) return false;
  }
  return identities > 0;
}

function arePlainProperties(value: unknown, { properties, required }: PlainType): boolean {
  if (!isRecord(value)) return false;
  let found = 0;
  for (const key in value) {
    const property = properties.get(key);
    if (!property?.isPlain(value[key])) return false;
    if (property.required) found++;
  }
  return found === required;
}

/** A plain object, as JSON has them. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Printable ASCII without blanks at its ends, and without `@`, so that it is no address either. */
function isPlainText(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const last = value.length - 1;
  if (last < 0 || last >= longestText || value.charCodeAt(0) === 0x20 || value.charCodeAt(last) === 0x20) return false;
  for (let at = 0; at <= last; at++) {
    const code = value.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x40) return false;
  }
  return true;
}

function isPlainOrEmpty(value: unknown): boolean {
  return value === '' || isPlainText(value);
}

function isPlainHash(value: unknown): boolean {
  return typeof value === 'string' && value.length === 64 && /^[0-9a-f]*$/.test(value);
}

function isCurrency(value: unknown): boolean {
  return typeof value === 'string' && value.length === 3 && /^[A-Z]*$/.test(value);
}

function isWholeWithin(value: unknown, above: number, below: number): boolean {
  return Number.isSafeInteger(value) && Number(value) > above && Number(value) < below;
}

const never: Claim = () => false;

function claimOf({ kind, values = [], min = -Infinity, max = Infinity }: PlannedProperty): Claim {
  switch (kind) {
    case 'text':
    case 'id':
      return isPlainText;
    case 'text-or-empty':
      return isPlainOrEmpty;
    case 'amount':
    case 'count':
      return (value) => isWholeWithin(value, -1, Infinity);
    case 'quantity':
      return (value) => typeof value === 'number' && value > 0 && value < 1e9;
    case 'seconds':
      return (value) => typeof value === 'number' && value > 0 && value < 31_536_000;
    case 'number':
      // Whole and off its bounds, because the plan does not say whether they belong to it, nor whether fractions do.
      return (value) => isWholeWithin(value, min, max);
    case 'currency':
      return isCurrency;
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'enum': {
      const known = new Set<unknown>(values);
      return (value) => known.has(value);
    }
    default:
      return never;
  }
}

/** A type whose properties are checked together too is left to its schema. */
const plainTypes: ReadonlyMap<SignalType, PlainType> = new Map(
  signalTypeIds
    .filter((type) => (signalTypes[type].properties.def.checks ?? []).length === 0)
    .map((type) => {
      const floor = Object.entries(floorOf(signalTypes[type].properties));
      return [
        type,
        {
          properties: new Map(floor.map(([name, property]) => [name, { isPlain: claimOf(property), required: property.required }])),
          required: floor.filter(([, { required }]) => required).length,
        },
      ] as const;
    }),
);
