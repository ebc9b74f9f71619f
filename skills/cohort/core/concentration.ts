/**
 * One concentration by Dirichlet-multinomial maximum likelihood: how strongly counts follow known base shares. Large
 * means that all groups share the base, small that each keeps to its own. Counts may be fractions; the likelihood then
 * is the same expression with the Gamma function in place of factorials.
 */
import { exp, lgamma, log } from '../../sdk/numeric/index.ts';

export interface Concentration {
  readonly value: number;
  /** `lower` or `upper`: the likelihood still grew at that end of the range; `flat`: the data say nothing. */
  readonly boundary: 'interior' | 'lower' | 'upper' | 'flat';
}

/** Counts in groups. Entries with a zero count may be left out: they add nothing. */
export interface GroupedCounts {
  /** Total count of each group, > 0. */
  readonly totals: ArrayLike<number>;
  /** Base share of each entry, > 0. */
  readonly base: ArrayLike<number>;
  /** Count of each entry, > 0. */
  readonly count: ArrayLike<number>;
  /** What is known of each group before, in total: its own past counts, which add to s·base. Zero where absent. */
  readonly ownTotals?: ArrayLike<number> | undefined;
  /** Past count of each entry, ≥ 0. */
  readonly own?: ArrayLike<number> | undefined;
}

const lowest = 1e-3;
const highest = 1e6;
const scanPoints = 25;
const goldenSteps = 36;
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** A likelihood that varies by less than this over the whole range says nothing. */
const flatBelow = 1e-3;

/** Used when the data cannot tell: the base weighs as much as one purchase. */
const uninformed = 1;

/**
 * Maximises over s in [1e-3, 1e6], on the log scale:
 * Σ_g [lnΓ(s) − lnΓ(s + n_g)] + Σ_e [lnΓ(s·m_e + k_e) − lnΓ(s·m_e)],
 * with past counts the same at s + N_g and s·m_e + K_e: the likelihood of what came after them.
 * @see Minka (2000), "Estimating a Dirichlet distribution", eq. 101
 */
export function fitConcentration(counts: GroupedCounts): Concentration {
  return searchConcentration(concentrationLikelihood(counts));
}

/** Maximum over s in [1e-3, 1e6] of a function that is smooth on the log scale: a scan, then a golden section. */
export function searchConcentration(likelihood: (s: number) => number): Concentration {
  const low = log(lowest);
  const high = log(highest);
  const step = (high - low) / (scanPoints - 1);
  let best = 0;
  let bestValue = Number.NEGATIVE_INFINITY;
  let worstValue = Number.POSITIVE_INFINITY;
  for (let index = 0; index < scanPoints; index++) {
    const value = likelihood(exp(low + index * step));
    if (value > bestValue) {
      bestValue = value;
      best = index;
    }
    worstValue = Math.min(worstValue, value);
  }
  if (!(bestValue - worstValue > flatBelow)) return { value: uninformed, boundary: 'flat' };
  if (best === 0) return { value: lowest, boundary: 'lower' };
  if (best === scanPoints - 1) return { value: highest, boundary: 'upper' };
  return { value: exp(goldenSection((s) => likelihood(exp(s)), low + (best - 1) * step, low + (best + 1) * step)), boundary: 'interior' };
}

/** The log-likelihood as a function of s; equal terms are computed once and weighted. */
export function concentrationLikelihood(counts: GroupedCounts): (s: number) => number {
  if (counts.own && counts.ownTotals) return predictiveLikelihood(counts, counts.ownTotals, counts.own);
  const totals = weighted(counts.totals.length, (row) => [counts.totals[row] ?? 0, 0]);
  const entries = weighted(counts.count.length, (row) => [counts.base[row] ?? 0, counts.count[row] ?? 0]);
  return (s) => {
    let value = 0;
    const atS = lgamma(s);
    for (let row = 0; row < totals.weight.length; row++) {
      value += (totals.weight[row] ?? 0) * (atS - lgamma(s + (totals.first[row] ?? 0)));
    }
    for (let row = 0; row < entries.weight.length; row++) {
      const prior = s * (entries.first[row] ?? 0);
      value += (entries.weight[row] ?? 0) * (lgamma(prior + (entries.second[row] ?? 0)) - lgamma(prior));
    }
    return value;
  };
}

/** With a past of their own hardly any two terms are equal. */
function predictiveLikelihood(
  { totals, base, count }: GroupedCounts,
  ownTotals: ArrayLike<number>,
  own: ArrayLike<number>,
): (s: number) => number {
  return (s) => {
    let value = 0;
    for (let row = 0; row < totals.length; row++) {
      const known = s + (ownTotals[row] ?? 0);
      value += lgamma(known) - lgamma(known + (totals[row] ?? 0));
    }
    for (let row = 0; row < count.length; row++) {
      const known = s * (base[row] ?? 0) + (own[row] ?? 0);
      value += lgamma(known + (count[row] ?? 0)) - lgamma(known);
    }
    return value;
  };
}

function goldenSection(objective: (x: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  let left = high - goldenRatio * (high - low);
  let right = low + goldenRatio * (high - low);
  let atLeft = objective(left);
  let atRight = objective(right);
  for (let step = 0; step < goldenSteps; step++) {
    if (atLeft >= atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - goldenRatio * (high - low);
      atLeft = objective(left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + goldenRatio * (high - low);
      atRight = objective(right);
    }
  }
  return (low + high) / 2;
}

interface WeightedPairs {
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly weight: Float64Array;
}

/** Distinct pairs in a fixed order, with how often each occurs. */
function weighted(rows: number, pairOf: (row: number) => readonly [number, number]): WeightedPairs {
  const bySecond = new Map<number, Map<number, number>>();
  for (let row = 0; row < rows; row++) {
    const [first, second] = pairOf(row);
    const inner = bySecond.get(second) ?? new Map<number, number>();
    inner.set(first, (inner.get(first) ?? 0) + 1);
    bySecond.set(second, inner);
  }
  const pairs = [...bySecond].flatMap(([second, inner]) => [...inner].map(([first, weight]) => ({ first, second, weight })));
  pairs.sort((a, b) => a.second - b.second || a.first - b.first); // so that the order of customers changes nothing
  return {
    first: Float64Array.from(pairs, (pair) => pair.first),
    second: Float64Array.from(pairs, (pair) => pair.second),
    weight: Float64Array.from(pairs, (pair) => pair.weight),
  };
}
