/**
 * Forecasts of all nodes of a lattice made to agree with least total error variance (MinT): weighted least squares when the
 * error covariance W is diagonal, or the shrunk covariance of residuals. Solved over the aggregates, of which there are fewer
 * than cells, and prepared once for many draws.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { factorCholesky, solveCholesky } from '../../../sdk/numeric/index.ts';
import { checkValues, checkVariances } from './check-values.ts';
import { conjugateGradients } from './conjugate-gradients.ts';
import { type Lattice, rollUp } from './lattice.ts';
import { nonNegativeCells } from './non-negative.ts';
import type { ShrunkCovariance } from './shrinkage.ts';

/** Error covariance of base forecasts: nodes of the lattice in its order, then the cells. */
export type ErrorCovariance =
  | { readonly kind: 'diagonal'; readonly nodes: ArrayLike<number>; readonly cells: ArrayLike<number> }
  | { readonly kind: 'shrunk'; readonly covariance: ShrunkCovariance };

export interface BaseForecast {
  /** One per node of the lattice. */
  readonly nodes: ArrayLike<number>;
  readonly cells: ArrayLike<number>;
}

export interface Reconciled {
  /** Sums of the cells. */
  readonly nodes: Float64Array;
  readonly cells: Float64Array;
}

export interface Reconciler {
  /** One set of base forecasts. @throws {CohortiumError} NUMERIC_DOMAIN when a forecast is missing or not finite */
  readonly reconcile: (base: BaseForecast) => Reconciled;
  /** One set after the other, as draws of one future each, so that intervals read from them stay coherent. */
  readonly reconcileDraws: (draws: readonly BaseForecast[]) => Reconciled[];
}

export interface MinTraceOptions {
  /** Keep cells ≥ 0: the exact constrained minimum, not a clip. Default true. */
  readonly nonNegative?: boolean;
  /** Above this many aggregates the system is solved by conjugate gradients. Default 600. */
  readonly denseLimit?: number;
}

/** W times a vector, split into nodes and cells. */
export interface Covariance {
  readonly times: (nodes: Float64Array, cells: Float64Array) => { readonly nodes: Float64Array; readonly cells: Float64Array };
  readonly nodeVariances: ArrayLike<number>;
  readonly cellVariances: ArrayLike<number>;
}

/**
 * ỹ = ŷ − W·C·(Cᵀ·W·C)⁻¹·Cᵀ·ŷ on the cells, with Cᵀ = (I, −A) and A the sums of the lattice; nodes are sums of the cells after
 * it. This equals S·(Sᵀ·W⁻¹·S)⁻¹·Sᵀ·W⁻¹·ŷ with a system as large as there are aggregates.
 * @param covariance all variances > 0; for a parent that is held use {@link oneParent}
 * @throws {CohortiumError} NUMERIC_DOMAIN when variances are not positive or of another number
 * @see Wickramasuriya, Athanasopoulos & Hyndman (2019), "Optimal forecast reconciliation for hierarchical and grouped time
 *   series through trace minimization", eqs. 8 and 10
 * @see Wickramasuriya, Turlach & Hyndman (2020), "Optimal non-negative forecast reconciliation", eq. 4
 */
export function minTrace(lattice: Lattice, covariance: ErrorCovariance, options: MinTraceOptions = {}): Reconciler {
  const { nonNegative = true, denseLimit = 600 } = options;
  const aggregates = lattice.start.length - 1;
  const w = covarianceOperator(lattice, covariance);
  const system = (z: Float64Array): Float64Array => constraintsOf(lattice, w.times(z, spreadDown(lattice, z, -1)));
  const solve = aggregates <= denseLimit ? denseSolver(system, aggregates) : iterativeSolver(system, lattice, w);
  /** Cells of W·C·(CᵀWC)⁻¹·gap. */
  const correction = (gap: Float64Array): Float64Array => {
    const z = solve(gap);
    return w.times(z, spreadDown(lattice, z, -1)).cells;
  };
  /** A column of the error covariance of the reconciled cells, (Sᵀ·W⁻¹·S)⁻¹. */
  const columns = new Map<number, Float64Array>();
  const reconciledColumn = (cell: number): Float64Array => {
    const known = columns.get(cell);
    if (known) return known;
    const unit = new Float64Array(lattice.cells);
    unit[cell] = 1;
    const own = w.times(new Float64Array(aggregates), unit);
    const taken = correction(constraintsOf(lattice, own));
    const column = own.cells.map((value, index) => value - (taken[index] ?? 0));
    columns.set(cell, column);
    return column;
  };

  const reconcile = (base: BaseForecast): Reconciled => {
    checkValues('node forecast', base.nodes, aggregates);
    checkValues('cell forecast', base.cells, lattice.cells);
    const start = Float64Array.from(base.cells);
    const taken = correction(constraintsOf(lattice, { nodes: Float64Array.from(base.nodes), cells: start }));
    const free = start.map((value, cell) => value - (taken[cell] ?? 0));
    const cells = nonNegative ? nonNegativeCells(free, reconciledColumn) : free;
    return { nodes: rollUp(lattice, cells), cells };
  };
  return { reconcile, reconcileDraws: (draws) => draws.map(reconcile) };
}

/** Cᵀ·(nodes, cells): how far nodes are from the sums of their cells. */
function constraintsOf(lattice: Lattice, { nodes, cells }: { readonly nodes: Float64Array; readonly cells: Float64Array }): Float64Array {
  const sums = rollUp(lattice, cells);
  return sums.map((value, node) => (nodes[node] ?? 0) - value);
}

/** factor · Aᵀ·z: each cell gets the sum over the nodes that it belongs to. */
function spreadDown({ start, members, cells }: Lattice, z: Float64Array, factor: number): Float64Array {
  const spread = new Float64Array(cells);
  for (let node = 0; node < z.length; node++) {
    const value = factor * (z[node] ?? 0);
    for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) {
      const cell = members[at] ?? 0;
      spread[cell] = (spread[cell] ?? 0) + value;
    }
  }
  return spread;
}

function covarianceOperator(lattice: Lattice, covariance: ErrorCovariance): Covariance {
  const aggregates = lattice.start.length - 1;
  const diagonal = covariance.kind === 'diagonal';
  const all = diagonal ? undefined : covariance.covariance.variances;
  if (all && all.length !== aggregates + lattice.cells) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `residuals need ${aggregates} nodes and then ${lattice.cells} cells in each period; found ${all.length} numbers`,
    );
  }
  const nodeVariances = diagonal ? covariance.nodes : (all ?? []).slice(0, aggregates);
  const cellVariances = diagonal ? covariance.cells : (all ?? []).slice(aggregates);
  checkPositive('node variance', nodeVariances, aggregates);
  checkPositive('cell variance', cellVariances, lattice.cells);
  const { intensity, residuals } = diagonal ? { intensity: 1, residuals: [] } : covariance.covariance;
  return {
    nodeVariances,
    cellVariances,
    times: (nodes, cells) => {
      const result = {
        nodes: nodes.map((value, node) => intensity * (nodeVariances[node] ?? 0) * value),
        cells: cells.map((value, cell) => intensity * (cellVariances[cell] ?? 0) * value),
      };
      if (intensity === 1) return result;
      for (const period of residuals) {
        let inner = 0;
        for (let node = 0; node < aggregates; node++) inner += (period[node] ?? 0) * (nodes[node] ?? 0);
        for (let cell = 0; cell < cells.length; cell++) inner += (period[aggregates + cell] ?? 0) * (cells[cell] ?? 0);
        inner *= (1 - intensity) / residuals.length;
        for (let node = 0; node < aggregates; node++) result.nodes[node] = (result.nodes[node] ?? 0) + inner * (period[node] ?? 0);
        for (let cell = 0; cell < cells.length; cell++)
          result.cells[cell] = (result.cells[cell] ?? 0) + inner * (period[aggregates + cell] ?? 0);
      }
      return result;
    },
  };
}

function checkPositive(name: string, values: ArrayLike<number>, length: number): void {
  checkVariances(name, values, length);
  for (let index = 0; index < length; index++) {
    if (values[index] === 0) {
      throw new CohortiumError('NUMERIC_DOMAIN', `a ${name} must be above 0 here; number ${index} is 0: use a small one, or oneParent`);
    }
  }
}

type Solver = (right: Float64Array) => Float64Array;

function denseSolver(system: (z: Float64Array) => Float64Array, size: number): Solver {
  const matrix = new Float64Array(size * size);
  const unit = new Float64Array(size);
  for (let column = 0; column < size; column++) {
    unit.fill(0);
    unit[column] = 1;
    const image = system(unit);
    for (let row = 0; row < size; row++) matrix[row * size + column] = image[row] ?? 0;
  }
  const lower = factorCholesky(matrix, size);
  if (!lower) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      'the variances differ by so many orders of magnitude that the system is singular in double precision',
    );
  }
  return (right) => solveCholesky(lower, right);
}

function iterativeSolver(system: (z: Float64Array) => Float64Array, lattice: Lattice, w: Covariance): Solver {
  const diagonal = rollUp(lattice, w.cellVariances).map((value, node) => value + (w.nodeVariances[node] ?? 0));
  return (right) => conjugateGradients(system, right, diagonal);
}
