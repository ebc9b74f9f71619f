/**
 * BG/NBD and MBG/NBD: purchases at a gamma-distributed rate, and after each purchase a beta-distributed chance of leaving for
 * good. In BG/NBD nobody leaves before the first repeat purchase; in MBG/NBD the first purchase may be the last.
 * @see Fader, Hardie & Lee (2005), "Counting Your Customers the Easy Way", Marketing Science 24(2)
 * @see Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer base analysis"
 */
import { checkedFamily } from '../checked-family.ts';
import type { TimingFamily } from '../family.ts';
import { leavingLimits } from '../leaving-limits.ts';
import { nbdObjective } from '../nbd/objective.ts';
import { countProbability, futureCountProbability, purchaseProbability } from './counts.ts';
import { drawPurchases, drawPurchaseTimes, simulate } from './draws.ts';
import { conditionalExpectation, discountedExpectation, discountedIfAlive, expectedIfAlive, expectedPurchases } from './expectation.ts';
import { logLikelihood, logProbabilityAlive, logStays, probabilitiesAlive } from './likelihood.ts';
import { bgNbdObjective } from './objective.ts';
import { type BgNbdParameters, bgNbdSpecs, type FirstChance } from './parameters.ts';

export type { BgNbdParameters } from './parameters.ts';

function makeFamily(id: string, title: string, m: FirstChance): TimingFamily<BgNbdParameters> {
  return checkedFamily<BgNbdParameters>({
    id,
    title,
    parameters: bgNbdSpecs,
    limits: leavingLimits({
      objective: bgNbdObjective(m),
      withoutLeaving: nbdObjective,
      nameWithoutLeaving: 'NBD',
      nameWithOneRate: 'Poisson',
    }),
    start: ({ meanAge }) => [0.5, (meanAge || 1) / 4, 1, 2.5],
    objective: bgNbdObjective(m),
    logLikelihood: (parameters, history, gradient) => logLikelihood(parameters, history, m, gradient),
    logProbabilityAlive: (parameters, history, later) => logProbabilityAlive(parameters, history, m, later),
    conditionalExpectation: (parameters, history, t) => conditionalExpectation(parameters, history, m, t),
    whenActive: {
      probabilities: (parameters, histories) => probabilitiesAlive(parameters, histories, m),
      expectation: (parameters, state, t) => expectedIfAlive(parameters, state, m, t),
      discountedExpectation: (parameters, state, horizon, rate) => discountedIfAlive(parameters, state, m, horizon, rate),
      logStays: (parameters, state, later) => logStays(parameters, state, m, later),
      purchaseProbability,
    },
    expectedPurchases: (parameters, t) => expectedPurchases(parameters, m, t),
    countProbability: (parameters, n, t) => countProbability(parameters, m, n, t),
    futureCountProbability: (parameters, history, n, t) => futureCountProbability(parameters, history, m, n, t),
    discountedExpectation: (parameters, history, horizon, rate) => discountedExpectation(parameters, history, m, horizon, rate),
    drawPurchases: (parameters, history, horizon, rng) => drawPurchases(parameters, history, m, horizon, rng),
    drawPurchaseTimes: (parameters, history, horizon, rng) => drawPurchaseTimes(parameters, history, m, horizon, rng),
    simulate: (parameters, T, rng) => simulate(parameters, m, T, rng),
  });
}

/** @see Fader, Hardie & Lee (2005) */
export const bgNbd = makeFamily('bg-nbd', 'BG/NBD', 0);

/** @see Batislam, Denizel & Filiztekin (2007) */
export const mbgNbd = makeFamily('mbg-nbd', 'MBG/NBD', 1);
