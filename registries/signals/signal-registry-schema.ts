/**
 * The shape of the signal registry: the shipped file, and the files of an operator that change or add to it. Both are strict: a
 * key that is not known is an error, because a misspelt policy would be no policy.
 */
import { z } from 'zod';

const kinds = [
  'text',
  'text-or-empty',
  'prose',
  'id',
  'text-or-number',
  'number',
  'count',
  'quantity',
  'seconds',
  'amount',
  'currency',
  'boolean',
  'enum',
  'instant',
  'identity',
] as const;
const identities = ['user', 'loyalty', 'email', 'phone', 'anonymous'] as const;
const calls = ['track', 'page', 'screen', 'identify', 'alias', 'group'] as const;

const word = z.string().min(1).max(200);
const paths = z.array(word.describe('Path into the message: `sku` is properties.sku; also line., traits., context., message.'));
const constant = z.union([z.string(), z.number(), z.boolean()]);

const limits = {
  values: z.array(word).min(1).optional().describe('Of an enum.'),
  min: z.number().optional(),
  max: z.number().optional(),
};
const property = z.strictObject({ kind: z.enum(kinds).describe('What the value is.'), required: z.boolean().default(false), ...limits });
const propertyChange = z.strictObject({ kind: z.enum(kinds).optional(), required: z.boolean().optional(), ...limits });

const source = z.union(
  [
    paths.min(1).transform((from) => ({ from })),
    z.strictObject({
      from: paths.min(1),
      as: z.enum(['address', 'year', 'region', 'country', 'milliseconds']).optional().describe('The shape that the value is brought into.'),
      values: z.record(z.string(), z.string()).optional().describe('Text on the wire → value.'),
      otherwise: constant.optional().describe('Without a value, or with one that `values` does not know.'),
    }),
  ],
  'a list of paths, or { from, as, values, otherwise } was expected',
);

const rule = z.strictObject({
  call: z.enum(calls).default('track'),
  events: z.array(word).default([]).describe('Event names of the Segment specs, which RudderStack, Jitsu and PostHog share.'),
  ga4: z.array(word).default([]).describe('Event names of Google Analytics 4.'),
  own: z.array(word).default([]).describe('Event names that no spec has.'),
  when: paths.default([]).describe('The rule holds when one of these has a value.'),
  each: paths.default([]).describe('One signal per item of the first list found.'),
  set: z.record(z.string(), constant).default({}).describe('Properties with a fixed value.'),
  take: z.record(z.string(), source).default({}).describe('Properties and where they come from.'),
  amount: z
    .strictObject({ total: paths.default([]), price: paths.default([]), pieces: paths.default([]) })
    .optional()
    .describe('Money in major units: the whole, else price times pieces.'),
  channel: word.optional().describe('Channel when the message names none.'),
  links: z.enum(['together', 'previous']).optional(),
  consents: paths.default([]),
  ignore: z.array(word).default([]).describe('Properties that are known and not kept.'),
});

const surprises = z.strictObject({
  events: z.enum(['block', 'omit']).describe('Events that no type claims.'),
  properties: z.enum(['block', 'omit', 'allow']).describe('Properties that the plan does not name.'),
  invalid: z.enum(['block', 'omit']).describe('Optional properties with a value that the plan does not accept.'),
});
const typeSurprises = surprises.omit({ events: true });

const subject = z.array(z.enum(identities)).min(1).describe('Identities that a signal may carry.');
const version = z.int().min(1);
const days = z.int().min(1).max(36_500);
const hours = z.number().positive().max(87_600);

const typeSchema = z.strictObject({
  version,
  title: word,
  says: word.max(500),
  purpose: word.max(500).describe('Why it is captured.'),
  retentionDays: days,
  freshnessHours: hours,
  subject: subject.optional(),
  surprises: typeSurprises.partial().optional(),
  properties: z.record(z.string(), property),
  names: z.array(rule).min(1),
});

const identityPaths = z.strictObject({
  user: paths,
  loyalty: paths,
  email: paths,
  emailHash: paths,
  phone: paths,
  phoneHash: paths,
  anonymous: paths,
  externalIds: z.record(z.string(), z.enum(identities)),
});
const placePaths = z.strictObject({ location: paths, channel: paths, brand: paths });
const consent = z.strictObject({
  from: z.enum(['every-message', 'changes']).describe('Whether categories are read from every message or from consent events only.'),
  categories: z.record(z.string(), z.array(z.string())).describe('Category of the consent manager → purposes.'),
});
const ignored = z.strictObject({ properties: z.array(word), traits: z.array(word) });

/** registries/signals/signal-types.yaml, the shipped file. */
export const signalTypesSchema = z.strictObject({
  version,
  defaults: z.strictObject({ subject, surprises }),
  identities: identityPaths,
  places: placePaths,
  consent,
  passes: z.record(z.string(), word),
  ignored,
  types: z.record(z.string(), typeSchema),
});

/** registries/signals/*.yaml of an operator: what is changed or added, and nothing else. */
export const signalPlanSchema = z.strictObject({
  id: word.optional().describe('Name in the lock of the registries; the name of the file when left out.'),
  version: version.optional().describe('Raised with every change; 1 when left out.'),
  defaults: z.strictObject({ subject: subject.optional(), surprises: surprises.partial().optional() }).optional(),
  identities: identityPaths.partial().optional().describe('Each list goes in place of the shipped one.'),
  places: placePaths.partial().optional().describe('Each list goes in place of the shipped one.'),
  consent: z
    .strictObject({ from: consent.shape.from.optional(), categories: consent.shape.categories.optional() })
    .optional()
    .describe('Categories are added to the shipped ones, or go in place of those of the same name.'),
  passes: z.record(z.string(), word).optional().describe('Event → why it carries no signal. Added to the shipped ones.'),
  ignored: ignored.partial().optional().describe('Added to the shipped ones.'),
  types: z
    .record(
      z.string(),
      z.strictObject({
        version: version.describe('The version of the shipped type that this was written for.'),
        purpose: word.max(500).optional(),
        retentionDays: days.optional(),
        freshnessHours: hours.optional(),
        subject: subject.optional(),
        surprises: typeSurprises.partial().optional(),
        properties: z
          .record(
            z.string(),
            z.union([z.literal(false), propertyChange], 'a property, or false for one that is not to be sent, was expected'),
          )
          .optional(),
        names: z.array(rule).optional().describe('Added to the shipped ones; a name that is there already changes its owner.'),
      }),
    )
    .default({}),
});

export type ShippedTypes = z.infer<typeof signalTypesSchema>;
export type SignalPlan = z.infer<typeof signalPlanSchema>;
export type NameRule = z.infer<typeof rule>;
export type PropertyPlan = z.infer<typeof property>;
export type PropertyChange = z.infer<typeof propertyChange>;

/** The two put together, as the skill compiles it. */
export interface SignalRegistry extends Omit<ShippedTypes, 'version' | 'defaults' | 'types'> {
  readonly unplannedEvents: 'block' | 'omit';
  readonly types: Readonly<
    Record<
      string,
      Omit<ShippedTypes['types'][string], 'subject' | 'surprises'> & {
        subject: ShippedTypes['defaults']['subject'];
        surprises: Omit<ShippedTypes['defaults']['surprises'], 'events'>;
      }
    >
  >;
}
