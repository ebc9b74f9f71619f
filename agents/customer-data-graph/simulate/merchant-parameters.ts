/**
 * The true parameters of a simulated merchant: what a fitted model should find again. Rates are per week, money in minor
 * units, and everything is a plain constant, so that a reader can compare a report with the truth.
 */

export const merchantTruth = {
  /** BG/NBD: purchase rates Gamma(r, alpha) per week, dropout after each repeat purchase Beta(a, b). */
  timing: { r: 0.8, alpha: 8, a: 0.8, b: 4.5 },
  /** Gamma-Gamma: spend per occasion Gamma(p, ν), ν Gamma(q, gamma); mean spend p·gamma/(q − 1). */
  spend: { p: 6, q: 4, gammaMinor: 2400 },
  /** Multiplier of the purchase rate per month; scaled to a mean of one over 365 days. */
  seasonByMonth: [0.86, 0.84, 0.92, 0.98, 1.02, 1, 0.92, 0.9, 1, 1.06, 1.24, 1.26],
  /** Dirichlet concentration of a customer's own shares around the base shares. */
  concentration: { location: 1.4, channel: 2, brand: 2.5 },
  /** Chance that a purchase occasion holds a second brand. */
  secondBrand: 0.22,
  /** Chance that a purchase line is returned, 3 to 30 days later. */
  returned: 0.06,
  /** Chance that a customer of the European locations is chosen. */
  european: 0.58,
} as const;

export interface MerchantPlace {
  readonly name: string;
  readonly region: 'EU' | 'US';
  /** ISO 3166 code of most of its customers. */
  readonly residency: string;
  readonly share: number;
}

export const merchantLocations: readonly MerchantPlace[] = [
  { name: 'Berlin', region: 'EU', residency: 'DE', share: 0.22 },
  { name: 'San Francisco', region: 'US', residency: 'US-CA', share: 0.26 },
  { name: 'Paris', region: 'EU', residency: 'FR', share: 0.2 },
  { name: 'New York', region: 'US', residency: 'US-NY', share: 0.24 },
  { name: 'Amsterdam', region: 'EU', residency: 'NL', share: 0.16 },
  { name: 'Denver', region: 'US', residency: 'US-CO', share: 0.16 },
  { name: 'Madrid', region: 'EU', residency: 'ES', share: 0.16 },
  { name: 'Austin', region: 'US', residency: 'US-TX', share: 0.18 },
  { name: 'Milan', region: 'EU', residency: 'IT', share: 0.14 },
  { name: 'Portland', region: 'US', residency: 'US-OR', share: 0.16 },
  { name: 'Vienna', region: 'EU', residency: 'AT', share: 0.07 },
  { name: 'Lisbon', region: 'EU', residency: 'PT', share: 0.05 },
];

export const merchantChannels: readonly (readonly [name: string, share: number])[] = [
  ['store', 0.42],
  ['web', 0.33],
  ['app', 0.2],
  ['phone', 0.05],
];

export const merchantBrands: readonly (readonly [name: string, share: number, vertical: string])[] = [
  ['Halden', 0.5, 'apparel'],
  ['Mirabo', 0.32, 'home'],
  ['Ostra', 0.18, 'outdoor'],
];

export const acquisitionSources: readonly (readonly [name: string, share: number])[] = [
  ['organic', 0.3],
  ['paid-search', 0.24],
  ['social', 0.18],
  ['referral', 0.14],
  ['store-walk-in', 0.14],
];

/** First entries of a list, with shares scaled to a sum of one. */
export function firstShares<Item>(
  items: readonly Item[],
  count: number,
  shareOf: (item: Item) => number,
): readonly (readonly [Item, number])[] {
  const taken = items.slice(0, count);
  const total = taken.reduce((sum, item) => sum + shareOf(item), 0);
  return taken.map((item) => [item, shareOf(item) / total] as const);
}
