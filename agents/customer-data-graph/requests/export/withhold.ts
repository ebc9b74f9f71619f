/**
 * What no answer discloses, whoever asks: numbers of identity documents and accounts, passwords, biometrics. Found by the name of a
 * field and by the form of a value; what stands in its place says which kind is held. Pure.
 * @see 11 CCR § 7024(d)
 */
import type { z } from 'zod';

import type { Json } from '../../../../skills/sdk/index.ts';

const namedKinds: readonly (readonly [names: RegExp, kind: string])[] = [
  [/^(?:ssn|socialsecurity(?:number|no)?|sin|nino|taxid|tin|nationalid(?:number)?|personalid(?:number)?)$/, 'social security number'],
  [
    /^(?:passport(?:number|no)?|driver'?s?licen[cs]e(?:number|no)?|driving?licen[cs]e(?:number|no)?|idcard(?:number|no)?|governmentid)$/,
    "driver's licence or other government-issued identification number",
  ],
  [
    /^(?:iban|bic|account(?:number|no)|bankaccount(?:number|no)?|card(?:number|no)|creditcard(?:number|no)?|debitcard(?:number|no)?|pan|cvv|cvc|routingnumber|sortcode)$/,
    'financial account number',
  ],
  [
    /^(?:healthinsurance(?:id|number|no)?|medicalid(?:number)?|insurance(?:id|number|no)|nhsnumber|patient(?:id|number))$/,
    'health insurance or medical identification number',
  ],
  [
    /^(?:password|passwd|passcode|pin|secret|securityquestion|securityanswer|recoverycode|otp)$/,
    'account password, or security question and answer',
  ],
  [
    /^(?:biometrics?|fingerprints?|face(?:print|template|id)|voice(?:print|template)|iris(?:scan)?|retina(?:scan)?)$/,
    'unique biometric data',
  ],
];

const valuedKinds: readonly (readonly [isIt: (text: string) => boolean, kind: string])[] = [
  [(text) => /(?<!\d)(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?!\d)/.test(text), 'social security number'],
  [(text) => (text.match(/(?<![\dA-Za-z])[2-6](?:[ -]?\d){13,18}(?![\dA-Za-z])/g) ?? []).some(isCardNumber), 'financial account number'],
  [
    (text) => (text.match(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g) ?? []).some(isIban),
    'financial account number',
  ],
];

export interface Withheld {
  /** Kind → how often. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly count: (kind: string) => void;
}

export function withheldCounter(): Withheld {
  const kinds = new Map<string, number>();
  return { kinds, count: (kind) => void kinds.set(kind, (kinds.get(kind) ?? 0) + 1) };
}

/** The value with what is never disclosed replaced. @param counter told of every place */
export function disclosable(value: Json, counter: Withheld): z.core.util.JSONType {
  if (typeof value === 'string') return disclosableText(value, counter);
  if (typeof value === 'number') {
    // Instants and measures are numbers as well; of those that are long enough only whole ones can be the number of a card.
    if (!Number.isSafeInteger(value) || value < 1e14) return value;
    const text = disclosableText(String(value), counter);
    return text === String(value) ? value : text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => disclosable(one, counter)); // what Array.isArray leaves of a Json
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): [string, z.core.util.JSONType][] => {
      if (field === undefined) return [];
      const kind = kindOfName(name);
      return [[name, kind === undefined || field === null || field === '' ? disclosable(field, counter) : replaced(kind, counter)]];
    }),
  );
}

/** The same of a text. */
export function disclosableText(text: string, counter: Withheld): string {
  const kind = valuedKinds.find(([isIt]) => isIt(text))?.[1];
  return kind === undefined ? text : replaced(kind, counter);
}

function kindOfName(name: string): string | undefined {
  const bare = name.toLowerCase().replaceAll(/[\s_.-]+/g, '');
  return namedKinds.find(([names]) => names.test(bare))?.[1];
}

function replaced(kind: string, counter: Withheld): string {
  counter.count(kind);
  return `[held, and not disclosed: ${kind}]`;
}

/** @see ISO/IEC 7812-1, annex B (Luhn) */
function isCardNumber(text: string): boolean {
  const digits = Array.from(text.replaceAll(/\D/g, ''), Number);
  if (digits.length < 14 || digits.length > 19 || digits.every((digit) => digit === digits[0])) return false;
  const sum = digits.reverse().reduce((total, digit, at) => total + (at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return sum % 10 === 0;
}

/** @see ISO 13616, modulo 97 */
function isIban(text: string): boolean {
  const bare = text.replaceAll(' ', '');
  if (bare.length < 15 || bare.length > 34) return false;
  let rest = 0;
  for (const character of bare.slice(4) + bare.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
