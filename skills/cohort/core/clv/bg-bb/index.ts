/**
 * BG/BB: at each opportunity (a year's appeal, a season's event) an active customer buys with a chance of their own, and
 * before each opportunity leaves with another chance of their own. Time is counted in opportunities: T is their number, tx the
 * last one used.
 * @see Fader, Hardie & Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", Marketing Science 29(6)
 */
import { checkedFamily } from '../checked-family.ts';
import type { TimingFamily } from '../family.ts';
import { countProbability, futureCountProbability } from './counts.ts';
import { drawPurchases, drawPurchaseTimes, simulate } from './draws.ts';
import { conditionalExpectation, discountedExpectation, expectedPurchases, logProbabilityAlive } from './expectation.ts';
import { bgBbObjective, logLikelihood } from './likelihood.ts';
import { bgBbLimits } from './limits.ts';
import { type BgBbParameters, checkWhole } from './parameters.ts';

export { logProbabilityActiveAtEnd } from './expectation.ts';
export type { BgBbParameters } from './parameters.ts';

/** P(alive) is the probability of being active at opportunity n + 1, as in the paper; horizons are whole numbers. */
export const bgBb: TimingFamily<BgBbParameters> = checkedFamily<BgBbParameters>(
  {
    id: 'bg-bb',
    title: 'BG/BB',
    parameters: [
      { name: 'alpha', unit: 'one', says: 'weight of buying at an opportunity' },
      { name: 'beta', unit: 'one', says: 'weight of not buying at an opportunity' },
      { name: 'gamma', unit: 'one', isZeroAllowed: true, says: 'weight of leaving before an opportunity' },
      { name: 'delta', unit: 'one', says: 'weight of staying for an opportunity' },
    ],
    limits: bgBbLimits,
    start: () => [1, 1, 0.5, 2.5],
    objective: bgBbObjective,
    logLikelihood,
    logProbabilityAlive,
    conditionalExpectation,
    expectedPurchases,
    countProbability,
    futureCountProbability,
    discountedExpectation,
    drawPurchases,
    drawPurchaseTimes,
    simulate,
  },
  checkWhole,
);
