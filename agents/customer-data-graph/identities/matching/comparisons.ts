/**
 * How two profiles are compared: six comparisons, each with a few levels of agreement. Street, postcode and town are one comparison,
 * because a town follows from a postcode and would be counted twice. Level 0 is unknown: it says nothing for or against.
 */
import { jaroWinkler } from './jaro-winkler.ts';
import type { ProfileField, ProfileTable } from './profile-table.ts';

export const comparisonNames = ['givenName', 'familyName', 'address', 'birthYear', 'emailHash', 'phoneHash'] as const;
export type ComparisonName = (typeof comparisonNames)[number];

/** Levels from 1 on, what each says. */
export const comparisonLevels: Readonly<Record<ComparisonName, readonly string[]>> = {
  givenName: ['differs', 'alike', 'nearly the same', 'the same'],
  familyName: ['differs', 'alike', 'nearly the same', 'the same'],
  address: ['differs', 'same postcode or town', 'nearly the same street there', 'the same street and postcode'],
  birthYear: ['differs', 'the same'],
  emailHash: ['differs', 'the same'],
  phoneHash: ['differs', 'the same'],
};

/** Jaro–Winkler similarity from which names are alike, and nearly the same. */
const alike = 0.88;
const nearlySame = 0.94;
const nearlySameStreet = 0.92;

/** With the unknown one; comparePair counts on them. */
const levelCounts = [5, 5, 5, 3, 3, 3] as const;

/** Combinations of levels, unknown ones included. */
export const patternCount = levelCounts.reduce((product, count) => product * count, 1);

/** The level of one comparison in a pattern. */
export function levelIn(pattern: number, comparison: number): number {
  let rest = pattern;
  for (let index = 0; index < comparison; index++) rest = Math.floor(rest / (levelCounts[index] ?? 1));
  return rest % (levelCounts[comparison] ?? 1);
}

/** All levels of a pair of profiles in one number, in the order of comparisonNames. */
export function comparePair({ fields }: ProfileTable, left: number, right: number): number {
  const { givenName, familyName } = fields;
  let given = nameLevel(givenName, left, right);
  let family = nameLevel(familyName, left, right);
  if (given <= 1 && family <= 1 && given + family > 0 && areSwapped(givenName, familyName, left, right)) given = family = 3;
  const address = addressLevel(fields, left, right);
  const hashes = exactLevel(fields.emailHash, left, right) + 3 * exactLevel(fields.phoneHash, left, right);
  return given + 5 * (family + 5 * (address + 5 * (exactLevel(fields.birthYear, left, right) + 3 * hashes)));
}

function exactLevel({ codes }: ProfileField, left: number, right: number): number {
  if (codes[left] === 0 || codes[right] === 0) return 0;
  return codes[left] === codes[right] ? 2 : 1;
}

function nameLevel({ codes, texts }: ProfileField, left: number, right: number): number {
  const [a, b] = [codes[left] ?? 0, codes[right] ?? 0];
  if (a === 0 || b === 0) return 0;
  if (a === b) return 4;
  const similarity = jaroWinkler(texts, a, b);
  return similarity >= nearlySame ? 3 : similarity >= alike ? 2 : 1;
}

/** The family name stands where the given name should, on one of the two sides. */
function areSwapped(given: ProfileField, family: ProfileField, left: number, right: number): boolean {
  return sameText(given, left, family, right) && sameText(family, left, given, right);
}

function sameText(one: ProfileField, left: number, other: ProfileField, right: number): boolean {
  const [a, b] = [one.codes[left] ?? 0, other.codes[right] ?? 0];
  const [startA, startB] = [one.texts.starts[a] ?? 0, other.texts.starts[b] ?? 0];
  const length = (one.texts.starts[a + 1] ?? 0) - startA;
  if (a === 0 || b === 0 || length !== (other.texts.starts[b + 1] ?? 0) - startB) return false;
  for (let at = 0; at < length; at++) if (one.texts.units[startA + at] !== other.texts.units[startB + at]) return false;
  return true;
}

function addressLevel({ street, postalCode, city }: ProfileTable['fields'], left: number, right: number): number {
  const code = exactLevel(postalCode, left, right);
  const town = nameLevel(city, left, right);
  if (code === 0 && town === 0) return 0;
  const isThere = code === 2 || town >= 3;
  const [a, b] = [street.codes[left] ?? 0, street.codes[right] ?? 0];
  if (a === 0 || b === 0) return isThere ? 2 : 1;
  if (!isThere) return 1;
  if (a === b && code === 2) return 4;
  return a === b || jaroWinkler(street.texts, a, b) >= nearlySameStreet ? 3 : 2;
}
