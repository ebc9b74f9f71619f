/**
 * Everything that a person is called in stored text: identities as `kind:value`, their bare values, customer ids, and the signals that
 * are theirs. Says whether a text names the person, and writes it again without. E-mail addresses and telephone numbers in the clear are
 * recognised by their hashes. A name that may as well be a word or a number (`offers`, `2025`) is one only where a field is for names, so
 * that who is called like a subscriber or a year takes neither along; and so is the id of a signal, which whoever sent it could choose.
 * Reads and writes no store.
 */
import { createHash } from 'node:crypto';

import { identityKinds } from '../../../registries/identity/identity-rules.ts';
import type { Json } from '../../../skills/sdk/index.ts';
import { type Identity, customerIdOf, ownerOf } from '../identities/identity.ts';

/** Words and short names of several words; numbers, dates and amounts; and whatever is shorter than four characters. */
const plainName = /^(?:.{0,3}|\p{L}+(?:[-_. ]\p{L}+)*|[\d.,:+/-]{1,12})$/su;
const longestWord = 24;

const emailShape = /[^\s"'<>,;:()[\]\\]+@[^\s"'<>,;:()[\]\\]+/g;
const phoneShape = /\+?\d[\d\s().-]{5,20}\d/g;

/**
 * Fields that hold customers by a bare name, in letters alone and lower case; the `id` of an object in one of them is one too. Not those for
 * identities, which have their kind, nor those that persons and subscribers stand in as well.
 */
const customerFields: ReadonlySet<string> = new Set(
  (
    'customer customers customerid customerids bycustomer previousid previousids subject subjects user users userid userids anonymousid ' +
    'loyaltyid loyaltyids emailhash phonehash member members memberid asked ids hubs'
  ).split(' '),
);
/** Fields that hold signals. */
const signalFields: ReadonlySet<string> = new Set('signal signals signalid signalids event events eventid eventids evidence'.split(' '));

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
  return [...names.exact].filter((name) => !isPlain(name)).sort((a, b) => b.length - a.length);
}

/** Whether it may as well be a word or a number about nobody. */
export function isPlain(name: string): boolean {
  return name.length <= longestWord && plainName.test(name);
}

/** Finds and takes out names in text; made once for many texts. */
export interface NameFinder {
  /** Whether a field that is for customers is the person. */
  readonly isCustomer: (field: string) => boolean;
  /** Whether a field that is for signals is one of the person's. */
  readonly isSignal: (field: string) => boolean;
  /** The same of any field. @param key what it is called: a plain name is one only under a key for customers, a signal under one for signals */
  readonly isName: (field: string, key?: string) => boolean;
  /** Whether a text names the person anywhere. @param key as of isName */
  readonly mentions: (text: string, key?: string) => boolean;
  /** The text with the tombstone in place of names. */
  readonly without: (text: string, key?: string) => string;
  /** The same of what somebody typed, where a plain name is one as well, but for parts of numbers and dates. */
  readonly typed: { readonly mentions: (text: string) => boolean; readonly without: (text: string) => string };
}

export function nameFinder(names: PersonNames): NameFinder {
  const tokens = searchedTokens(names);
  const pattern = tokens.length === 0 ? undefined : wordsPattern(tokens);
  const plain = [...names.exact].filter((name) => name.length > 0 && isPlain(name));
  const fielded = [...plain, ...names.signals];
  const quotedPattern = fielded.length === 0 ? undefined : new RegExp(`"(?:${fielded.map(escaped).join('|')})(?=["\\\\])`, 'g');
  const words = plain.filter((name) => name.length > 3).sort((a, b) => b.length - a.length);
  const typedPattern =
    words.length === 0
      ? undefined
      : new RegExp(String.raw`(?<![\p{L}\d]|\d[-.:,/])(?:${words.map(escaped).join('|')})(?![\p{L}\d]|[-.:,/]\d)`, 'gu');
  const emails = new Set(names.identities.flatMap(({ kind, value }) => (kind === 'email' ? [value] : [])));
  const phones = new Set(names.identities.flatMap(({ kind, value }) => (kind === 'phone' ? [value] : [])));
  const isEmail = (found: string): boolean => emails.has(hashOf(found.trim().toLowerCase()));
  const isPhone = (found: string): boolean => {
    const digits = found.replace(/\D/g, '');
    return phones.has(hashOf(digits)) || phones.has(hashOf(`+${digits}`)) || phones.has(hashOf(found.trim()));
  };
  const isCustomer = (field: string): boolean => names.exact.has(field);
  const isSignal = (field: string): boolean => names.signals.has(field);
  const isName = (field: string, key = ''): boolean =>
    (isCustomer(field) && (!isPlain(field) || isFor(customerFields, key))) || (isSignal(field) && isFor(signalFields, key));
  const hasWords = (text: string): boolean => isIn(pattern, text);
  const hasContact = (text: string): boolean =>
    (emails.size > 0 && (text.match(emailShape) ?? []).some(isEmail)) || (phones.size > 0 && (text.match(phoneShape) ?? []).some(isPhone));
  /** Plain names and signals in JSON, by the keys that they stand under. */
  const hasFields = (text: string): boolean => {
    if (!isJson(text) || !isIn(quotedPattern, text)) return false;
    const value = parsed(text);
    return value !== undefined && isAnywhere(value, finder);
  };
  const mentions = (text: string, key = ''): boolean => isName(text, key) || hasWords(text) || hasContact(text) || hasFields(text);
  const withoutContacts = (text: string): string => {
    let left = text;
    if (emails.size > 0) left = left.replace(emailShape, (found) => (isEmail(found) ? names.tombstone : found));
    if (phones.size > 0) left = left.replace(phoneShape, (found) => (isPhone(found) ? names.tombstone : found));
    return left;
  };
  const without = (text: string, key = ''): string =>
    isName(text, key) ? names.tombstone : withoutContacts(pattern ? text.replace(pattern, names.tombstone) : text);
  const finder: NameFinder = {
    isCustomer,
    isSignal,
    isName,
    mentions,
    without,
    typed: {
      mentions: (text) => isCustomer(text) || mentions(text) || isIn(typedPattern, text),
      without: (text) => {
        const left = isCustomer(text) ? names.tombstone : without(text);
        return typedPattern ? left.replace(typedPattern, names.tombstone) : left;
      },
    },
  };
  return finder;
}

function wordsPattern(tokens: readonly string[]): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])(?:${tokens.map(escaped).join('|')})(?![A-Za-z0-9])`, 'g');
}

function isIn(pattern: RegExp | undefined, text: string): boolean {
  if (!pattern) return false;
  pattern.lastIndex = 0;
  return pattern.test(text);
}

function isFor(fields: ReadonlySet<string>, key: string): boolean {
  return fields.has(key.replace(/[^A-Za-z]/g, '').toLowerCase());
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // only looks like JSON
  }
}

/** Whether a value, or JSON inside of it, names the person by a field. */
function isAnywhere(value: Json, finder: NameFinder, key = ''): boolean {
  if (typeof value === 'string') return finder.mentions(value, key);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some((element) => isAnywhere(element, finder, key));
  return (
    isOfPerson(value, finder, key) ||
    fieldsOf(value).some(([name, field]) => finder.mentions(name, key) || isAnywhere(field, finder, calledIn(name, key)))
  );
}

/**
 * A JSON value without the person. In `remove`, an element of an array that is the person, or an object with a field that is, goes; in
 * `blank` it stays in its place with zeros for its numbers, because places have meaning.
 */
export function jsonWithout(value: Json, finder: NameFinder, how: 'remove' | 'blank', key = ''): Json {
  if (typeof value === 'string') return textWithout(value, finder, how, key);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value as readonly Json[]; // what Array.isArray leaves of a Json
    const kept = how === 'remove' ? list.filter((element) => !isOfPerson(element, finder, key)) : list;
    return kept.map((element) => jsonWithout(element, finder, how, key));
  }
  const isOwn = isOfPerson(value, finder, key);
  return Object.fromEntries(
    fieldsOf(value).flatMap(([name, field]): [string, Json][] => {
      if (finder.mentions(name, key)) return how === 'remove' ? [] : [[finder.without(name, key), blanked(field)]];
      if (isOwn && name === 'value' && isIdentity(value, finder)) return [[name, '']];
      const left = jsonWithout(field, finder, how, calledIn(name, key));
      return [[name, isOwn ? blankedNumber(left) : left]];
    }),
  );
}

/** Text that may be JSON itself, such as the body of a message. @param key what the field is called that holds it */
export function textWithout(text: string, finder: NameFinder, how: 'remove' | 'blank', key = ''): string {
  if (!finder.mentions(text, key)) return text;
  const value = isJson(text) ? parsed(text) : undefined;
  return value === undefined ? finder.without(text, key) : JSON.stringify(jsonWithout(value, finder, how, key));
}

function isOfPerson(value: Json, finder: NameFinder, key: string): boolean {
  if (typeof value === 'string') return finder.isName(value, key);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some((field) => typeof field === 'string' && finder.isName(field, key));
  return (
    isIdentity(value, finder) ||
    Object.entries(value).some(([name, field]) => typeof field === 'string' && finder.isName(field, calledIn(name, key)))
  );
}

/** What a field of an object says by its name: an `id` is of what the object stands under. */
function calledIn(name: string, key: string): string {
  return name === 'id' ? key : name;
}

/** `{ kind: 'user', value: '2025' }`, of the person. */
function isIdentity(value: object, finder: NameFinder): boolean {
  const { kind, value: name } = value as { readonly kind?: unknown; readonly value?: unknown };
  return identityKinds.some((one) => one === kind) && typeof name === 'string' && finder.isCustomer(`${String(kind)}:${name}`);
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
