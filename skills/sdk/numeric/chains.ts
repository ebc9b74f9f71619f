/** Whether Markov chains have met, and how many independent draws they are worth. Chains have one length, at least four draws. */
import { CohortiumError } from '../errors.ts';
import { log } from './special.ts';
import { sum, sumOf } from './sum.ts';

/**
 * Potential scale reduction of chains cut in half: the spread of all draws over the spread within a half chain. Near 1 when the
 * chains agree; above 1.01 they should run longer.
 * @param chains draws of one quantity; 1 when they are all one constant
 * @throws {CohortiumError} NUMERIC_DOMAIN when there is no chain, or the chains are of unequal length or shorter than 4
 * @see Gelman et al. (2013), "Bayesian Data Analysis", section 11.4
 */
export function splitRhat(chains: readonly Float64Array[]): number {
  const { within, total } = spreadOf(splitChains(chains));
  if (within > 0) return Math.sqrt(total / within);
  return total > 0 ? Number.POSITIVE_INFINITY : 1;
}

/**
 * Number of independent draws with the same error of the mean, from autocorrelations pooled over chains cut in half. Above the
 * number of draws when they alternate around the mean.
 * @param chains draws of one quantity; the number of draws when they are all one constant
 * @throws {CohortiumError} NUMERIC_DOMAIN when there is no chain, or the chains are of unequal length or shorter than 4
 * @see Geyer (1992), "Practical Markov chain Monte Carlo", initial monotone sequence; Vehtari et al. (2021), eq. 10–13, for pooling
 */
export function effectiveSampleSize(chains: readonly Float64Array[]): number {
  const halves = splitChains(chains);
  const length = halves[0]?.length ?? 0;
  const draws = halves.length * length;
  const { means, within, total } = spreadOf(halves);
  if (!(total > 0)) return draws;
  const correlationAt = (lag: number): number => {
    const covariance = sumOf(halves.length, (index) => autocovariance(halves[index] ?? new Float64Array(0), means[index] ?? 0, lag));
    return 1 - (within - covariance / halves.length) / total;
  };
  let time = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let lag = 0; lag + 1 < length; lag += 2) {
    const pair = (lag === 0 ? 1 : correlationAt(lag)) + correlationAt(lag + 1);
    if (!(pair > 0)) break;
    // Sums of neighbours fall with the lag, so a rise is noise.
    least = Math.min(least, pair);
    time += 2 * least;
  }
  // Draws that alternate are worth more than independent ones; how much more cannot be estimated without bound.
  return Math.min(draws / Math.max(time, Number.MIN_VALUE), (draws * log(draws)) / log(10));
}

/** Both halves of every chain; the middle draw of an odd chain is left out. */
function splitChains(chains: readonly Float64Array[]): Float64Array[] {
  const length = chains[0]?.length ?? 0;
  if (length < 4 || chains.some((chain) => chain.length !== length)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `chains need one length of at least 4; found ${chains.length} chains of ${chains.map((chain) => chain.length).join(', ')}`,
    );
  }
  const half = Math.floor(length / 2);
  return chains.flatMap((chain) => [chain.subarray(0, half), chain.subarray(length - half)]);
}

interface Spread {
  readonly means: readonly number[];
  /** Mean of the variances within chains. */
  readonly within: number;
  /** Variance of all draws, estimated from within and between; above `within` when chains differ. */
  readonly total: number;
}

function spreadOf(chains: readonly Float64Array[]): Spread {
  const length = chains[0]?.length ?? 0;
  const means = chains.map((chain) => sum(chain) / length);
  const unbiased = length / (length - 1);
  const within =
    sumOf(chains.length, (index) => autocovariance(chains[index] ?? new Float64Array(0), means[index] ?? 0, 0) * unbiased) / chains.length;
  const middle = sum(means) / chains.length;
  const between = sumOf(means.length, (index) => ((means[index] ?? 0) - middle) * ((means[index] ?? 0) - middle)) / (chains.length - 1);
  return { means, within, total: within / unbiased + between };
}

/** Of a chain with itself some draws later, divided by the chain's length. */
function autocovariance(chain: Float64Array, mean: number, lag: number): number {
  let total = 0;
  for (let index = 0; index + lag < chain.length; index++) total += ((chain[index] ?? 0) - mean) * ((chain[index + lag] ?? 0) - mean);
  return total / chain.length;
}
