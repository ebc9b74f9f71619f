/**
 * Whether two tables of the same columns come from one population: a logistic regression learns to tell their rows apart on one half
 * and is judged on the other. The threshold is what it reaches when the labels are shuffled, so that neither the number of rows nor
 * that of columns needs a constant. Refuses tables of other columns.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import {
  factorCholesky,
  makeRng,
  midRankShares,
  quantileSorted,
  type Rng,
  sigmoid,
  solveCholesky,
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
function standardised(columns: readonly Float64Array[]): { readonly rows: Float64Array; readonly width: number } {
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
function heldOutAuc({ rows, width }: { readonly rows: Float64Array; readonly width: number }, label: Uint8Array): number {
  const aucs = [0, 1].map((half) => {
    const weights = fitLogistic(rows, width, label, half);
    const held = Array.from(label.keys()).filter((row) => row % 2 !== half);
    return aucOf(
      Float64Array.from(held, (row) => dot(rows, row * width, weights)),
      Uint8Array.from(held, (row) => label[row] ?? 0),
    );
  });
  return ((aucs[0] ?? 0.5) + (aucs[1] ?? 0.5)) / 2;
}

/** Newton's method with ridge on all weights but the intercept. */
function fitLogistic(rows: Float64Array, width: number, label: Uint8Array, half: number): Float64Array {
  const weights = new Float64Array(width);
  for (let step = 0; step < newtonSteps; step++) {
    const gradient = new Float64Array(width);
    const information = new Float64Array(width * width);
    for (let row = half; row < label.length; row += 2) {
      const at = row * width;
      const share = sigmoid(dot(rows, at, weights));
      const [error, spread] = [(label[row] ?? 0) - share, Math.max(share * (1 - share), 1e-6)];
      for (let one = 0; one < width; one++) {
        const value = rows[at + one] ?? 0;
        gradient[one] = (gradient[one] ?? 0) + error * value;
        for (let other = 0; other <= one; other++) {
          information[one * width + other] = (information[one * width + other] ?? 0) + spread * value * (rows[at + other] ?? 0);
        }
      }
    }
    for (let one = 0; one < width; one++) {
      const penalty = one === 0 ? 1e-6 : ridge;
      gradient[one] = (gradient[one] ?? 0) - penalty * (weights[one] ?? 0);
      information[one * width + one] = (information[one * width + one] ?? 0) + penalty;
      for (let other = 0; other < one; other++) information[other * width + one] = information[one * width + other] ?? 0;
    }
    const factor = factorCholesky(information, width);
    if (!factor) return weights;
    const move = solveCholesky(factor, gradient);
    for (let one = 0; one < width; one++) weights[one] = (weights[one] ?? 0) + (move[one] ?? 0);
  }
  return weights;
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

function dot(rows: Float64Array, at: number, weights: Float64Array): number {
  let total = 0;
  for (let one = 0; one < weights.length; one++) total += (rows[at + one] ?? 0) * (weights[one] ?? 0);
  return total;
}
