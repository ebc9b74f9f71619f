/**
 * Splits an account's value over cells by a Dirichlet posterior: a cell's share is (S·π + k) / (S + n), with k of the
 * account's n purchase days there. Shares over all cells add up to one, so money adds up, and a cell that was never
 * visited keeps S·π / (S + n). Refuses nothing: an account without purchases takes the base shares.
 */
import { sum } from '../../sdk/numeric/index.ts';
import { type Concentration, fitConcentration } from './concentration.ts';
import type { CellCounts, CellGrid } from './grid.ts';
import { type Interaction, withInteractions } from './interactions.ts';
import { marginCounts } from './margin-counts.ts';

export interface AllocationModel {
  /** Base share π of each combination; sums to one. */
  readonly prior: Float64Array;
  /** S: how many purchase days the base shares weigh. */
  readonly concentration: Concentration;
  /** How many purchase days the product of the margins weighs against the observed combinations when π is made. */
  readonly marginWeight: Concentration;
  /** n of each account: the sum of its cells. */
  readonly accountBaskets: Float64Array;
  /** Interactions of pairs of dimensions in π; absent where π was not asked for them. */
  readonly interactions?: readonly Interaction[];
}

export interface AllocationOptions {
  /**
   * What π is mixed with: `product` of the three margins, which is additive effects on the log scale (default), or `effects`:
   * the same with interactions of pairs where the data are likelier with them.
   */
  readonly prior?: 'product' | 'effects';
  /** S that was found elsewhere, as by {@link chooseHalfLife}; π is then fitted for it. */
  readonly concentration?: Concentration;
}

/** π and S depend on each other through the weight of an account; this many rounds settle both. */
const rounds = 3;

/**
 * Fits π and S.
 *
 * π mixes the observed frequencies of the combinations with the product of the three margins (additive effects on the
 * log scale), the weight of the product by empirical Bayes. An account of n days counts as n(1+S)/(n+S) of them: the
 * weight that its own habits leave, so that one loyal customer does not speak for all. S is fitted on the margins.
 *
 * What adds up: money over all three dimensions; purchase days over location and channel; over brands only fractions of days,
 * because one basket holds several brands and is split by their value.
 * @see Goodhardt, Ehrenberg & Chatfield (1984), "The Dirichlet: A comprehensive model of buying behaviour"
 */
export function fitAllocation(grid: CellGrid, cells: CellCounts, options: AllocationOptions = {}): AllocationModel {
  const wantsEffects = options.prior === 'effects';
  const accountBaskets = basketsOfAccounts(cells);
  let concentration: Concentration = options.concentration ?? { value: Number.POSITIVE_INFINITY, boundary: 'flat' };
  let interactions: readonly Interaction[] = [];
  let marginWeight: Concentration = { value: 1, boundary: 'flat' };
  let prior = new Float64Array(grid.location.length);
  for (let round = 0; round < rounds; round++) {
    const effective = effectiveCounts(grid, cells, accountBaskets, concentration.value);
    let product = marginProduct(grid, effective);
    // Before S is known, customers who repeat themselves would pass for interactions.
    if (wantsEffects && Number.isFinite(concentration.value))
      ({ prior: product, interactions } = withInteractions(grid, effective, product));
    const visited = [...effective.keys()].filter((index) => (effective[index] ?? 0) > 0);
    const total = sum(effective);
    marginWeight = fitConcentration({
      totals: [total],
      base: visited.map((index) => product[index] ?? 0),
      count: visited.map((index) => effective[index] ?? 0),
    });
    prior = effective.map((count, index) => (count + marginWeight.value * (product[index] ?? 0)) / (total + marginWeight.value));
    const scale = sum(prior);
    prior = prior.map((share) => share / scale);
    if (!options.concentration) concentration = fitConcentration(marginCounts(grid, cells, prior));
  }
  return { prior, concentration, marginWeight, accountBaskets, ...(wantsEffects ? { interactions } : {}) };
}

/** Posterior mean share of each visited cell in its account's value. */
export function cellShares(model: AllocationModel, cells: CellCounts): Float64Array {
  const weight = model.concentration.value;
  return cells.baskets.map((baskets, row) => {
    const total = model.accountBaskets[cells.account[row] ?? 0] ?? 0;
    return (weight * (model.prior[cells.combination[row] ?? 0] ?? 0) + baskets) / (weight + total);
  });
}

/** Purchase days of each account: the sum over its cells. */
export function basketsOfAccounts(cells: CellCounts): Float64Array {
  const totals = new Float64Array(cells.accounts);
  cells.account.forEach((account, row) => {
    totals[account] = (totals[account] ?? 0) + (cells.baskets[row] ?? 0);
  });
  return totals;
}

function effectiveCounts(grid: CellGrid, cells: CellCounts, accountBaskets: Float64Array, weight: number): Float64Array {
  const counts = new Float64Array(grid.location.length);
  cells.combination.forEach((combination, row) => {
    const total = accountBaskets[cells.account[row] ?? 0] ?? 0;
    const discount = Number.isFinite(weight) ? (1 + weight) / (total + weight) : 1;
    counts[combination] = (counts[combination] ?? 0) + (cells.baskets[row] ?? 0) * discount;
  });
  return counts;
}

/** Product of smoothed margins, normalised over the grid. Half a day is added to each value: none has probability zero. */
function marginProduct(grid: CellGrid, counts: Float64Array): Float64Array {
  const margin = (codes: Int32Array, size: number): Float64Array => {
    const totals = new Float64Array(size).fill(0.5);
    codes.forEach((code, index) => {
      totals[code] = (totals[code] ?? 0) + (counts[index] ?? 0);
    });
    const scale = sum(totals);
    return totals.map((total) => total / scale);
  };
  const location = margin(grid.location, grid.locations.length);
  const channel = margin(grid.channel, grid.channels.length);
  const brand = margin(grid.brand, grid.brands.length);
  const product = Float64Array.from(grid.location, (code, index) => {
    return (location[code] ?? 0) * (channel[grid.channel[index] ?? 0] ?? 0) * (brand[grid.brand[index] ?? 0] ?? 0);
  });
  const scale = sum(product);
  return product.map((share) => share / scale);
}
