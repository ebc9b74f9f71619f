/** Signals that change who a customer is to the merchant: identity, consent, loyalty and declared attributes. */
import { z } from 'zod';

import { textOrNumber } from './property-kinds.ts';
import { identity, prose, type SignalTypeDefinition, text } from './signal-parts.ts';

/** What a customer may consent to, object to or, for `erasure`, ask for. */
export const consentPurposes = [
  'marketing',
  'profiling',
  'analytics',
  'sale',
  'sharing',
  'targeted-advertising',
  'automated-decision',
  'sensitive-data',
  'gpc',
  'parental',
  'erasure',
] as const;

/** How a choice reached the merchant. */
export const consentMethods = ['gpc', 'gpp', 'tcf', 'banner', 'preference-centre', 'form', 'e-mail', 'phone', 'agent', 'import'] as const;

/**
 * How the question was put. With `opt-in`, a no says that consent was not given, which is no objection; with `opt-out`, a yes says
 * that nobody refused, which is no consent. Without it, a no is a refusal and a yes is a consent.
 */
export const consentModes = ['opt-in', 'opt-out'] as const;

/** Attributes that a preference-change declares. The newest declaration counts. */
export const declaredAttributes = [
  'residency',
  'birthYear',
  'minor',
  'acquisitionSource',
  'language',
  'preferredLocation',
  'preferredChannel',
  'preferredBrand',
  'contactFrequency',
  'givenName',
  'familyName',
  'street',
  'postalCode',
  'city',
  'country',
] as const;

const preference = z
  .strictObject({
    attribute: z.enum(declaredAttributes),
    value: text,
    /** Who says so, such as `crm` or `call-centre`; an operator may trust some more than others. */
    source: text.optional(),
  })
  .superRefine(({ attribute, value }, context) => {
    const expected = expectedValue(attribute, value);
    if (expected) context.addIssue({ code: 'custom', path: ['value'], message: `${attribute}: ${expected} was expected` });
  });

function expectedValue(attribute: string, value: string): string | undefined {
  if (attribute === 'residency' && !/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(value)) return 'a country or region such as DE, EU or US-CA';
  if (attribute === 'country' && !/^[A-Z]{2}$/.test(value)) return 'a country such as DE';
  if (attribute === 'birthYear' && !/^(19|20)\d{2}$/.test(value)) return 'a year such as 1984';
  if (attribute === 'minor' && value !== 'true' && value !== 'false') return "'true' or 'false'";
  return undefined;
}

export const standingSignals = {
  'loyalty-action': {
    title: 'Loyalty action',
    says: 'The customer joined, earned, redeemed, or changed tier in the loyalty programme.',
    properties: z.strictObject({
      action: z.enum(['enroll', 'earn', 'redeem', 'tier', 'leave']),
      points: z.number().min(0).optional(),
      /** The tier that the customer has from now on. */
      tier: text.optional(),
    }),
  },
  'consent-event': {
    title: 'Consent event',
    says:
      'The customer allowed or refused a purpose. `granted: false` is a no: an opt-out, an objection, or for purpose `gpc` ' +
      'that the browser sent the Global Privacy Control signal.',
    properties: z.strictObject({
      purpose: z.enum(consentPurposes),
      granted: z.boolean('true or false was expected'),
      /** Where the choice was made, such as `preference-centre`. */
      source: text.optional(),
      method: z.enum(consentMethods).optional(),
      mode: z.enum(consentModes).optional(),
      /** Version of the notice that was shown, and the id under which it was served to this customer. */
      noticeVersion: text.optional(),
      servedNotice: text.optional(),
      /** Under whose rules it was asked: a country or state such as EU or US-CA. */
      jurisdiction: text.optional(),
      /** What it holds for, such as a brand or a device. */
      scope: text.optional(),
      /** The IAB GPP or TCF string that said so, as evidence. */
      string: prose.optional(),
    }),
  },
  'identity-link': {
    title: 'Identity link',
    says: 'Two identities are the same customer.',
    properties: z.strictObject({ left: identity, right: identity, reason: text.optional() }),
  },
  'identity-unlink': {
    title: 'Identity unlink',
    says: 'Two identities are not the same customer after all.',
    properties: z.strictObject({ left: identity, right: identity, reason: text.optional() }),
  },
  'preference-change': {
    title: 'Preference change',
    says: 'The customer, or the merchant on their behalf, declared an attribute.',
    properties: preference,
  },
  'milestone-event': {
    title: 'Milestone event',
    says: 'The relation reached a new state. `subscription` carries its status: active, paused, cancelled or expired.',
    properties: z
      .strictObject({ milestone: text, value: textOrNumber.optional() })
      .refine(({ milestone, value }) => milestone !== 'subscription' || subscriptionStates.includes(String(value)), {
        path: ['value'],
        message: `a subscription status was expected: ${['active', 'paused', 'cancelled', 'expired'].join(', ')}`,
      }),
  },
  'anomaly-event': {
    title: 'Anomaly event',
    says: 'Something about this customer looks wrong: a bot, a fraud, a kiosk shared by many.',
    properties: z.strictObject({ kind: text, severity: z.enum(['low', 'medium', 'high']), note: prose.optional() }),
  },
} as const satisfies Readonly<Record<string, SignalTypeDefinition>>;

const subscriptionStates: readonly string[] = ['active', 'paused', 'cancelled', 'expired'];
