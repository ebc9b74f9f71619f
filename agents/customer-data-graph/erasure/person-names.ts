/**
 * Everything that a person is called in stored text: identities as `kind:value`, their bare values, customer ids, and the signals that
 * are theirs. Says whether a text names the person, and writes it again without. E-mail addresses and telephone numbers in the clear are
 * recognised by their hashes. Reads and writes no store.
 */
import { createHash } from 'node:crypto';

import type { Json } from '../../../skills/sdk/index.ts';
import { type Identity, customerIdOf, ownerOf } from '../identities/identity.ts';

/** A bare value shorter than this is looked for as a whole field only: `17` stands in texts that are about nobody. */
const shortestToken = 4;

const emailShape = /[^\s"'<>,;:()[\]\\]+@[^\s"'<>,;:()[\]\\]+/g;
const phoneShape = /\+?\d[\d\s().-]{5,20}\d/g;

export interface PersonNames {
  readonly identities: readonly Identity[];
  /** `kind:value`, sorted as given. */
  readonly owners: ReadonlySet<string>;
  /** Texts that are the person where they fill a field. */
  readonly exact: ReadonlySet<string>;
  /** What stands in the place of a name afterwards. */
  readonly tombstone: string;
  /** Ids of the person's signals, as far as they are known by now. */
  readonly signals: Set<string>;
}

/**
 * @param ids customer ids that the person had or has
 * @param erasure id of the erasure; random, so that the tombstone says nothing of the person
 */
export function personNames(identities: readonly Identity[], ids: readonly string[], erasure: string): PersonNames {
  const owners = new Set(identities.map(ownerOf));
  return {
    identities,
    owners,
    exact: new Set([...owners, ...identities.map(({ value }) => value), ...identities.map(customerIdOf), ...ids]),
    tombstone: `erased:${erasure}`,
    signals: new Set(),
  };
}

/** Texts to look for inside longer ones, longest first, so that no name is left as the rest of another. */
export function searchedTokens(names: PersonNames): readonly string[] {
  return [...names.exact, ...names.signals].filter((name) => name.length >= shortestToken).sort((a, b) => b.length - a.length);
}

/** Finds and takes out names in text; made once for many texts. */
export interface NameFinder {
  /** Whether a whole field is the person, or one of the person's signals. */
  readonly isName: (field: string) => boolean;
  /** Whether a text names the person anywhere. */
  readonly mentions: (text: string) => boolean;
  /** The text with the tombstone in place of names. */
  readonly without: (text: string) => string;
}

export function nameFinder(names: PersonNames): NameFinder {
  const tokens = searchedTokens(names);
  const pattern = tokens.length === 0 ? undefined : new RegExp(`(?<![A-Za-z0-9])(?:${tokens.map(escaped).join('|')})(?![A-Za-z0-9])`, 'g');
  const emails = new Set(names.identities.flatMap(({ kind, value }) => (kind === 'email' ? [value] : [])));
  const phones = new Set(names.identities.flatMap(({ kind, value }) => (kind === 'phone' ? [value] : [])));
  const isEmail = (found: string): boolean => emails.has(hashOf(found.trim().toLowerCase()));
  const isPhone = (found: string): boolean => {
    const digits = found.replace(/\D/g, '');
    return phones.has(hashOf(digits)) || phones.has(hashOf(`+${digits}`)) || phones.has(hashOf(found.trim()));
  };
  const isName = (field: string): boolean => names.exact.has(field) || names.signals.has(field);
  const mentions = (text: string): boolean => {
    if (isName(text)) return true;
    if (pattern) {
      pattern.lastIndex = 0;
      if (pattern.test(text)) return true;
    }
    return (
      (emails.size > 0 && (text.match(emailShape) ?? []).some(isEmail)) || (phones.size > 0 && (text.match(phoneShape) ?? []).some(isPhone))
    );
  };
  const without = (text: string): string => {
    if (isName(text)) return names.tombstone;
    let left = pattern ? text.replace(pattern, names.tombstone) : text;
    if (emails.size > 0) left = left.replace(emailShape, (found) => (isEmail(found) ? names.tombstone : found));
    if (phones.size > 0) left = left.replace(phoneShape, (found) => (isPhone(found) ? names.tombstone : found));
    return left;
  };
  return { isName, mentions, without };
}

/**
 * A JSON value without the person. In `remove`, an element of an array that is the person, or an object with a field that is, goes; in
 * `blank` it stays in its place with zeros for its numbers, because places have meaning.
 */
export function jsonWithout(value: Json, finder: NameFinder, how: 'remove' | 'blank'): Json {
  if (typeof value === 'string') return textWithout(value, finder, how);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value as readonly Json[]; // what Array.isArray leaves of a Json
    const kept = how === 'remove' ? list.filter((element) => !isOfPerson(element, finder)) : list;
    return kept.map((element) => jsonWithout(element, finder, how));
  }
  const isOwn = isOfPerson(value, finder);
  return Object.fromEntries(
    fieldsOf(value).flatMap(([key, field]): [string, Json][] => {
      if (finder.mentions(key)) return how === 'remove' ? [] : [[finder.without(key), blanked(field)]];
      return [[key, isOwn ? blankedNumber(jsonWithout(field, finder, how)) : jsonWithout(field, finder, how)]];
    }),
  );
}

/** Text that may be JSON itself, such as the body of a message. */
export function textWithout(text: string, finder: NameFinder, how: 'remove' | 'blank'): string {
  if (!finder.mentions(text)) return text;
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.stringify(jsonWithout(JSON.parse(text) as Json, finder, how));
    } catch {
      return finder.without(text); // only looks like JSON
    }
  }
  return finder.without(text);
}

function isOfPerson(value: Json, finder: NameFinder): boolean {
  if (typeof value === 'string') return finder.isName(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some((field) => typeof field === 'string' && finder.isName(field));
  return Object.values(value).some((field) => typeof field === 'string' && finder.isName(field));
}

function blankedNumber(value: Json): Json {
  return typeof value === 'number' ? 0 : value;
}

function blanked(value: Json): Json {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return '';
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? [] : Object.fromEntries(fieldsOf(value).map(([key, field]): [string, Json] => [key, blanked(field)]));
}

function fieldsOf(value: object): readonly (readonly [string, Json])[] {
  return Object.entries(value).filter((field): field is [string, Json] => field[1] !== undefined);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
