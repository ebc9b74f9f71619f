/** The facts about a customer that the graph answers, by the names of skills/gate/regimes/facts/customer.yaml. Computes nothing. */
import type { AgeBand } from './age-band.ts';

/** Empty text is unknown. */
export type Truth = 'true' | 'false' | '';

/** What a customer refused; silence is a no only where the operator has every refusal. */
export const optOutFacts = [
  'marketingOptOut',
  'adsOptOut',
  'saleOptOut',
  'profilingOptOut',
  'automatedDecisionOptOut',
  'gpc',
  'sensitiveLimited',
] as const;
const consentFacts = ['marketingConsent', 'profilingConsent', 'saleConsent', 'sensitiveConsent', 'parentalConsent'] as const;
/** What somebody asked for; nothing on record is a no. */
const requestFacts = ['erasureRequestOpen'] as const;

/** In the order of the columns of the facts table. */
export const customerFactNames = ['residency', 'country', 'ageBand', ...optOutFacts, ...consentFacts, ...requestFacts] as const;
export type CustomerFactName = (typeof customerFactNames)[number];

export interface CustomerFacts extends Readonly<Record<Exclude<CustomerFactName, 'ageBand'>, string>> {
  readonly ageBand: AgeBand;
}

/** The purposes of consent-event signals that each fact is read from. */
export const purposesOfFact: Readonly<Partial<Record<CustomerFactName, readonly string[]>>> = {
  marketingOptOut: ['marketing'],
  adsOptOut: ['targeted-advertising'],
  saleOptOut: ['sale', 'sharing'],
  profilingOptOut: ['profiling'],
  automatedDecisionOptOut: ['automated-decision'],
  gpc: ['gpc'],
  sensitiveLimited: ['sensitive-data'],
  marketingConsent: ['marketing'],
  profilingConsent: ['profiling'],
  saleConsent: ['sale', 'sharing'],
  sensitiveConsent: ['sensitive-data'],
  parentalConsent: ['parental'],
  erasureRequestOpen: ['erasure'],
};
