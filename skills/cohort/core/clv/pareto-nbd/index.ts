/**
 * Pareto/NBD, the Schmittlein–Morrison–Colombo model: purchases at a gamma-distributed rate, and leaving for good at a
 * gamma-distributed rate of its own, at any time and unseen. Every quantity is an integral of positive terms, so nothing
 * overflows or cancels. With s = 0 nobody leaves, which is NBD.
 * @see Schmittlein, Morrison & Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do Next?", Management Science 33(1)
 */
import { checkedFamily } from '../checked-family.ts';
import type { TimingFamily } from '../family.ts';
import { countProbability, futureCountProbability, purchaseProbability } from './counts.ts';
import { drawPurchases, drawPurchaseTimes, simulate } from './draws.ts';
import { conditionalExpectation, discountedExpectation, discountedIfAlive, expectedIfAlive, expectedPurchases } from './expectations.ts';
import { logLikelihood, logProbabilityAlive, logStays } from './likelihood.ts';
import { paretoNbdLimits } from './limits.ts';
import { paretoNbdObjective } from './objective.ts';
import type { ParetoNbdParameters } from './parameters.ts';

export type { ParetoNbdParameters } from './parameters.ts';

/** Pareto/NBD, also called the Schmittlein–Morrison–Colombo model. */
export const paretoNbd: TimingFamily<ParetoNbdParameters> = checkedFamily<ParetoNbdParameters>({
  id: 'pareto-nbd',
  title: 'Pareto/NBD',
  parameters: [
    { name: 'r', unit: 'one', says: 'shape of the purchase rate' },
    { name: 'alpha', unit: 'time', says: 'rate parameter of the purchase rate' },
    { name: 's', unit: 'one', isZeroAllowed: true, says: 'shape of the drop-out rate; 0: nobody leaves' },
    { name: 'beta', unit: 'time', says: 'rate parameter of the drop-out rate' },
  ],
  limits: paretoNbdLimits,
  start: ({ meanAge }) => [0.5, (meanAge || 1) / 4, 0.5, (meanAge || 1) / 4],
  objective: paretoNbdObjective,
  logLikelihood,
  logProbabilityAlive,
  conditionalExpectation,
  whenActive: { expectation: expectedIfAlive, discountedExpectation: discountedIfAlive, logStays, purchaseProbability },
  expectedPurchases,
  countProbability,
  futureCountProbability,
  discountedExpectation,
  drawPurchases,
  drawPurchaseTimes,
  simulate,
});
