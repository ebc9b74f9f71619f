/**
 * The nearest non-negative cells to a reconciled forecast, in the metric of its own error covariance V: which is the minimum
 * of the reconciliation under y ≥ 0. Cells are b + V·μ with μ ≥ 0, and μ > 0 only where a cell is zero.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { factorCholesky, solveCholesky } from '../../../sdk/numeric/index.ts';

/** Rounds of block exchange without progress before one index at a time is exchanged, which always ends. */
const patience = 10;

/**
 * Solves the linear complementarity problem y = b + V·μ ≥ 0, μ ≥ 0, yᵀμ = 0 by block principal pivoting over the set of zero
 * cells, which is small where forecasts are sensible.
 * @param free the minimum without the bound
 * @param column column j of V, positive definite
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when V is singular in double precision
 * @see Wickramasuriya, Turlach & Hyndman (2020), "Optimal non-negative forecast reconciliation", section 3.2
 * @see Júdice & Pires (1994), "A block principal pivoting algorithm for large-scale strictly monotone linear complementarity
 *   problems"
 */
export function nonNegativeCells(free: Float64Array, column: (cell: number) => Float64Array): Float64Array {
  const cells = free.length;
  const scale = free.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const slack = 1e-13 * scale;
  if (free.every((value) => value >= 0)) return free;
  let zero = new Uint8Array(cells); // 1 where the cell is held at zero
  let fewest = Number.POSITIVE_INFINITY;
  let left = patience;
  for (let round = 0; round < 50 * cells + 100; round++) {
    const { y, multiplier, held } = solveFor(free, zero, column);
    // A multiplier is judged by the move that it makes of its own cell.
    const wrong: number[] = [];
    for (let cell = 0; cell < cells; cell++) {
      if (zero[cell] === 0 ? (y[cell] ?? 0) < -slack : (multiplier[cell] ?? 0) * (column(cell)[cell] ?? 0) < -slack) wrong.push(cell);
    }
    if (wrong.length === 0) {
      for (const cell of held) y[cell] = 0;
      return y.map((value) => Math.max(0, value));
    }
    if (wrong.length < fewest) {
      fewest = wrong.length;
      left = patience;
    } else left -= 1;
    zero = zero.slice();
    for (const cell of left > 0 ? wrong : wrong.slice(-1)) zero[cell] = zero[cell] === 0 ? 1 : 0;
  }
  throw new CohortiumError(
    'NUMERIC_NO_CONVERGENCE',
    `no non-negative solution was found for ${cells} cells; their variances differ too much`,
  );
}

/** Cells and multipliers when exactly the marked cells are zero. */
function solveFor(
  free: Float64Array,
  zero: Uint8Array,
  column: (cell: number) => Float64Array,
): { readonly y: Float64Array; readonly multiplier: Float64Array; readonly held: readonly number[] } {
  const held = [...zero.keys()].filter((cell) => zero[cell] === 1);
  const size = held.length;
  const multiplier = new Float64Array(free.length);
  const y = free.slice();
  if (size === 0) return { y, multiplier, held };
  const block = new Float64Array(size * size);
  held.forEach((cell, index) => {
    const values = column(cell);
    held.forEach((row, at) => {
      block[at * size + index] = values[row] ?? 0;
    });
  });
  const lower = factorCholesky(block, size);
  if (!lower) throw new CohortiumError('NUMERIC_NO_CONVERGENCE', `the error covariance of ${size} cells held at zero is singular`);
  const solution = solveCholesky(
    lower,
    held.map((cell) => -(free[cell] ?? 0)),
  );
  held.forEach((cell, index) => {
    const weight = solution[index] ?? 0;
    multiplier[cell] = weight;
    const values = column(cell);
    for (let row = 0; row < y.length; row++) y[row] = (y[row] ?? 0) + weight * (values[row] ?? 0);
  });
  return { y, multiplier, held };
}
