/** Symmetric systems that need not have full rank: unknowns that say what earlier ones have said already are left at 0. */

/** A pivot below this part of its own diagonal depends on those before it. */
const dependent = 1e-9;

export interface IndependentSolution {
  /** 0 at unknowns that were left out. */
  readonly solution: Float64Array;
  /** Positions that were kept, ascending. */
  readonly kept: readonly number[];
  readonly rank: number;
}

/**
 * Solves by Cholesky's factor of the independent part.
 * @param matrix symmetric, non-negative definite, n × n row-major
 * @param right n numbers
 */
export function solveIndependent(matrix: ArrayLike<number>, right: ArrayLike<number>): IndependentSolution {
  const n = right.length;
  const lower: Float64Array[] = [];
  const kept: number[] = [];
  for (let row = 0; row < n; row++) {
    const line = new Float64Array(kept.length + 1);
    for (const [at, column] of kept.entries()) {
      let rest = matrix[row * n + column] ?? 0;
      for (let k = 0; k < at; k++) rest -= (line[k] ?? 0) * (lower[at]?.[k] ?? 0);
      line[at] = rest / (lower[at]?.[at] ?? 1);
    }
    const diagonal = matrix[row * n + row] ?? 0;
    let rest = diagonal;
    for (let k = 0; k < kept.length; k++) rest -= (line[k] ?? 0) * (line[k] ?? 0);
    if (!(rest > dependent * diagonal)) continue;
    line[kept.length] = Math.sqrt(rest);
    lower.push(line);
    kept.push(row);
  }
  const y = kept.map((row) => right[row] ?? 0);
  for (let at = 0; at < y.length; at++) {
    let rest = y[at] ?? 0;
    for (let k = 0; k < at; k++) rest -= (lower[at]?.[k] ?? 0) * (y[k] ?? 0);
    y[at] = rest / (lower[at]?.[at] ?? 1);
  }
  for (let at = y.length - 1; at >= 0; at--) {
    let rest = y[at] ?? 0;
    for (let k = at + 1; k < y.length; k++) rest -= (lower[k]?.[at] ?? 0) * (y[k] ?? 0);
    y[at] = rest / (lower[at]?.[at] ?? 1);
  }
  const solution = new Float64Array(n);
  for (const [at, row] of kept.entries()) solution[row] = y[at] ?? 0;
  return { solution, kept, rank: kept.length };
}
