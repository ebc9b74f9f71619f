/**
 * Cells and one parent that were forecast apart, made to agree by weighted least squares: in proportion to how uncertain each
 * is. The usual case, an account and its cells, in O(cells).
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { checkValues, checkVariances } from './check-values.ts';

export interface OneParentResult {
  readonly cells: Float64Array;
  /** The sum of the cells. */
  readonly parent: number;
}

/**
 * Minimises Σ (y_c − ŷ_c)²/v_c + (Σ y_c − ŷ_0)²/v_0 over y ≥ 0. Without the bound the minimum is
 * y_c = ŷ_c + v_c / (v_0 + Σ v) · (ŷ_0 − Σ ŷ); with it, cells that this would make negative are zero and the others share
 * what is left, which is the exact minimum and not a clip.
 * @param cells forecasts ŷ_c, finite
 * @param variances v_c ≥ 0; 0 holds a cell that is ≥ 0 where it is
 * @param parent forecast ŷ_0, finite
 * @param parentVariance v_0 ≥ 0; 0 holds the parent
 * @param options `allowNegative` leaves the bound away
 * @throws {CohortiumError} NUMERIC_DOMAIN for anything else, and when nothing may move but the sums differ
 * @see Wickramasuriya, Athanasopoulos & Hyndman (2019), "Optimal forecast reconciliation for hierarchical and grouped time
 *   series through trace minimization", eq. 9, with one aggregate
 */
export function oneParent(
  cells: ArrayLike<number>,
  variances: ArrayLike<number>,
  parent: number,
  parentVariance: number,
  options: { readonly allowNegative?: boolean } = {},
): OneParentResult {
  checkValues('cell forecast', cells);
  checkVariances('cell variance', variances, cells.length);
  checkValues('parent forecast', [parent]);
  checkVariances('parent variance', [parentVariance], 1);
  const bounded = options.allowNegative !== true;
  const shift = bounded ? boundedShift(cells, variances, parent, parentVariance) : freeShift(cells, variances, parent, parentVariance);
  const adjusted = Float64Array.from(cells, (value, cell) => {
    const moved = value + (variances[cell] ?? 0) * shift;
    return bounded ? Math.max(0, moved) : moved;
  });
  return { cells: adjusted, parent: sum(adjusted) };
}

/**
 * {@link oneParent} for one future after the other, so that intervals read from the draws stay coherent.
 * @param draws each with the cells and the parent of one future
 * @throws {CohortiumError} NUMERIC_DOMAIN as {@link oneParent}
 */
export function oneParentDraws(
  draws: readonly { readonly cells: ArrayLike<number>; readonly parent: number }[],
  variances: ArrayLike<number>,
  parentVariance: number,
  options: { readonly allowNegative?: boolean } = {},
): OneParentResult[] {
  return draws.map(({ cells, parent }) => oneParent(cells, variances, parent, parentVariance, options));
}

/** The multiplier λ with y_c = ŷ_c + v_c·λ. */
function freeShift(cells: ArrayLike<number>, variances: ArrayLike<number>, parent: number, parentVariance: number): number {
  const found = sum(cells);
  const total = parentVariance + sum(variances);
  if (total > 0) return (parent - found) / total;
  if (agrees(parent, found)) return 0;
  throw immovable(parent, found);
}

/**
 * Root of f(λ) = v_0·λ + Σ max(0, ŷ_c + v_c·λ) − ŷ_0, which grows with λ and is straight between the points −ŷ_c/v_c where
 * a cell leaves zero.
 */
function boundedShift(cells: ArrayLike<number>, variances: ArrayLike<number>, parent: number, parentVariance: number): number {
  const free: number[] = [];
  let fixed = 0; // cells that do not move
  for (let cell = 0; cell < cells.length; cell++) {
    if ((variances[cell] ?? 0) > 0) free.push(cell);
    else fixed += Math.max(0, cells[cell] ?? 0);
  }
  const leaves = (cell: number): number => -(cells[cell] ?? 0) / (variances[cell] ?? 1);
  free.sort((a, b) => leaves(a) - leaves(b) || a - b);
  let value = 0;
  let weight = parentVariance;
  let from = Number.NEGATIVE_INFINITY;
  for (let index = 0; index <= free.length; index++) {
    const until = index < free.length ? leaves(free[index] ?? 0) : Number.POSITIVE_INFINITY;
    if (weight > 0) {
      const root = (parent - fixed - value) / weight;
      if (root < from && !agrees(parent, fixed)) break; // held cells alone are above a held parent
      if (root <= until) return Math.max(root, from);
    } else if (agrees(parent, fixed)) return Math.min(until, 0);
    value += cells[free[index] ?? 0] ?? 0;
    weight += variances[free[index] ?? 0] ?? 0;
    from = until;
  }
  throw immovable(parent, fixed);
}

function agrees(parent: number, total: number): boolean {
  return Math.abs(parent - total) <= 1e-9 * Math.max(Math.abs(parent), Math.abs(total));
}

function immovable(parent: number, total: number): CohortiumError {
  return new CohortiumError(
    'NUMERIC_DOMAIN',
    `the parent is held at ${parent} and the cells cannot reach it; they are held at ${total}: give a variance > 0, or a parent ≥ 0`,
  );
}
