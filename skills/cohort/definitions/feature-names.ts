/**
 * The columns that definitions may name, beside one column per type of signal. How they are scaled and said in words follows from
 * what they are.
 */

/** Columns of numbers that every window has. */
export const windowNumbers = [
  'events',
  'activeDays',
  'purchaseDays',
  'orders',
  'spendMinor',
  'grossMinor',
  'returnsMinor',
  'locations',
  'channels',
  'brands',
  'skus',
  'recencyDays',
  'activeRecencyDays',
  'tenureDays',
  'meanGapDays',
] as const;

/** Columns of names that every window has. */
export const windowTexts = ['location', 'channel', 'brand'] as const;

/** Declared attributes that a definition may name; unknown for everybody where nobody declares it. */
export const profileTexts = [
  'residency',
  'birthYear',
  'minor',
  'acquisitionSource',
  'language',
  'preferredLocation',
  'preferredChannel',
  'preferredBrand',
  'contactFrequency',
  'loyaltyTier',
  'subscription',
  'firstSku',
] as const;

/** Lengths of time are as good as symmetric; counts and amounts have a long tail. */
export function isDuration(feature: string): boolean {
  return feature.endsWith('Days') && feature !== 'activeDays' && feature !== 'purchaseDays';
}
