/**
 * BdW: as sBG, but a customer's own chance to leave may rise (c > 1) or fall (c < 1) with the number of renewals made: renewing
 * t times has the chance of t^c independent renewals.
 * @see Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to Project Customer Retention Revisited: The Role of Duration
 *   Dependence", Journal of Interactive Marketing 43
 */
import { log, pow } from '../../../../sdk/numeric/index.ts';
import { free, infinite } from '../parameter-pattern.ts';
import { digammaRise, logBetaRatio } from './beta-ratio.ts';
import { subscriptionFamily } from './renewals.ts';
import { shiftedBetaGeometric, shiftedBetaGeometricLimits } from './shifted-beta-geometric.ts';
import type { SubscriptionFamily } from './subscription-family.ts';

export interface BetaDiscreteWeibullParameters {
  readonly alpha: number;
  readonly beta: number;
  /** Duration dependence of one customer, > 0; 1 is sBG. */
  readonly c: number;
}

/** t^c, kept among the doubles. */
function clock(t: number, c: number): number {
  return c === 1 ? t : Math.min(pow(t, c), 1e300);
}

const odds = ([alpha = 1, beta = 1]: readonly number[]): number => alpha / beta;

export const betaDiscreteWeibull: SubscriptionFamily<BetaDiscreteWeibullParameters> = subscriptionFamily({
  id: 'bdw',
  title: 'BdW',
  parameters: [
    { name: 'alpha', unit: 'one', says: 'weight of leaving at a renewal' },
    { name: 'beta', unit: 'one', says: 'weight of renewing' },
    { name: 'c', unit: 'one', says: 'duration dependence of one customer; 1 is none' },
  ],
  limits: [
    {
      id: 'one-leaving-chance',
      title: 'alpha, beta → ∞: one distribution of lifetimes for all (discrete Weibull)',
      pattern: [{ at: 0, times: infinite }, { fixed: infinite }, free(1)],
      start: (full) => [odds(full), full[2] ?? 1],
    },
    // With c = 1 too: where the limits of sBG are as likely, the data say nothing of c.
    ...shiftedBetaGeometricLimits.map(({ id, title, pattern, start }) => ({
      id: id === 'one-leaving-chance' ? 'geometric' : id,
      title,
      pattern: [...pattern, { fixed: 1 }],
      start,
    })),
  ],
  start: [...shiftedBetaGeometric.start, 1],
  nobodyLeaves: [0, 1, 1],
  allLeave: [1, 0, 1],
  logRetention: ({ alpha, beta, c }, t, gradient) => {
    if (c === 1 && !gradient) return shiftedBetaGeometric.logRetention({ alpha, beta }, t);
    const [before, after] = [clock(t - 1, c), clock(t, c)];
    if (gradient) {
      const both = digammaRise(alpha + beta + before, after - before);
      // Derivative of log S(t) in t^c, times that of t^c in c.
      const slope = (time: number, at: number): number => (at > 1 ? -digammaRise(beta + time, alpha) * time * log(at) : 0);
      gradient[0] = -both;
      gradient[1] = digammaRise(beta + before, after - before) - both;
      gradient[2] = slope(after, t) - slope(before, t - 1);
    }
    return logBetaRatio(alpha, beta + before, after - before);
  },
  logBetween: ({ alpha, beta, c }, from, to) => {
    const before = clock(from, c);
    return logBetaRatio(alpha, beta + before, clock(to, c) - before);
  },
});
