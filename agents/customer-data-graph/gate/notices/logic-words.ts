/**
 * The logic of a value in plain words, made from the kinds of models and the data that go in: for those who are decided about, not for
 * those who build it. Says what holds of every such value; the numbers of one customer are the explanation's.
 */
import type { purposes } from '../../../../skills/gate/schemas.ts';

type Purpose = (typeof purposes)[number];

export interface ModelKinds {
  /** Of purchase timing, such as `bg-nbd`; empty where none is known. */
  readonly timing: readonly string[];
  readonly isSeasonal: boolean;
  /** Boosted trees that a person approved predict net spend as well. */
  readonly hasTrees: boolean;
  readonly horizonDays: number;
}

/** Decisions with legal or similarly significant effects. */
const significant: ReadonlySet<Purpose> = new Set([
  'credit',
  'instalment-plan',
  'insurance',
  'housing',
  'employment',
  'education',
  'healthcare',
  'essential-goods',
]);

const consequences: Readonly<Record<Purpose, string>> = {
  analytics: 'Nothing happens to you because of it; it goes into figures about many customers.',
  'ad-audience': 'You may see or not see some of our advertisements.',
  'offer-eligibility': 'You may get or not get some of our offers.',
  'price-personalization': 'The price that you see may be higher or lower than what others see.',
  'tier-assignment': 'You may be in a higher or lower level of our programme.',
  'save-flow': 'You may be offered something when you want to leave.',
  'churn-prevention': 'We may write to you because we think that you could leave.',
  'service-level': 'You may be served sooner or later than others.',
  credit: 'You may get credit or be turned down, or get other terms.',
  'instalment-plan': 'You may be allowed to pay in instalments or not.',
  insurance: 'You may be insured or turned down, or pay another premium.',
  housing: 'You may be offered a dwelling or not, or other terms.',
  employment: 'You may be considered for work or not.',
  education: 'You may be considered for a place or not.',
  healthcare: 'You may be offered care or a product for your health or not.',
  'essential-goods': 'You may get goods that you need to live or not, or at other terms.',
  'advocate-selection': 'We may ask you to recommend us, or not.',
  'investor-reporting': 'Nothing happens to you because of it; it goes into figures for investors.',
};

export interface LogicWords {
  readonly what: string;
  readonly logic: string;
  readonly features: string;
  readonly significance: string;
  readonly consequences: string;
}

export function logicWords({ timing, isSeasonal, hasTrees, horizonDays }: ModelKinds, purpose: Purpose): LogicWords {
  const models =
    timing.length === 0
      ? 'statistical models'
      : `${timing.length === 1 ? 'a statistical model' : `${timing.length} statistical models`} (${timing.join(', ')})`;
  return {
    what: `An estimate of what a customer will spend with us in the ${horizonDays} days ahead, with an interval that says how sure it is.`,
    logic: [
      `How often and how recently somebody bought is compared with how other customers went on buying, by ${models}.`,
      'Somebody who bought often counts as likely to buy again; a pause that is long for their own rhythm counts against it.',
      'The amounts of earlier purchases say how much the next ones are likely to be; where there are few, the average of all customers counts more.',
      ...(isSeasonal ? ['What everybody buys more or less of in a season is allowed for.'] : []),
      ...(hasTrees ? ['A second estimate comes from decision trees that were learned from earlier periods and approved by a person.'] : []),
      'Before it is used, the estimate is held against what customers really bought in an earlier period, and corrected.',
    ].join(' '),
    features: `${[
      'The dates and the amounts of your purchases, returns among them',
      'the location, channel and brand of each',
      ...(hasTrees ? ['what you did with us between purchases'] : []),
    ].join('; ')}.`,
    significance: significant.has(purpose)
      ? 'The decision that it is used for can have legal effects for you, or affect you in a similarly significant way.'
      : 'The use is none of those that laws name as having legal or similarly significant effects: credit, insurance, housing, work, education, care, or what one needs to live.',
    consequences: consequences[purpose],
  };
}
