/**
 * Parameters of many cells by empirical Bayes: each cell's log-parameters are a draw from a normal population that is learned
 * from all cells, so a small cell is close to the others and a large one to its own data. Never a separate maximum-likelihood
 * fit: in a small cell that runs to a limit more often than not.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, factorCholesky, invertCholesky, log, solveCholesky, sum } from '../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood, TimingFamily } from '../clv/family.ts';
import type { HistoryStatistics } from '../clv/histories.ts';
import { maximizeOnLogScale } from '../clv/maximum.ts';
import {
  effectOf,
  effectSpread,
  type FactorCodes,
  type FactorEffects,
  type FactorState,
  startFactors,
  updateFactor,
} from './factor-effects.ts';
import { type CellMode, mapCell } from './map-cell.ts';

export interface PoolInput<P> {
  readonly family: TimingFamily<P>;
  /** Histories of each cell; a cell without customers may be undefined. */
  readonly cells: readonly (HistoryStatistics | undefined)[];
  /** Codes of the cells, for crossed additive effects; without them all cells have one mean. */
  readonly factors?: FactorCodes | undefined;
}

export interface PoolOptions {
  /** Rounds of EM at most, default 200. */
  readonly maxRounds?: number;
  /** EM ends when no mean, effect or standard deviation moves by more than this, default 1e-3 (of logs: a thousandth). */
  readonly tolerance?: number;
}

export interface PooledCell {
  /** Posterior mode, or the population's value for a cell without customers; in the family's order. */
  readonly logParameters: readonly number[];
  /** Row-major Laplace covariance of the log-parameters. */
  readonly covarianceLog: readonly number[];
  readonly customers: number;
}

/** Plain JSON. */
export interface PooledCells {
  readonly family: string;
  readonly cells: readonly PooledCell[];
  /** Mean of the log-parameters over cells. */
  readonly mu: readonly number[];
  /** Row-major covariance of cells around their mean; positive definite. */
  readonly sigma: readonly number[];
  readonly factors: readonly FactorEffects[];
  /** Log-parameters of one model for all customers, where EM began. */
  readonly pooled: readonly number[];
  /** Laplace approximation of the log marginal likelihood, to compare runs with and without factors. */
  readonly logEvidence: number;
  readonly rounds: number;
  readonly isConverged: boolean;
}

/** Standard deviation of the weak normal prior of mu around the family's start. */
const meanSpread = 2;

/** What is known of Sigma before any data: as much as one more cell with this variance. Keeps it positive definite. */
const priorVariance = 0.04;

const firstVariance = 0.25;

/**
 * EM: each cell's posterior mode and Laplace covariance V given mu and Sigma, then mu and Sigma = mean of (θ − mu)(θ − mu)ᵀ + V.
 * With factors mu of a cell is mu + u(location) + v(channel) + w(brand), their variances by the same EM.
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS when no cell has a customer
 * @throws {CohortiumError} ARGUMENT_INVALID for a factor that is none of location, channel, brand
 * @throws {CohortiumError} NUMERIC_DOMAIN for codes that are not usable
 * @see Efron & Morris (1975), "Data analysis using Stein's estimator and its generalizations"; Abe (2009), "Counting your
 *   customers one by one: a hierarchical Bayes extension to the Pareto/NBD model", section 2, for log-normal heterogeneity
 */
export function poolCells<P>({ family, cells, factors = {} }: PoolInput<P>, options: PoolOptions = {}): PooledCells {
  const { maxRounds = 200, tolerance = 1e-3 } = options;
  const n = family.parameters.length;
  const states = startFactors(factors, cells.length, n);
  const objectives = cells.map((statistics) => (statistics && statistics.customers > 0 ? family.objective(statistics) : undefined));
  const seen = [...objectives.keys()].filter((cell) => objectives[cell]);
  if (seen.length === 0) throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `none of ${cells.length} cells has a customer`);
  const centre = priorCentre(family, cells);
  const pooled = fitTogether(objectives, centre);

  const mean = Float64Array.from(pooled);
  let sigma: Float64Array = Float64Array.from({ length: n * n }, (_, index) => (index % (n + 1) === 0 ? firstVariance : 0));
  let precision: Float64Array = inverseOf(sigma, n);
  const thetas: Float64Array[] = cells.map(() => Float64Array.from(pooled));
  const modes: (CellMode | undefined)[] = cells.map(() => undefined);
  const meanOf = (cell: number): Float64Array => effectOf(states, cell, n).map((value, index) => value + (mean[index] ?? 0));
  let rounds = 0;
  let isConverged = false;
  while (rounds < maxRounds && !isConverged) {
    rounds += 1;
    for (const cell of seen) {
      const likelihood = objectives[cell];
      if (!likelihood) continue;
      const mode = mapCell(likelihood, thetas[cell] ?? pooled, meanOf(cell), precision, modes[cell]?.curvature);
      modes[cell] = mode;
      thetas[cell] = mode.theta;
    }
    const before = summaryOf(mean, sigma, states);
    updateMean(mean, seen, thetas, states, precision, centre);
    for (const state of states) updateFactor(state, states, seen, thetas, mean, precision);
    sigma = updateSigma(seen, thetas, modes, states, meanOf, n);
    precision = inverseOf(sigma, n);
    const after = summaryOf(mean, sigma, states);
    isConverged = after.every((value, index) => Math.abs(value - (before[index] ?? 0)) <= tolerance);
  }
  return {
    family: family.id,
    cells: cells.map((statistics, cell): PooledCell => {
      const mode = modes[cell];
      if (mode) return { logParameters: [...mode.theta], covarianceLog: [...mode.covariance], customers: statistics?.customers ?? 0 };
      return { logParameters: [...meanOf(cell)], covarianceLog: addToDiagonal(sigma, effectSpread(states, cell, n)), customers: 0 };
    }),
    mu: [...mean],
    sigma: [...sigma],
    factors: states.map(({ name, levels, effect, variances }) => ({
      name,
      effects: Array.from({ length: levels }, (_, level) => Array.from(effect.subarray(level * n, (level + 1) * n))),
      variances: [...variances],
    })),
    pooled: [...pooled],
    logEvidence: evidenceOf(seen, modes, meanOf, sigma, precision, n),
    rounds,
    isConverged,
  };
}

/** A cell's parameters on their natural scale, by name. */
export function cellParameters<P>(family: TimingFamily<P>, pooled: PooledCells, cell: number): P {
  const logs = pooled.cells[cell]?.logParameters ?? pooled.mu;
  return Object.fromEntries(family.parameters.map(({ name }, index) => [name, exp(logs[index] ?? 0)])) as P; // the names are the keys of P
}

/** Logarithm of the family's start for all customers together; a cell of customers of age 0 has no unit of time to tell. */
function priorCentre<P>(family: TimingFamily<P>, cells: PoolInput<P>['cells']): number[] {
  const isDated = cells.some((statistics) => statistics && statistics.meanAge > 0);
  const starts = cells.flatMap((statistics) => {
    if (!statistics || !(statistics.customers > 0)) return [];
    if (isDated && statistics.meanAge === 0) return [];
    return [{ weight: statistics.customers, logs: family.start(statistics).map(log) }];
  });
  const total = sum(starts.map(({ weight }) => weight));
  return family.parameters.map((_, index) => sum(starts.map(({ weight, logs }) => (weight * (logs[index] ?? 0)) / total)));
}

/** One model for all customers, under the weak prior of mu. */
function fitTogether(objectives: readonly (NegativeLogLikelihood | undefined)[], centre: readonly number[]): number[] {
  const n = centre.length;
  const part = new Float64Array(n);
  const together: NegativeLogLikelihood = (parameters, gradient) => {
    let value = 0;
    gradient.fill(0);
    for (const objective of objectives) {
      if (!objective) continue;
      value += objective(parameters, part.fill(0));
      for (let index = 0; index < n; index++) gradient[index] = (gradient[index] ?? 0) + (part[index] ?? 0);
    }
    for (let index = 0; index < n; index++) {
      const parameter = parameters[index] ?? 1;
      const z = (log(parameter) - (centre[index] ?? 0)) / meanSpread;
      value += (z * z) / 2;
      gradient[index] = (gradient[index] ?? 0) + z / meanSpread / parameter;
    }
    return value;
  };
  return maximizeOnLogScale(together, centre.map(exp)).parameters.map(log);
}

function updateMean(
  mean: Float64Array,
  seen: readonly number[],
  thetas: readonly Float64Array[],
  states: readonly FactorState[],
  precision: Float64Array,
  centre: readonly number[],
): void {
  const n = mean.length;
  const total = new Float64Array(n);
  for (const cell of seen) {
    const effect = effectOf(states, cell, n);
    for (let index = 0; index < n; index++) total[index] = (total[index] ?? 0) + (thetas[cell]?.[index] ?? 0) - (effect[index] ?? 0);
  }
  const weak = 1 / (meanSpread * meanSpread);
  const right = Float64Array.from({ length: n }, (_, row) => {
    let value = weak * (centre[row] ?? 0);
    for (let column = 0; column < n; column++) value += (precision[row * n + column] ?? 0) * (total[column] ?? 0);
    return value;
  });
  const factor = factorCholesky(
    precision.map((value, index) => seen.length * value + (index % (n + 1) === 0 ? weak : 0)),
    n,
  );
  if (factor) mean.set(solveCholesky(factor, right));
}

function updateSigma(
  seen: readonly number[],
  thetas: readonly Float64Array[],
  modes: readonly (CellMode | undefined)[],
  states: readonly FactorState[],
  meanOf: (cell: number) => Float64Array,
  n: number,
): Float64Array {
  const total = new Float64Array(n * n);
  for (let index = 0; index < n; index++) total[index * (n + 1)] = priorVariance;
  for (const cell of seen) {
    const centre = meanOf(cell);
    const spread = effectSpread(states, cell, n);
    const rest = centre.map((value, index) => (thetas[cell]?.[index] ?? 0) - value);
    for (let row = 0; row < n; row++) {
      for (let column = 0; column < n; column++) {
        const own = (rest[row] ?? 0) * (rest[column] ?? 0) + (modes[cell]?.covariance[row * n + column] ?? 0);
        const at = row * n + column;
        total[at] = (total[at] ?? 0) + own + (row === column ? (spread[row] ?? 0) : 0);
      }
    }
  }
  return total.map((value) => value / (seen.length + 1));
}

/** Means, effects and standard deviations: what must stand still when EM is done. */
function summaryOf(mean: Float64Array, sigma: Float64Array, states: readonly FactorState[]): number[] {
  const n = mean.length;
  return [
    ...mean,
    ...Array.from({ length: n }, (_, index) => Math.sqrt(sigma[index * (n + 1)] ?? 0)),
    ...states.flatMap(({ effect, variances }) => [...effect, ...Array.from(variances, Math.sqrt)]),
  ];
}

/** Σ_c [ln p(data | θ) + ln N(θ; mean, Σ) + ½·ln det(2πV)] at the modes. */
function evidenceOf(
  seen: readonly number[],
  modes: readonly (CellMode | undefined)[],
  meanOf: (cell: number) => Float64Array,
  sigma: Float64Array,
  precision: Float64Array,
  n: number,
): number {
  const priorDeterminant = logDeterminant(sigma, n);
  return sum(
    seen.map((cell) => {
      const mode = modes[cell];
      if (!mode) return 0;
      const rest = meanOf(cell).map((value, index) => (mode.theta[index] ?? 0) - value);
      let square = 0;
      for (let row = 0; row < n; row++) {
        for (let column = 0; column < n; column++) square += (rest[row] ?? 0) * (precision[row * n + column] ?? 0) * (rest[column] ?? 0);
      }
      return -mode.value - square / 2 + (logDeterminant(mode.covariance, n) - priorDeterminant) / 2;
    }),
  );
}

function logDeterminant(matrix: Float64Array, n: number): number {
  const factor = factorCholesky(matrix, n);
  return factor ? 2 * sum(Array.from({ length: n }, (_, index) => log(factor[index * (n + 1)] ?? 1))) : 0;
}

function inverseOf(matrix: Float64Array, n: number): Float64Array {
  const factor = factorCholesky(matrix, n);
  if (!factor)
    throw new CohortiumError('NUMERIC_NO_CONVERGENCE', 'the covariance of the cells is not positive definite; leave out factors');
  return invertCholesky(factor, n);
}

function addToDiagonal(matrix: Float64Array, diagonal: Float64Array): number[] {
  const n = diagonal.length;
  return Array.from(matrix, (value, index) => value + (index % (n + 1) === 0 ? (diagonal[index % n] ?? 0) : 0));
}
