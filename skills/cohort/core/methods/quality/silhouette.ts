/**
 * Silhouette: how much closer a customer is to its own cohort than to the next one. All pairs of a sample, because all pairs of
 * a million customers cannot be had; the error of sampling is stated beside the figure.
 */
import { makeRng } from '../../../../sdk/numeric/index.ts';
import { canonicalOrder, evenSample, takeRows } from './canonical-order.ts';

export interface SilhouetteOptions {
  /** Rows at most, default 4,000; time and not memory grows with its square. */
  readonly sampleRows?: number;
  readonly seed?: string;
}

export interface Silhouette {
  /** Mean over the sampled customers, in [−1, 1]; NaN with fewer than two cohorts in the sample. */
  readonly mean: number;
  /** Standard error of the mean by sampling; 0 when all rows were used. */
  readonly standardError: number;
  readonly rows: number;
  /** Mean of each cohort; NaN for one that the sample misses. */
  readonly byCohort: readonly number[];
}

/**
 * Mean of (b − a) / max(a, b): a is the mean Euclidean distance to the others of the own cohort, b the least mean distance to
 * another cohort; 0 for the only one of its cohort. Rows in no cohort (−1) are left out.
 * @param columns standardised, finite, of equal length
 * @param label cohort of each row
 * @see Rousseeuw (1987), "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis"
 */
export function silhouette(columns: readonly Float64Array[], label: Int32Array, options: SilhouetteOptions = {}): Silhouette {
  const { sampleRows = 4000, seed = 'silhouette' } = options;
  // The label takes part in the order, so that equal rows of different cohorts are not interchanged.
  const order = canonicalOrder([...columns, Float64Array.from(label)]).filter((row) => (label[row] ?? -1) >= 0);
  const chosen = evenSample(order, sampleRows, makeRng(seed).uniform());
  const cohorts = label.reduce((most, cohort) => Math.max(most, cohort), -1) + 1;
  const labels = Int32Array.from(chosen, (row) => label[row] ?? 0);
  const values = silhouetteValues(takeRows(columns, chosen), labels, cohorts);

  const totals = new Float64Array(cohorts);
  const sizes = new Float64Array(cohorts);
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0;
    const own = labels[row] ?? 0;
    total += value;
    totals[own] = (totals[own] ?? 0) + value;
    sizes[own] = (sizes[own] ?? 0) + 1;
  }
  const rows = values.length;
  const mean = sizes.filter((size) => size > 0).length < 2 ? Number.NaN : total / rows;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  const unseen = 1 - rows / Math.max(1, order.length);
  return {
    mean,
    standardError: rows > 1 ? Math.sqrt((squares / (rows - 1) / rows) * unseen) : Number.NaN,
    rows,
    byCohort: Array.from(totals, (sum, cohort) => (Number.isNaN(mean) ? mean : sum / (sizes[cohort] ?? 0))),
  };
}

/** The silhouette of each row among these rows. */
function silhouetteValues(columns: readonly Float64Array[], label: Int32Array, cohorts: number): Float64Array {
  const rows = label.length;
  const sizes = new Float64Array(cohorts);
  for (const own of label) sizes[own] = (sizes[own] ?? 0) + 1;
  const squared = new Float64Array(rows);
  const toCohort = new Float64Array(cohorts);
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    squared.fill(0);
    for (const column of columns) addSquares(squared, column, column[row] ?? 0);
    toCohort.fill(0);
    for (let other = 0; other < rows; other++) {
      const cohort = label[other] ?? 0;
      toCohort[cohort] = (toCohort[cohort] ?? 0) + Math.sqrt(squared[other] ?? 0);
    }
    const own = label[row] ?? 0;
    const companions = (sizes[own] ?? 0) - 1;
    if (companions === 0) continue;
    const within = (toCohort[own] ?? 0) / companions;
    let next = Number.POSITIVE_INFINITY;
    for (let cohort = 0; cohort < cohorts; cohort++) {
      const size = sizes[cohort] ?? 0;
      if (cohort !== own && size > 0) next = Math.min(next, (toCohort[cohort] ?? 0) / size);
    }
    const larger = Math.max(within, next);
    values[row] = larger > 0 && Number.isFinite(larger) ? (next - within) / larger : 0;
  }
  return values;
}

function addSquares(into: Float64Array, column: Float64Array, value: number): void {
  for (let row = 0; row < into.length; row++) {
    const off = (column[row] ?? 0) - value;
    into[row] = (into[row] ?? 0) + off * off;
  }
}
