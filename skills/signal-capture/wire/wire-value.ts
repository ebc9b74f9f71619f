/**
 * From a value on the wire to the value of a property: numbers that came as text, ids that came as numbers, addresses without
 * their query. What cannot be brought into shape is passed on as it is, so that the refusal shows what was found.
 */
import type { CompiledSource } from '../plan/compiled-registry.ts';
import { eventKey } from '../plan/compiled-registry.ts';
import { firstValue, type MessageParts, ownValue } from '../plan/wire-path.ts';
import type { PropertyKind } from '../signals/property-kinds.ts';
import { idText, writtenIdentity } from './clear-identity.ts';

/** The value of a property; undefined when the message has none. */
export function takeValue(source: CompiledSource, parts: MessageParts): unknown {
  const { values, otherwise, kind, from } = source;
  const found = firstValue(parts, from);
  if (found === undefined) return otherwise;
  if (!values) return shaped(source.as, kind, found) ?? otherwise;
  const text = idText(found);
  return (text === undefined ? undefined : values.get(eventKey(text.slice(0, 200)))) ?? otherwise ?? found;
}

function shaped(as: CompiledSource['as'], kind: PropertyKind, found: unknown): unknown {
  switch (as) {
    case 'address':
      return typeof found === 'string' ? withoutQuery(found) : found;
    case 'year':
      return yearOf(found);
    case 'region':
      return regionOf(found);
    case 'country':
      return regionOf(found)?.slice(0, 2);
    case 'milliseconds': {
      const ms = asNumber(found);
      return typeof ms === 'number' ? ms / 1000 : ms;
    }
    default:
      return ofKind(kind, found);
  }
}

function ofKind(kind: PropertyKind, found: unknown): unknown {
  switch (kind) {
    case 'text':
    case 'text-or-empty':
    case 'prose':
    case 'id':
    case 'instant':
      return typeof found === 'number' || typeof found === 'boolean' ? String(found) : found;
    case 'number':
    case 'count':
    case 'quantity':
    case 'seconds':
      return asNumber(found);
    case 'currency':
      return typeof found === 'string' ? found.trim().toUpperCase() : found;
    case 'boolean':
      return found === 'true' ? true : found === 'false' ? false : found;
    case 'identity':
      return writtenIdentity(found) ?? found;
    default:
      return found;
  }
}

function asNumber(found: unknown): unknown {
  return typeof found === 'string' && /^\s*-?\d{1,15}(\.\d{1,15})?\s*$/.test(found) ? Number(found) : found;
}

/** Queries and fragments name people: tokens, addresses, searches. */
function withoutQuery(address: string): string | undefined {
  const end = address.search(/[?#]/);
  const text = (end < 0 ? address : address.slice(0, end)).trim();
  return text === '' ? undefined : text;
}

function yearOf(found: unknown): string | undefined {
  const text = idText(found);
  return text !== undefined && text.length <= 40 ? /^(\d{4})(?:$|-\d{2}-\d{2})/.exec(text)?.[1] : undefined;
}

/** ISO 3166 country or subdivision, of text such as `us-ca` or an address with `country` and `state` in codes. */
function regionOf(found: unknown): string | undefined {
  if (typeof found === 'string') return /^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?$/.test(found.trim()) ? found.trim().toUpperCase() : undefined;
  const country = ownValue(found, 'country');
  const state = ownValue(found, 'state');
  if (typeof country !== 'string' || !/^[A-Za-z]{2}$/.test(country.trim())) return undefined;
  const code = typeof state === 'string' && /^[A-Za-z0-9]{1,3}$/.test(state.trim()) ? `-${state.trim()}` : '';
  return `${country.trim()}${code}`.toUpperCase();
}
