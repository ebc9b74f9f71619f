/**
 * A message as the quarantine may keep it: JSON, with e-mail addresses as their SHA-256 and phone numbers left out, bounded in
 * depth and length. A correction can still name the customer by the hash.
 */
import { hash } from 'node:crypto';

/** Levels of arrays and objects in one message; signals need six. */
const deepestNesting = 100;
/** Levels that are kept of a message that has more. */
const keptLevels = 8;
/** Of a text inside a message that is too large. */
const keptText = 1024;

/** Looks only where a word begins: begun at each letter, it would take the square of the length on text without an address. */
const emailAddress = /(?<![^\s"'<>(),;:@])[^\s"'<>(),;:@]+@[^\s"'<>(),;:@]+\.[^\s"'<>(),;:@]+/g;
const phoneNumber = /\+\d[\d\s().-]{6,}\d/g;
const phoneName = /phone|mobile|msisdn|^tel$|^cell$/i;

/**
 * The JSON text of a message without what must not be kept in clear, and without `sentAt`, which is another one each time that a
 * message is sent again: its text says whether it was in the quarantine before.
 */
export function withheldText(message: unknown): string {
  const isDeep = jsonSizeBound(message) === Number.POSITIVE_INFINITY;
  return JSON.stringify(withheld(keepable(message), isDeep ? keptLevels : deepestNesting, false)) ?? 'null';
}

/** The same, cut to the beginning of each of its texts. */
export function beginningOf(message: unknown): string {
  return JSON.stringify(withheld(keepable(message), keptLevels, true)) ?? 'null';
}

/** Without `sentAt`, and with the data of a CloudEvent as JSON: in base64 nobody would see the addresses in it. */
function keepable(message: unknown): unknown {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return message;
  const { sentAt: _sentAt, data_base64: encoded, ...rest } = message as Readonly<Record<string, unknown>>; // an object of parsed JSON
  if (encoded === undefined) return rest;
  const data = typeof encoded === 'string' ? decoded(encoded) : undefined;
  return data === undefined ? { ...rest, data_base64: '…' } : { ...rest, data };
}

function decoded(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch {
    return undefined; // no JSON, so that nothing can be looked for in it
  }
}

/**
 * At least the bytes that a value takes as JSON; infinite when it is nested more than 100 levels deep. Much cheaper than the JSON.
 * @param value parsed JSON
 */
export function jsonSizeBound(value: unknown, levels = deepestNesting): number {
  // A UTF-16 unit becomes six bytes at most, as in \u0000.
  if (typeof value === 'string') return value.length * 6 + 3;
  if (typeof value !== 'object' || value === null) return 25;
  if (levels === 0) return Number.POSITIVE_INFINITY;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) size += 1 + jsonSizeBound(item, levels - 1);
    return size;
  }
  const record = value as Readonly<Record<string, unknown>>; // an object of parsed JSON
  for (const name in record) size += name.length * 6 + 4 + jsonSizeBound(record[name], levels - 1);
  return size;
}

function withheld(value: unknown, levels: number, isCut: boolean): unknown {
  if (typeof value === 'string') return withoutAddresses(isCut ? value.slice(0, keptText).toWellFormed() : value);
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return (isCut ? value.slice(0, keptText) : value).map((item: unknown) => withheld(item, levels - 1, isCut));
  const entries = Object.entries(value).map(([name, item]): readonly [string, unknown] => [
    withoutAddresses(name),
    phoneName.test(name) && (typeof item === 'string' || typeof item === 'number') ? '…' : withheld(item, levels - 1, isCut),
  ]);
  return Object.fromEntries(isCut ? entries.slice(0, keptText) : entries);
}

function withoutAddresses(text: string): string {
  if (text.includes('@'))
    return withoutPhones(text.replace(emailAddress, (address) => hash('sha256', address.trim().toLowerCase(), 'hex')));
  return withoutPhones(text);
}

function withoutPhones(text: string): string {
  return text.includes('+') ? text.replace(phoneNumber, '…') : text;
}
