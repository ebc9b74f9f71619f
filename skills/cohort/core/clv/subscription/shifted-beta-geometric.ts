/**
 * sBG: at each renewal a customer leaves with a constant chance of their own, Beta(alpha, beta) between customers. Retention of
 * a cohort rises with time because those who are likely to leave have left.
 * @see Fader & Hardie (2007), "How to Project Customer Retention", Journal of Interactive Marketing 21(1)
 */
import { log1p } from '../../../../sdk/numeric/index.ts';
import { infinite, type PatternLimit } from '../parameter-pattern.ts';
import { logBetaRatio } from './beta-ratio.ts';
import { subscriptionFamily } from './renewals.ts';
import type { SubscriptionFamily } from './subscription-family.ts';

export interface ShiftedBetaGeometricParameters {
  /** Weight of leaving at a renewal, ≥ 0; 0 says that nobody leaves. */
  readonly alpha: number;
  /** Weight of renewing, ≥ 0; 0 says that nobody renews. */
  readonly beta: number;
}

const odds = ([alpha = 1, beta = 1]: readonly number[]): number => alpha / beta;

export const shiftedBetaGeometricLimits: readonly PatternLimit[] = [
  {
    id: 'one-leaving-chance',
    title: 'alpha, beta → ∞: one chance of leaving for all (geometric)',
    pattern: [{ at: 0, times: infinite }, { fixed: infinite }],
    start: (full) => [odds(full)],
  },
  {
    id: 'at-once-or-never',
    title: 'alpha, beta → 0: customers leave at the first renewal or never',
    pattern: [{ at: 0, times: 1 / infinite }, { fixed: 1 / infinite }],
    start: (full) => [odds(full)],
  },
];

export const shiftedBetaGeometric: SubscriptionFamily<ShiftedBetaGeometricParameters> = subscriptionFamily({
  id: 'sbg',
  title: 'sBG',
  parameters: [
    { name: 'alpha', unit: 'one', says: 'weight of leaving at a renewal' },
    { name: 'beta', unit: 'one', says: 'weight of renewing' },
  ],
  limits: shiftedBetaGeometricLimits,
  start: [1, 2],
  nobodyLeaves: [0, 1],
  allLeave: [1, 0],
  logRetention: ({ alpha, beta }, t, gradient) => {
    const stay = beta + (t - 1);
    if (gradient) {
      gradient[0] = -1 / (alpha + stay);
      gradient[1] = alpha / stay / (alpha + stay);
    }
    return -log1p(alpha / stay);
  },
  logBetween: ({ alpha, beta }, from, to) => logBetaRatio(alpha, beta + from, to - from),
});
