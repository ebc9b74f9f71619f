/**
 * Spend models assume that what a customer pays does not depend on how often the customer buys. This measures it: the rank
 * correlation of the number of purchases and the mean spend, with an interval and a sentence. Skewed amounts alone give a
 * correlation of a few hundredths, because the mean of few has a lower median: hence the tolerance.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { betaFraction, betaln, exp, expm1, log, log1p, normalQuantile, sum } from '../../../../sdk/numeric/index.ts';
import { checkSpendColumns, isSpend, type SpendColumns } from './spend-rows.ts';

export interface Independence {
  /** Spearman's rank correlation with mid-ranks, −1 to 1; 0 where one of the two does not vary. */
  readonly rho: number;
  readonly lower: number;
  readonly upper: number;
  /** Of the interval, such as 0.95. */
  readonly level: number;
  /** Two-sided, of no correlation. */
  readonly pValue: number;
  /** Customers with a purchase and positive spend: the sum of the weights. */
  readonly customers: number;
  /** `fails` where the whole interval is beyond ±0.1, `doubtful` where it excludes zero only, `unknown` below 4 customers. */
  readonly verdict: 'holds' | 'doubtful' | 'fails' | 'unknown';
  readonly says: string;
}

/** A correlation up to this changes a value by little. */
const tolerable = 0.1;

/**
 * @param data rows with x < 1 or a mean not above 0 are left out
 * @param level of the confidence interval, in (0, 1)
 * @throws {CohortiumError} NUMERIC_DOMAIN when the level is out of its range, columns differ in length or a number is NaN
 * @see Bonett & Wright (2000), "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
 *   Psychometrika 65(1), for the standard error √((1 + ρ²/2)/(n − 3)) of Fisher's z
 */
export function measureIndependence({ x, meanSpend, weight }: SpendColumns, level = 0.95): Independence {
  if (!(level > 0 && level < 1)) throw new CohortiumError('NUMERIC_DOMAIN', `a confidence level is between 0 and 1; found ${level}`);
  checkSpendColumns({ x, meanSpend, weight });
  const rows = Array.from({ length: x.length }, (_, row) => row).filter((row) => isSpend(x[row] ?? 0, meanSpend[row] ?? 0, row));
  const weights = rows.map((row) => weight?.[row] ?? 1);
  const counts = midRanks(
    rows.map((row) => x[row] ?? 0),
    weights,
  );
  const means = midRanks(
    rows.map((row) => meanSpend[row] ?? 0),
    weights,
  );
  const customers = sum(weights);
  const rho = correlation(counts, means, weights, customers);
  const isKnown = customers > 3;
  const half = isKnown ? normalQuantile((1 + level) / 2) * Math.sqrt((1 + (rho * rho) / 2) / (customers - 3)) : Number.POSITIVE_INFINITY;
  const z = (log1p(rho) - log1p(-rho)) / 2;
  const [lower, upper] = isKnown ? [tanh(z - half), tanh(z + half)] : [-1, 1];
  const pValue = isKnown ? pValueOf(rho, customers - 2) : 1;
  const verdict = !isKnown ? 'unknown' : lower > tolerable || upper < -tolerable ? 'fails' : lower > 0 || upper < 0 ? 'doubtful' : 'holds';
  return { rho, lower, upper, level, pValue, customers, verdict, says: sentence(verdict, rho) };
}

function sentence(verdict: Independence['verdict'], rho: number): string {
  const direction = rho > 0 ? 'more' : 'less';
  if (verdict === 'unknown') return 'There are too few customers to say whether spend depends on frequency.';
  if (verdict === 'holds') return 'No dependence of spend on frequency is seen: the assumption holds.';
  if (verdict === 'doubtful')
    return `Frequent buyers pay a little ${direction} per purchase: the assumption is doubtful, with little harm.`;
  return `Frequent buyers pay ${direction} per purchase: the assumption fails; fit spend by frequency band.`;
}

/** Ranks with ties at their mean; a weight counts as that many rows. */
function midRanks(values: readonly number[], weights: readonly number[]): number[] {
  const order = values.map((_, row) => row).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = values.map(() => 0);
  let before = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let tied = 0;
    for (; end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]; end++) tied += weights[order[end] ?? 0] ?? 0;
    for (; start < end; start++) ranks[order[start] ?? 0] = before + (tied + 1) / 2;
    before += tied;
  }
  return ranks;
}

function correlation(first: readonly number[], second: readonly number[], weights: readonly number[], customers: number): number {
  const centre = (customers + 1) / 2;
  const product = (a: readonly number[], b: readonly number[]): number =>
    sum(weights.map((weight, row) => weight * ((a[row] ?? 0) - centre) * ((b[row] ?? 0) - centre)));
  const scale = product(first, first) * product(second, second);
  return scale > 0 ? Math.min(1, Math.max(-1, product(first, second) / Math.sqrt(scale))) : 0;
}

/** Two-sided probability of Student's t at ρ·√(df/(1 − ρ²)): the incomplete beta function at 1 − ρ². */
function pValueOf(rho: number, df: number): number {
  const [a, x] = [df / 2, 1 - rho * rho];
  if (x <= 0) return 0;
  if (rho === 0) return 1;
  const front = exp(a * log(x) + log(rho * rho) / 2 - betaln(a, 0.5));
  return x < (a + 1) / (a + 2.5) ? (front * betaFraction(a, 0.5, x)) / a : 1 - 2 * front * betaFraction(0.5, a, 1 - x);
}

function tanh(z: number): number {
  if (!Number.isFinite(z)) return Math.sign(z);
  const twice = expm1(-2 * Math.abs(z));
  return (Math.sign(z) * -twice) / (twice + 2);
}
