/**
 * What a customer spends per purchase. Gamma-Gamma where it can be fitted; where it cannot, or where its mean would be
 * infinite, one pooled mean for everybody, with the reason kept in the model. Returns: a customer whose repeat days net to
 * nothing or less cannot be in a Gamma-Gamma fit, so the fit leaves them out and every value is multiplied by what their
 * refunds took from the total.
 */
import { CohortiumError } from '../../sdk/errors.ts';
import { type Rng, sum } from '../../sdk/numeric/index.ts';
import {
  drawAmounts,
  drawSpendParameters,
  expectedMeanSpend,
  fitSpend as fitSpendFamily,
  type Independence,
  measureIndependence,
  type SpendModel as SpendFamilyModel,
} from './clv/index.ts';

/** v in minor units. */
export interface GammaGammaSpend {
  readonly kind: 'gamma-gamma';
  readonly model: SpendFamilyModel<'gamma-gamma'>;
}

export interface PooledSpend {
  readonly kind: 'pooled-mean';
  readonly meanMinor: number;
  /** Shape of the gamma distribution that single purchases are drawn from. */
  readonly shape: number;
  readonly reason: string;
}

export type SpendFit = GammaGammaSpend | PooledSpend;

export interface SpendModel {
  readonly fit: SpendFit;
  /** Net over gross of repeat spend: 0 to 1. */
  readonly netFactor: number;
  /** Whether spend depends on frequency, over repeat buyers: the model assumes that it does not. */
  readonly independence: Independence;
  readonly fitted: number;
}

export interface SpendHistory {
  readonly x: ArrayLike<number>;
  /** Net spend on the x repeat days, minor units. */
  readonly repeatSpendMinor: ArrayLike<number>;
}

/** Below this many customers with positive repeat spend the pooled mean is used. */
export const leastSpenders = 20;

/** A Gamma-Gamma mean of new customers above this many times what repeat purchases cost is a tail, not a mean. */
const largestMeanRatio = 2;

/**
 * Fits spend per purchase and says why when Gamma-Gamma is not used.
 * @param totalSpendMinor net spend of each customer on all purchase days
 * @param baskets purchase days of each customer
 */
export function fitSpend(history: SpendHistory, totalSpendMinor: ArrayLike<number>, baskets: ArrayLike<number>): SpendModel {
  const rows = spenders(history);
  const x = rows.map((row) => history.x[row] ?? 0);
  const meanSpend = rows.map((row, index) => (history.repeatSpendMinor[row] ?? 0) / (x[index] ?? 1));
  const shared = { netFactor: netToGross(history), independence: measureIndependence({ x, meanSpend }), fitted: rows.length };
  const pooled = (reason: string): SpendModel => ({ fit: pooledSpend(history, totalSpendMinor, baskets, reason), ...shared });
  if (rows.length < leastSpenders) return pooled(`${rows.length} customers have repeat spend; Gamma-Gamma needs ${leastSpenders}`);
  try {
    const model = fitSpendFamily('gamma-gamma', { x, meanSpend });
    const { p, q, v } = model.params;
    if (!(q > 1)) return pooled(`Gamma-Gamma has an infinite mean: q = ${q.toPrecision(4)} is not above 1`);
    const ratio = (p * v) / (q - 1) / (sum(rows.map((row) => history.repeatSpendMinor[row] ?? 0)) / sum(x));
    if (!(ratio <= largestMeanRatio)) {
      return pooled(`the Gamma-Gamma mean of new customers is ${ratio.toPrecision(3)} times the mean repeat purchase`);
    }
    return { fit: { kind: 'gamma-gamma', model }, ...shared };
  } catch (error) {
    if (error instanceof CohortiumError) return pooled(`Gamma-Gamma could not be fitted: ${error.message}`);
    throw error;
  }
}

/** Rows that enter the fit: a repeat purchase and positive spend. */
export function spenders({ x, repeatSpendMinor }: SpendHistory): number[] {
  return Array.from({ length: x.length }, (_, row) => row).filter((row) => (x[row] ?? 0) > 0 && (repeatSpendMinor[row] ?? 0) > 0);
}

/** Share of the spenders' repeat spend that is left after the refunds of those who netted to nothing or less. */
export function netToGross(history: SpendHistory): number {
  const gross = sum(spenders(history).map((row) => history.repeatSpendMinor[row] ?? 0));
  const refunds = sum(
    Array.from({ length: history.x.length }, (_, row) => Math.min(0, (history.x[row] ?? 0) > 0 ? (history.repeatSpendMinor[row] ?? 0) : 0)),
  );
  return gross > 0 ? Math.max(0, Math.min(1, (gross + refunds) / gross)) : 1;
}

/**
 * Expected spend per purchase, before the net-to-gross factor.
 * @see Fader & Hardie (2013), "The Gamma-Gamma model of monetary value", eq. 5
 */
export function expectedSpend(fit: SpendFit, x: number, repeatSpendMinor: number): number {
  if (fit.kind === 'pooled-mean') return fit.meanMinor;
  const known = x > 0 && repeatSpendMinor > 0;
  return expectedMeanSpend(fit.model.params, known ? x : 0, known ? repeatSpendMinor / x : 0);
}

/** One draw of the parameters; a pooled mean is taken as it is. */
export function drawSpendFit(fit: SpendFit, rng: Rng): SpendFit {
  return fit.kind === 'pooled-mean' ? fit : { ...fit, model: { ...fit.model, params: drawSpendParameters(fit.model, rng) } };
}

/** Draws of single purchases in one future of a customer. */
export function spendSampler(fit: SpendFit, rng: Rng, x: number, repeatSpendMinor: number): () => number {
  if (fit.kind === 'pooled-mean') return () => (fit.meanMinor * rng.gamma(fit.shape)) / fit.shape;
  return drawAmounts(fit.model, x, repeatSpendMinor, rng);
}

/** Pooled mean over the purchases of those who spent; falls back on all customers, then on zero. */
export function pooledSpend(
  { x, repeatSpendMinor }: SpendHistory,
  totalSpendMinor: ArrayLike<number>,
  baskets: ArrayLike<number>,
  reason: string,
): PooledSpend {
  const rows = spenders({ x, repeatSpendMinor });
  const repeats = sum(rows.map((row) => x[row] ?? 0));
  const all = sum(baskets);
  const meanMinor =
    repeats > 0 ? sum(rows.map((row) => repeatSpendMinor[row] ?? 0)) / repeats : all > 0 ? Math.max(0, sum(totalSpendMinor) / all) : 0;
  const means = rows.map((row) => (repeatSpendMinor[row] ?? 0) / (x[row] ?? 1));
  const variance = means.length > 1 ? sum(means.map((mean) => (mean - meanMinor) * (mean - meanMinor))) / (means.length - 1) : 0;
  // Shape 1 (an exponential) where the spread is not known; kept away from values that no draw could show.
  const shape = variance > 0 ? Math.min(100, Math.max(0.1, (meanMinor * meanMinor) / variance)) : 1;
  return { kind: 'pooled-mean', meanMinor, shape, reason };
}
