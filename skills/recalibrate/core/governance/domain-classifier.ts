/**
 * Whether two tables of the same columns come from one population: a logistic regression learns to tell their rows apart on one half
 * and is judged on the other. The threshold is what it reaches when the labels are shuffled, so that neither the number of rows nor
 * that of columns needs a constant. Refuses tables of other columns.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import {
  type DesignRows,
  fitRidgeLogistic,
  linearPredictor,
  makeRng,
  midRankShares,
  quantileSorted,
  type Rng,
  sumOf,
} from '../../../sdk/numeric/index.ts';

export interface DomainDrift {
  /** Probability that a row of now is told from one of before, held out; 0.5 for one population. */
  readonly auc: number;
  /** What shuffled labels stay below in 95 of 100 cases. */
  readonly threshold: number;
  /** Share of shuffles that reach the AUC, the data themselves counted as one. */
  readonly p: number;
  readonly isOver: boolean;
  readonly rowsBefore: number;
  readonly rowsNow: number;
}

const permutations = 99;
const mostRows = 600;
/** On standardised columns, in rows: keeps weights finite where the tables are separable. */
const ridge = 1;
const newtonSteps = 5;

/**
 * @param before columns with NaN for missing, rows of before
 * @param now the same columns, rows of now
 * @throws {CohortiumError} NUMERIC_DOMAIN for no columns, other columns, or fewer than 4 rows on a side
 * @see Lopez-Paz & Oquab (2017), "Revisiting classifier two-sample tests"
 */
export function domainDrift(before: readonly Float64Array[], now: readonly Float64Array[], seed: string): DomainDrift {
  const [first, second] = [before[0]?.length ?? 0, now[0]?.length ?? 0];
  if (before.length !== now.length || first < 4 || second < 4) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `two tables of the same columns and at least 4 rows each are needed; found ${before.length} × ${first} and ${now.length} × ${second}`,
    );
  }
  const rng = makeRng(seed).split('domain');
  const [sampleBefore, sampleNow] = [sampleOf(first, rng.split('before')), sampleOf(second, rng.split('now'))];
  const points = standardised(
    before.flatMap((column, at) =>
      withMissing(
        sampleBefore.map((row) => column[row] ?? Number.NaN),
        sampleNow.map((row) => now[at]?.[row] ?? Number.NaN),
      ),
    ),
  );
  const label = Uint8Array.from({ length: sampleBefore.length + sampleNow.length }, (_, row) => (row < sampleBefore.length ? 0 : 1));
  // Rows were drawn in random order, so that every other one is a random half.
  const auc = heldOutAuc(points, label);
  const shuffled = Float64Array.from({ length: permutations }, () => heldOutAuc(points, shuffle(label, rng))).sort();
  const threshold = quantileSorted(shuffled, 0.95);
  return {
    auc,
    threshold,
    p: (1 + shuffled.filter((one) => one >= auc).length) / (permutations + 1),
    isOver: auc > threshold,
    rowsBefore: first,
    rowsNow: second,
  };
}

/** Rows in random order, at most so many. */
function sampleOf(rows: number, rng: Rng): number[] {
  const order = Array.from({ length: rows }, (_, row) => row);
  for (let at = 0; at < Math.min(rows, mostRows); at++) {
    const other = at + rng.integer(rows - at);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order.slice(0, mostRows);
}

/** The column with its mean where it is missing, and, where anything is, a column that says so. */
function withMissing(before: readonly number[], now: readonly number[]): Float64Array[] {
  const values = Float64Array.from([...before, ...now]);
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length === 0) return [];
  const mean = sumOf(known.length, (at) => known[at] ?? 0) / known.length;
  const filled = values.map((value) => (Number.isFinite(value) ? value : mean));
  return known.length === values.length ? [filled] : [filled, values.map((value) => (Number.isFinite(value) ? 0 : 1))];
}

/** Rows beside each other, an intercept first; constant columns left out. */
function standardised(columns: readonly Float64Array[]): DesignRows {
  const kept = columns.flatMap((column) => {
    const mean = sumOf(column.length, (at) => column[at] ?? 0) / column.length;
    const variance = sumOf(column.length, (at) => ((column[at] ?? 0) - mean) * ((column[at] ?? 0) - mean)) / column.length;
    return variance > 0 ? [column.map((value) => (value - mean) / Math.sqrt(variance))] : [];
  });
  const width = kept.length + 1;
  const rows = new Float64Array((columns[0]?.length ?? 0) * width);
  for (let row = 0; row * width < rows.length; row++) {
    rows[row * width] = 1;
    for (const [at, column] of kept.entries()) rows[row * width + at + 1] = column[row] ?? 0;
  }
  return { rows, width };
}

/** Learnt on each half, judged on the other, over both. */
function heldOutAuc(points: DesignRows, label: Uint8Array): number {
  const halves = [0, 1].map((half) => Array.from(label.keys()).filter((row) => row % 2 === half));
  const aucs = halves.map((learnt, half) => {
    const weights = fitRidgeLogistic(points, label, learnt, { ridge, newtonSteps });
    const held = halves[1 - half] ?? [];
    return aucOf(
      Float64Array.from(held, (row) => linearPredictor(points, row, weights)),
      Uint8Array.from(held, (row) => label[row] ?? 0),
    );
  });
  return ((aucs[0] ?? 0.5) + (aucs[1] ?? 0.5)) / 2;
}

/** Mann–Whitney: ties count half. */
function aucOf(score: Float64Array, label: Uint8Array): number {
  const positives = label.reduce((count, own) => count + own, 0);
  const negatives = label.length - positives;
  if (positives === 0 || negatives === 0) return 0.5;
  const share = midRankShares(score);
  // A mid-rank share is (rank − ½) / n.
  const ranks = sumOf(label.length, (row) => (label[row] === 1 ? (share[row] ?? 0) * label.length + 0.5 : 0));
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

function shuffle(label: Uint8Array, rng: Rng): Uint8Array {
  const drawn = label.slice();
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = rng.integer(last + 1);
    [drawn[last], drawn[other]] = [drawn[other] ?? 0, drawn[last] ?? 0];
  }
  return drawn;
}
