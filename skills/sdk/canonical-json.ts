/**
 * Canonical JSON (RFC 8785): one byte string per value, so that digests of values mean something. Refuses what JSON
 * cannot carry faithfully: non-finite numbers, lone surrogates, undefined inside arrays, bigint, functions.
 */
import { CohortiumError } from './errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * RFC 8785 text of a value. Keys with an undefined value are left out, as JSON.stringify does.
 * @throws {CohortiumError} ARGUMENT_INVALID for a value that JSON cannot carry
 * @see RFC 8785, "JSON Canonicalization Scheme"
 */
export function canonicalJson(value: unknown): string {
  return writeFlat(value) ?? write(value, '$');
}

/** The same for an object of texts, numbers and booleans, which most are, several times as fast; undefined for any other. */
function writeFlat(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const record = value as Readonly<Record<string, unknown>>; // a plain object by the check above
  const keys = Object.keys(record);
  let isSorted = true;
  let before = '';
  for (const key of keys) {
    if (!isFlat(record[key]) || !key.isWellFormed()) return undefined;
    isSorted &&= before <= key;
    before = key;
  }
  return isSorted
    ? JSON.stringify(record)
    : `{${keys
        .sort()
        .map((key) => `${JSON.stringify(key)}:${JSON.stringify(record[key])}`)
        .join(',')}}`;
}

function isFlat(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'boolean';
}

function write(value: unknown, path: string): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw refuse(path, String(value));
      return JSON.stringify(value);
    case 'string':
      if (!value.isWellFormed()) throw refuse(path, 'a string with a lone surrogate');
      return JSON.stringify(value);
    case 'object': {
      if (Array.isArray(value)) return `[${value.map((item, index) => write(item, `${path}[${index}]`)).join(',')}]`;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) throw refuse(path, 'an object with a class');
      const record = value as Readonly<Record<string, unknown>>; // a plain object by the check above
      // RFC 8785 sorts by UTF-16 code units, which is what the default sort does.
      const keys = Object.keys(record)
        .filter((key) => record[key] !== undefined)
        .sort();
      return `{${keys.map((key) => `${write(key, path)}:${write(record[key], `${path}.${key}`)}`).join(',')}}`;
    }
    default:
      throw refuse(path, `a ${typeof value}`);
  }
}

function refuse(path: string, found: string): CohortiumError {
  return new CohortiumError('ARGUMENT_INVALID', `canonical JSON cannot carry ${found} at ${path}`);
}
