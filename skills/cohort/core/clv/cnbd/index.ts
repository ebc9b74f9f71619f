/**
 * BG/CNBD-k and MBG/CNBD-k: BG/NBD and MBG/NBD for customers who buy more regularly than at random. Times between purchases are
 * Erlang-k, the sum of k exponential phases; everything else is as in BG/NBD and MBG/NBD, which are the members with k = 1.
 * @see Reutterer, Platzer & Schröder (2021), "Leveraging purchase regularity for predicting customer behavior the easy way",
 * International Journal of Research in Marketing 38(1)
 */
import { checkedFamily } from '../checked-family.ts';
import type { NegativeLogLikelihood, TimingFamily } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import { leavingLimits } from '../leaving-limits.ts';
import { drawPurchases, drawPurchaseTimes, simulate } from './draws.ts';
import {
  conditionalExpectation,
  countProbability,
  discountedExpectation,
  expectedPurchases,
  futureCountProbability,
  logProbabilityAlive,
} from './expectation.ts';
import { logLikelihood } from './likelihood.ts';
import { cnbdObjective } from './objective.ts';
import { checkPhases, type CnbdParameters, cnbdSpecs, type Shape } from './parameters.ts';

export type { CnbdParameters } from './parameters.ts';

/**
 * @param k phases between two purchases, integer from 1 to 8; the variance of the times is 1/k of that of exponential ones
 * @param isModified true: a customer may leave with the first purchase (MBG); false: not before the first repeat purchase (BG)
 * @throws {CohortiumError} NUMERIC_DOMAIN for another k
 */
export function cnbdFamily(k: number, isModified: boolean): TimingFamily<CnbdParameters> {
  checkPhases(k);
  const name = isModified ? 'mbg' : 'bg';
  const shape: Shape = { k, m: isModified ? 1 : 0 };
  return checkedFamily<CnbdParameters>({
    id: `${name}-cnbd-${k}`,
    title: `${name.toUpperCase()}/CNBD-${k}`,
    parameters: cnbdSpecs,
    limits: leavingLimits({
      objective: cnbdObjective(shape),
      withoutLeaving: withoutLeaving(shape),
      nameWithoutLeaving: `CNBD-${k}`,
      nameWithOneRate: `Erlang-${k}`,
    }),
    start: ({ meanAge }) => [0.5, (meanAge || 1) / 4 / k, 1, 2.5],
    objective: cnbdObjective(shape),
    logLikelihood: (parameters, history, gradient) => logLikelihood(parameters, history, shape, gradient),
    logProbabilityAlive: (parameters, history, later) => logProbabilityAlive(parameters, history, shape, later),
    conditionalExpectation: (parameters, history, t) => conditionalExpectation(parameters, history, shape, t),
    expectedPurchases: (parameters, t) => expectedPurchases(parameters, shape, t),
    countProbability: (parameters, n, t) => countProbability(parameters, shape, n, t),
    futureCountProbability: (parameters, history, n, t) => futureCountProbability(parameters, history, shape, n, t),
    discountedExpectation: (parameters, history, horizon, rate) => discountedExpectation(parameters, history, shape, horizon, rate),
    drawPurchases: (parameters, history, horizon, rng) => drawPurchases(parameters, history, shape, horizon, rng),
    drawPurchaseTimes: (parameters, history, horizon, rng) => drawPurchaseTimes(parameters, history, shape, horizon, rng),
    simulate: (parameters, T, rng) => simulate(parameters, shape, T, rng),
  });
}

/** The likelihood at a = 0, in (r, alpha). */
function withoutLeaving(shape: Shape): (statistics: HistoryStatistics) => NegativeLogLikelihood {
  return (statistics) => {
    const full = cnbdObjective(shape)(statistics);
    const inner = new Float64Array(4);
    return ([r = 1, alpha = 1], gradient) => {
      const value = full([r, alpha, 0, 1], inner);
      gradient.set(inner.subarray(0, 2));
      return value;
    };
  };
}
