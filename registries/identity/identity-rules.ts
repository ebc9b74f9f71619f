/**
 * What an operator decides about identities: which values name nobody, how many may share one, what stops a customer from
 * growing without end, which of several declared values counts, and when likeness is worth a person's look. Everything has a
 * shipped default. Refuses what it does not know, all faults at once with their places.
 */
import { z } from 'zod';

import { type Diagnostic, readYaml } from '../../skills/sdk/index.ts';

/** From the one that says most about who somebody is to the one that says least. */
export const identityKinds = ['user', 'loyalty', 'email', 'phone', 'anonymous'] as const;
export type IdentityKind = (typeof identityKinds)[number];

/** What two profiles are compared by. */
export const matchingFields = ['givenName', 'familyName', 'street', 'postalCode', 'city', 'birthYear', 'emailHash', 'phoneHash'] as const;
export type MatchingField = (typeof matchingFields)[number];

/** Values that shops write where they know nobody; letter case says nothing. E-mail addresses and phones are compared hashed. */
const shippedBlockedValues = [
  '',
  '-1',
  'null',
  'undefined',
  'none',
  'nil',
  'nan',
  'n/a',
  'unknown',
  'anonymous',
  'guest',
  'test',
  'test@test.com',
  'test@example.com',
  'noreply@example.com',
  '+10000000000',
  '+0000000000',
] as const;

const shippedBlockedPatterns = ['^[0-]*$'] as const;

const probability = z.number().gt(0).lt(1);

const sharing = (users: number, days: number, confidence: number) =>
  z
    .strictObject({
      users: z
        .int()
        .min(1)
        .max(1000)
        .default(users)
        .describe('More user ids than this that share one of it are a till or a family: it links none of them.'),
      days: z.int().min(0).max(3650).default(days).describe('Within so many days; 0: ever.'),
      confidence: probability.default(confidence).describe('How sure a link by events is; declared, not measured.'),
    })
    .prefault({});

const fieldPolicy = z.discriminatedUnion('policy', [
  z.strictObject({ policy: z.literal('most-recent') }),
  z.strictObject({ policy: z.literal('most-frequent') }),
  z.strictObject({ policy: z.literal('never-overwrite') }),
  z.strictObject({
    policy: z.literal('most-trusted-source'),
    sources: z.array(z.string().min(1)).min(1).describe('The most trusted first; the others come after, the newest first.'),
  }),
]);
export type FieldPolicy = z.infer<typeof fieldPolicy>;

const regularExpression = z.string().superRefine((pattern, context) => {
  try {
    RegExp(pattern, 'iu');
  } catch (error) {
    context.addIssue({ code: 'custom', message: `a regular expression was expected (${error instanceof Error ? error.message : ''})` });
  }
});

const isPermutation = (kinds: readonly string[]): boolean => kinds.length === identityKinds.length && new Set(kinds).size === kinds.length;

export const identityRulesSchema = z.strictObject({
  priority: z
    .array(z.enum(identityKinds))
    .refine(
      (kinds) => isPermutation(kinds) && kinds[0] === 'user',
      `all of ${identityKinds.join(', ')} were expected, once each, user first`,
    )
    .default([...identityKinds])
    .describe('Who gives a customer its name, and which link gives way when two contradict each other: the last one first.'),
  kinds: z
    .strictObject({
      loyalty: sharing(5, 0, 0.99),
      email: sharing(5, 365, 0.98),
      phone: sharing(5, 365, 0.95),
      anonymous: sharing(5, 7, 0.9),
    })
    .prefault({}),
  usersJoinedBy: z
    .array(z.enum(['loyalty', 'email', 'phone', 'anonymous']))
    .default([])
    .describe('Kinds that make one customer of two user ids that share them. None: only an identity-link does.'),
  household: z
    .strictObject({
      phone: z.int().min(1).max(1000).default(4),
      loyalty: z.int().min(1).max(1000).default(4),
    })
    .prefault({})
    .describe(
      'A phone or card that more people share than this links none of them; people are counted by user ids and by e-mail addresses.',
    ),
  breakers: z
    .strictObject({
      degree: z
        .int()
        .min(2)
        .default(50)
        .describe('An identity with more neighbours than this links none of them; anonymous ones are not counted.'),
      size: z
        .int()
        .min(2)
        .default(100)
        .describe('Identities of one customer; a link beyond it is left out. Anonymous ones are not counted.'),
    })
    .prefault({}),
  blocked: z
    .strictObject({
      shipped: z.boolean().default(true).describe('Values and patterns that come with this software.'),
      values: z.array(z.string()).default([]),
      patterns: z.array(regularExpression).default([]).describe('For user, loyalty and anonymous ids; hashes have no shape.'),
    })
    .prefault({}),
  matching: z
    .strictObject({
      reviewAbove: probability.default(0.5).describe('Likenesses below this probability are dropped, others wait for a person.'),
      autoLinkAbove: probability.optional().describe('Links above this probability without a person. Absent: never.'),
      blocking: z
        .array(z.array(z.enum(matchingFields)).min(1).max(3))
        .min(1)
        .default([
          ['emailHash'],
          ['phoneHash'],
          ['familyName', 'postalCode'],
          ['street', 'postalCode'],
          ['givenName', 'familyName'],
          ['givenName', 'birthYear', 'city'],
          ['familyName', 'birthYear'],
        ])
        .describe('Only profiles that agree on all fields of one of these are compared.'),
      maxBlock: z.int().min(2).max(10_000).default(200).describe('Profiles that agree on a rule; larger groups are left out, and counted.'),
    })
    .prefault({})
    .refine(({ autoLinkAbove, reviewAbove }) => autoLinkAbove === undefined || autoLinkAbove >= reviewAbove, {
      path: ['autoLinkAbove'],
      message: 'a probability of at least reviewAbove was expected',
    }),
  fields: z
    .record(z.string(), fieldPolicy)
    .default({})
    .describe('By declared attribute, or `default`: which of several values counts. most-recent when nothing is said.'),
});

export type IdentityRules = z.infer<typeof identityRulesSchema>;

/** The rules of an operator who has declared none. */
export const defaultIdentityRules: IdentityRules = identityRulesSchema.parse({});

export interface IdentityRulesReading {
  /** Absent when there are errors. */
  readonly rules: IdentityRules | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads registries/identity.yaml. An empty file declares the defaults.
 * @param text YAML text
 * @param file name used in diagnostics
 * @param attributes names that `fields` may have
 */
export function readIdentityRules(text: string, file: string, attributes: readonly string[]): IdentityRulesReading {
  // YAML reads an empty file as null.
  const schema = z.preprocess((data) => data ?? {}, identityRulesSchema);
  const { value, diagnostics, positionOf } = readYaml(text, file, schema, 'CONFIG_INVALID');
  if (value === undefined) return { rules: undefined, diagnostics };
  const unknown = Object.keys(value.fields).filter((name) => name !== 'default' && !attributes.includes(name));
  if (unknown.length === 0) return { rules: value, diagnostics };
  return {
    rules: undefined,
    diagnostics: unknown.map((name) => ({
      code: 'CONFIG_INVALID',
      severity: 'error',
      message: `fields: '${name}' is no declared attribute; there are: default, ${attributes.join(', ')}`,
      at: positionOf(['fields', name]),
    })),
  };
}

/** Values that link nobody, in lower case. */
export function blockedValues({ blocked }: IdentityRules): readonly string[] {
  return [...(blocked.shipped ? shippedBlockedValues : []), ...blocked.values].map((value) => value.trim().toLowerCase());
}

/** Patterns of such values. */
export function blockedPatterns({ blocked }: IdentityRules): readonly RegExp[] {
  return [...(blocked.shipped ? shippedBlockedPatterns : []), ...blocked.patterns].map((pattern) => new RegExp(pattern, 'iu'));
}
