/**
 * The pieces that signal schemas are made of. Text is trimmed, bounded and free of control characters; an e-mail address in
 * clear is refused wherever an identity is expected, so that none reaches the log.
 */
import { z } from 'zod';

/** Longest text of an identifying field, in UTF-16 units. */
const maxTextLength = 200;

// eslint-disable-next-line no-control-regex
const controlCharacters = /[\u0000-\u001f\u007f]/;
const emailAddress = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const cleanText = (longest: number) =>
  z
    .string('text was expected')
    .trim()
    .max(longest, `at most ${longest} characters were expected`)
    .refine((value) => !controlCharacters.test(value) && value.isWellFormed(), 'text without control characters was expected');

/** Text that says something. */
export const text = cleanText(maxTextLength).refine((value) => value.length > 0, 'text that is not empty was expected');

/** Text that may be empty. */
export const optionalText = cleanText(maxTextLength);

/** What a person wrote: longer, and line breaks are theirs. */
export const prose = z
  .string('text was expected')
  .max(4000, 'at most 4000 characters were expected')
  .refine((value) => value.isWellFormed(), 'well-formed Unicode was expected');

/** An identity that is not an e-mail address. */
export const plainId = text.refine(
  // Longer text is refused already; the pattern would take the square of its length.
  (value) => value.length > maxTextLength || !emailAddress.test(value),
  'an e-mail address in clear is refused; send its SHA-256 as customer.emailHash',
);

/** SHA-256 of an e-mail address (trimmed, lower case) as hex. */
export const emailHash = z
  .string('text was expected')
  .trim()
  .refine(
    (value) => !value.includes('@'),
    'an e-mail address in clear is refused; send the SHA-256 of the trimmed lower-case address as 64 hex digits',
  )
  .refine((value) => value.includes('@') || /^[0-9a-fA-F]{64}$/.test(value), '64 hex digits (a SHA-256) were expected')
  .transform((value) => value.toLowerCase());

/** SHA-256 of a phone number in E.164 form as hex. */
export const phoneHash = z
  .string('text was expected')
  .trim()
  .regex(/^[0-9a-fA-F]{64}$/, '64 hex digits (the SHA-256 of the number in E.164 form) were expected')
  .transform((value) => value.toLowerCase());

/** Minor units, such as cents. */
export const amountMinor = z
  .number('an amount in minor units was expected')
  .refine((value) => Number.isSafeInteger(value), 'a whole number of minor units was expected')
  .refine((value) => value >= 0, 'an amount of zero or more was expected');

export const currency = z
  .string('an ISO 4217 code such as EUR was expected')
  .regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as EUR was expected');

export const quantity = z.number('a number was expected').positive('a quantity above zero was expected').max(1e9);

export const count = z.int('a whole number was expected').min(0);

export const seconds = z.number('seconds were expected').min(0).max(31_536_000);

/** Which identity of the customer a link is about. */
export const identity = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), value: plainId }),
  z.strictObject({ kind: z.literal('email'), value: emailHash }),
  z.strictObject({ kind: z.literal('loyalty'), value: plainId }),
  z.strictObject({ kind: z.literal('phone'), value: phoneHash }),
  z.strictObject({ kind: z.literal('anonymous'), value: plainId }),
]);

/** One signal type: what it is called, what it says, which properties it has. */
export interface SignalTypeDefinition {
  readonly title: string;
  /** One sentence: what the customer did. */
  readonly says: string;
  readonly properties: z.ZodObject;
}
