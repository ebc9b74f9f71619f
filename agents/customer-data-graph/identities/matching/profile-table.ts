/** Profiles as columns of codes: equal codes are equal values, so that most comparisons are of two integers. */
import { type MatchingField, matchingFields } from '../../../../registries/identity/identity-rules.ts';
import { compareText } from '../../../../skills/sdk/index.ts';
import { type PackedTexts, packTexts } from './jaro-winkler.ts';
import { normaliseCode, normaliseName, normaliseStreet } from './normalise.ts';

/** Values by field, one per profile; '' for unknown. Profiles in an order that does not depend on how they came. */
export type ProfileValues = Readonly<Record<MatchingField, readonly string[]>>;

export interface ProfileField {
  /** By profile, the code of its value; 0 for unknown. */
  readonly codes: Int32Array;
  /** By code, how many profiles have the value; of code 0 none. */
  readonly frequency: Int32Array;
  /** By code; text 0 is empty. */
  readonly texts: PackedTexts;
  /** Profiles that have a value. */
  readonly known: number;
}

export interface ProfileTable {
  readonly rows: number;
  readonly fields: Readonly<Record<MatchingField, ProfileField>>;
}

const normalisers: Readonly<Record<MatchingField, (text: string) => string>> = {
  givenName: normaliseName,
  familyName: normaliseName,
  street: normaliseStreet,
  postalCode: normaliseCode,
  city: normaliseName,
  birthYear: normaliseCode,
  emailHash: (hash) => hash,
  phoneHash: (hash) => hash,
};

export function makeProfileTable(values: ProfileValues): ProfileTable {
  const fields = Object.fromEntries(matchingFields.map((name) => [name, encode(values[name], normalisers[name])]));
  return { rows: values.givenName.length, fields: fields as ProfileTable['fields'] }; // one entry per field by construction
}

function encode(values: readonly string[], normalise: (text: string) => string): ProfileField {
  const normalised = new Map<string, string>();
  for (const value of values) if (!normalised.has(value)) normalised.set(value, normalise(value));
  const texts = ['', ...new Set([...normalised.values()].filter((text) => text !== ''))].sort(compareText);
  const codeOf = new Map(texts.map((text, code) => [text, code]));
  const codes = Int32Array.from(values, (value) => codeOf.get(normalised.get(value) ?? '') ?? 0);
  const frequency = new Int32Array(texts.length);
  let known = 0;
  for (const code of codes) {
    if (code === 0) continue;
    frequency[code] = (frequency[code] ?? 0) + 1;
    known += 1;
  }
  return { codes, frequency, texts: packTexts(texts), known };
}
