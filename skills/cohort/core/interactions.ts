/**
 * Interactions in the base shares: that a brand sells better in one channel than location, channel and brand say apart. Each
 * pair of values multiplies the share by an effect, which is additive on the log scale, shrunk to one as far as the pairs of
 * its kind are alike. Where they are alike throughout, the plain product stays.
 */
import { lgamma, log, log1p, sum } from '../../sdk/numeric/index.ts';
import { type Concentration, searchConcentration } from './concentration.ts';
import type { CellGrid } from './grid.ts';

export interface Interaction {
  readonly pair: 'location-channel' | 'location-brand' | 'channel-brand';
  /** Shape of the gamma distribution of effects with mean one: large when pairs are alike. */
  readonly strength: Concentration;
  /** By how much the log-likelihood of the pairs' counts is higher than without effects. */
  readonly gain: number;
  /** Whether the effects are in the base shares. */
  readonly isKept: boolean;
}

/** Effects enter when the marginal likelihood gains more than their one parameter costs by AIC. */
const leastGain = 1;
const sweeps = 3;

/**
 * Counts of a pair are Poisson around what the other effects expect times its own effect, a gamma variable of mean one and
 * shape a; a by maximum likelihood of the negative binomial that follows, the effect by its posterior mean (a + o) / (a + e).
 * @param counts of each combination of the grid, ≥ 0, fractions allowed
 * @param product shares without interactions, > 0
 * @see Clayton & Kaldor (1987), "Empirical Bayes estimates of age-standardized relative risks for use in disease mapping", eq. 5
 */
export function withInteractions(
  grid: CellGrid,
  counts: Float64Array,
  product: Float64Array,
): { readonly prior: Float64Array; readonly interactions: readonly Interaction[] } {
  const total = sum(counts);
  const pairs = pairsOf(grid).map((pair): Pair & { readonly observed: Float64Array; effect: Float64Array } => ({
    ...pair,
    observed: sumsOf(counts, pair.codes, pair.size),
    effect: new Float64Array(pair.size).fill(1),
  }));
  let prior: Float64Array = product;
  let interactions: Interaction[] = [];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    interactions = [];
    for (const pair of pairs) {
      const without = normalised(prior.map((share, index) => share / (pair.effect[pair.codes[index] ?? 0] ?? 1)));
      const expected = sumsOf(without, pair.codes, pair.size).map((share) => share * total);
      const likelihood = effectLikelihood(pair.observed, expected);
      const strength = searchConcentration(likelihood);
      const gain = strength.boundary === 'flat' ? 0 : likelihood(strength.value) - poissonLikelihood(pair.observed, expected);
      const isKept = gain > leastGain && strength.boundary !== 'upper';
      interactions.push({ pair: pair.name, strength, gain, isKept });
      pair.effect = isKept
        ? pair.observed.map((count, code) => (strength.value + count) / (strength.value + (expected[code] ?? 0)))
        : new Float64Array(pair.size).fill(1);
      prior = isKept ? normalised(without.map((share, index) => share * (pair.effect[pair.codes[index] ?? 0] ?? 1))) : without;
    }
    // Exactly the product, to the last bit, when there is nothing to add to it.
    if (interactions.every(({ isKept }) => !isKept)) return { prior: product, interactions };
  }
  return { prior, interactions };
}

interface Pair {
  readonly name: Interaction['pair'];
  readonly codes: Int32Array;
  readonly size: number;
}

/** Pairs of dimensions that both have more than one value. */
function pairsOf(grid: CellGrid): Pair[] {
  const location = { codes: grid.location, size: grid.locations.length };
  const channel = { codes: grid.channel, size: grid.channels.length };
  const brand = { codes: grid.brand, size: grid.brands.length };
  const kinds = [
    { name: 'location-channel', one: location, other: channel },
    { name: 'location-brand', one: location, other: brand },
    { name: 'channel-brand', one: channel, other: brand },
  ] as const;
  return kinds
    .filter(({ one, other }) => one.size > 1 && other.size > 1)
    .map(({ name, one, other }) => ({
      name,
      codes: one.codes.map((code, index) => code * other.size + (other.codes[index] ?? 0)),
      size: one.size * other.size,
    }));
}

/** ln of the negative binomial of all pairs as a function of a, without terms that do not depend on it. */
function effectLikelihood(observed: Float64Array, expected: Float64Array): (a: number) => number {
  return (a) => {
    let value = 0;
    for (let code = 0; code < observed.length; code++) {
      const e = expected[code] ?? 0;
      const o = observed[code] ?? 0;
      if (e === 0) continue;
      value += lgamma(a + o) - lgamma(a) - a * log1p(e / a) + (o > 0 ? o * log(e / (a + e)) : 0);
    }
    return value;
  };
}

/** Its limit as a grows: Poisson counts. */
function poissonLikelihood(observed: Float64Array, expected: Float64Array): number {
  let value = 0;
  for (let code = 0; code < observed.length; code++) {
    const e = expected[code] ?? 0;
    const o = observed[code] ?? 0;
    if (e > 0) value += (o > 0 ? o * log(e) : 0) - e;
  }
  return value;
}

function sumsOf(values: Float64Array, codes: Int32Array, size: number): Float64Array {
  const sums = new Float64Array(size);
  values.forEach((value, index) => {
    const code = codes[index] ?? 0;
    sums[code] = (sums[code] ?? 0) + value;
  });
  return sums;
}

function normalised(values: Float64Array): Float64Array {
  const scale = sum(values);
  return values.map((value) => value / scale);
}
