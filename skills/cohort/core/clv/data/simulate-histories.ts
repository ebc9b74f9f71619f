/** Customers drawn from a family with known parameters: to test a fit, or to see what data a model would give. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, type Rng } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';

export interface SimulationOptions {
  /** Integer ≥ 1. */
  readonly customers: number;
  /** Age of all customers, or a draw of it, > 0. */
  readonly T: number | ((rng: Rng) => number);
  readonly rng: Rng;
  /**
   * Length of a recording period in time units (1/7 for days, with weeks as the unit): purchases of one period become one,
   * at a whole number of periods. Customers begin anywhere within their first period. Default: exact times.
   */
  readonly resolution?: number;
}

/** One row per customer, as `fitTiming` takes them. */
export interface SimulatedHistories {
  readonly x: Float64Array;
  readonly tx: Float64Array;
  readonly T: Float64Array;
  readonly logGaps: Float64Array;
}

/**
 * Draws purchase histories.
 * @throws {CohortiumError} ARGUMENT_INVALID when an option is not usable
 */
export function simulateHistories<P>(family: TimingFamily<P>, params: P, options: SimulationOptions): SimulatedHistories {
  const { customers, rng, resolution } = options;
  if (!Number.isInteger(customers) || customers < 1 || (resolution !== undefined && !(resolution > 0))) {
    throw new CohortiumError('ARGUMENT_INVALID', `customers ${customers} must be an integer ≥ 1 and resolution ${resolution} positive`);
  }
  const drawn = {
    x: new Float64Array(customers),
    tx: new Float64Array(customers),
    T: new Float64Array(customers),
    logGaps: new Float64Array(customers),
  };
  for (let row = 0; row < customers; row++) {
    const age = typeof options.T === 'number' ? options.T : options.T(rng);
    if (!(age > 0 && Number.isFinite(age))) throw new CohortiumError('ARGUMENT_INVALID', `an age T is ${age}; it must be positive`);
    const exact = family.simulate(params, age, rng);
    const times = resolution ? recordedTimes(exact, age, resolution, rng.uniform()) : exact;
    drawn.x[row] = times.length;
    drawn.tx[row] = times.at(-1) ?? 0;
    drawn.T[row] = age;
    let before = 0;
    for (const time of times) {
      drawn.logGaps[row] = (drawn.logGaps[row] ?? 0) + log(time - before);
      before = time;
    }
  }
  return drawn;
}

/** @param offset of the first purchase within its period, in [0, 1): drawn, so that recorded times are right on average */
function recordedTimes(times: readonly number[], age: number, resolution: number, offset: number): number[] {
  const periods = new Set(times.map((time) => Math.floor(offset + time / resolution)));
  // The first period holds the first purchase.
  return [...periods].filter((period) => period > 0).map((period) => Math.min(period * resolution, age));
}
