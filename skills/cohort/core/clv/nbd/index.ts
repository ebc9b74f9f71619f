/**
 * NBD: customers buy at a gamma-distributed rate and never leave. The benchmark that a model of leaving has to beat, and the
 * limit that many fits of such models run to. Everything is BG/NBD with a = 0.
 * @see Ehrenberg (1959), "The pattern of consumer purchases", Applied Statistics 8(1)
 */
import { purchaseProbability } from '../bg-nbd/counts.ts';
import { bgNbd } from '../bg-nbd/index.ts';
import { probabilitiesAlive } from '../bg-nbd/likelihood.ts';
import { checkedFamily } from '../checked-family.ts';
import type { TimingFamily } from '../family.ts';
import { standIn } from '../limits.ts';
import { nbdObjective } from './objective.ts';

export interface NbdParameters {
  /** Shape of the purchase rate, > 0. */
  readonly r: number;
  /** Rate parameter of the purchase rate, > 0, in time units. */
  readonly alpha: number;
}

const never = ({ r, alpha }: NbdParameters): { r: number; alpha: number; a: number; b: number } => ({ r, alpha, a: 0, b: 1 });

export const nbd: TimingFamily<NbdParameters> = checkedFamily<NbdParameters>({
  id: 'nbd',
  title: 'NBD',
  parameters: [
    { name: 'r', unit: 'one', says: 'shape of the purchase rate' },
    { name: 'alpha', unit: 'time', says: 'rate parameter of the purchase rate' },
  ],
  limits: bgNbd.limits
    .filter(({ id }) => id === 'poisson')
    .map((limit) => ({ ...limit, title: 'r → ∞: one purchase rate for all (Poisson)', embed: ([rate = 1]) => [standIn, standIn / rate] })),
  start: ({ meanAge }) => [0.5, (meanAge || 1) / 4],
  objective: nbdObjective,
  logLikelihood: (parameters, history, gradient) => {
    const full = new Float64Array(4);
    const value = bgNbd.logLikelihood(never(parameters), history, full);
    gradient?.set(full.subarray(0, 2));
    return value;
  },
  logProbabilityAlive: (parameters, history) => bgNbd.logProbabilityAlive(never(parameters), history),
  conditionalExpectation: (parameters, history, t) => bgNbd.conditionalExpectation(never(parameters), history, t),
  whenActive: {
    probabilities: (parameters, histories) => probabilitiesAlive(never(parameters), histories, 0),
    expectation: ({ r, alpha }, { x, T }, t) => (r + x) * (t / (alpha + T)),
    discountedExpectation: (parameters, { x, T }, horizon, rate) =>
      bgNbd.discountedExpectation(never(parameters), { x, tx: 0, T }, horizon, rate),
    logStays: () => 0,
    purchaseProbability,
  },
  expectedPurchases: (parameters, t) => bgNbd.expectedPurchases(never(parameters), t),
  countProbability: (parameters, n, t) => bgNbd.countProbability(never(parameters), n, t),
  futureCountProbability: (parameters, history, n, t) => bgNbd.futureCountProbability(never(parameters), history, n, t),
  discountedExpectation: (parameters, history, horizon, rate) => bgNbd.discountedExpectation(never(parameters), history, horizon, rate),
  drawPurchases: (parameters, history, horizon, rng) => bgNbd.drawPurchases(never(parameters), history, horizon, rng),
  drawPurchaseTimes: (parameters, history, horizon, rng) => bgNbd.drawPurchaseTimes(never(parameters), history, horizon, rng),
  simulate: (parameters, T, rng) => bgNbd.simulate(never(parameters), T, rng),
});
