/**
 * Crossed additive effects of location, channel and brand on the log-parameters of cells. Only where and what is bought may be
 * a factor. How customers behave may not: a segment of frequent buyers has, by its making, no gamma distribution of rates, and
 * pooling over such segments breaks the model that is pooled.
 * @see https://github.com/pymc-labs/pymc-marketing/issues/1404
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { factorCholesky, invertCholesky, solveCholesky } from '../../../sdk/numeric/index.ts';

export const factorNames = ['location', 'channel', 'brand'] as const;
export type FactorName = (typeof factorNames)[number];

/** Code of each cell, ≥ 0, on the factors that are used. */
export type FactorCodes = { readonly [name in FactorName]?: ArrayLike<number> };

export interface FactorEffects {
  readonly name: FactorName;
  /** One row of effects on the log-parameters per code. */
  readonly effects: readonly (readonly number[])[];
  /** Variance of the effects, per parameter. */
  readonly variances: readonly number[];
}

/** One factor in the middle of EM. */
export interface FactorState {
  readonly name: FactorName;
  readonly codes: Int32Array;
  readonly levels: number;
  /** Posterior mean and variance of the effects, level by level. */
  readonly effect: Float64Array;
  readonly spread: Float64Array;
  readonly variances: Float64Array;
}

/** What is known of effects before any data: as much as one more code with effects of this variance. */
const priorVariance = 0.04;

/**
 * @throws {CohortiumError} ARGUMENT_INVALID for another factor than location, channel and brand
 * @throws {CohortiumError} NUMERIC_DOMAIN for codes that are no integers ≥ 0, or of another number than cells
 */
export function startFactors(factors: FactorCodes, cells: number, parameters: number): FactorState[] {
  const known: readonly string[] = factorNames;
  const other = Object.keys(factors).find((name) => !known.includes(name));
  if (other !== undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `'${other}' is no factor to pool over; there are ${factorNames.join(', ')}: segments of behaviour have no gamma distribution of rates`,
    );
  }
  return factorNames.flatMap((name): FactorState[] => {
    const codes = factors[name];
    if (!codes) return [];
    if (codes.length !== cells) {
      throw new CohortiumError('NUMERIC_DOMAIN', `factor ${name} needs a code for each of ${cells} cells; found ${codes.length}`);
    }
    let levels = 0;
    for (let cell = 0; cell < cells; cell++) {
      const code = codes[cell] ?? Number.NaN;
      if (!Number.isInteger(code) || code < 0) {
        throw new CohortiumError('NUMERIC_DOMAIN', `factor ${name}: a code is an integer ≥ 0; cell ${cell} has ${code}`);
      }
      levels = Math.max(levels, code + 1);
    }
    const size = levels * parameters;
    return [
      {
        name,
        codes: Int32Array.from(codes),
        levels,
        effect: new Float64Array(size),
        spread: new Float64Array(size),
        variances: new Float64Array(parameters).fill(priorVariance),
      },
    ];
  });
}

/** Sum of the effects of all factors for a cell, one number per parameter; `but` leaves one factor away. */
export function effectOf(factors: readonly FactorState[], cell: number, parameters: number, but?: FactorState): Float64Array {
  const total = new Float64Array(parameters);
  for (const factor of factors) {
    if (factor === but) continue;
    const from = (factor.codes[cell] ?? 0) * parameters;
    for (let index = 0; index < parameters; index++) total[index] = (total[index] ?? 0) + (factor.effect[from + index] ?? 0);
  }
  return total;
}

/** Posterior variances of the effects of a cell, added up. */
export function effectSpread(factors: readonly FactorState[], cell: number, parameters: number): Float64Array {
  const total = new Float64Array(parameters);
  for (const { codes, spread } of factors) {
    const from = (codes[cell] ?? 0) * parameters;
    for (let index = 0; index < parameters; index++) total[index] = (total[index] ?? 0) + (spread[from + index] ?? 0);
  }
  return total;
}

/**
 * One sweep of a factor: posterior of each code's effect given the cells' log-parameters, the mean and the other factors, then
 * its variances. Effects have a mean of zero, the rest goes to `mean`, which is changed in place.
 *
 * Effects of different factors are taken as independent given the cells, which keeps every system as small as the family and
 * understates their variances a little.
 * @param seen cells with customers
 * @param thetas log-parameters of every cell
 * @param precision inverse of the cells' covariance around their mean
 */
export function updateFactor(
  factor: FactorState,
  all: readonly FactorState[],
  seen: readonly number[],
  thetas: readonly Float64Array[],
  mean: Float64Array,
  precision: Float64Array,
): void {
  const n = mean.length;
  const { codes, levels, effect, spread, variances } = factor;
  const totals = new Float64Array(levels * n);
  const counts = new Float64Array(levels);
  for (const cell of seen) {
    const code = codes[cell] ?? 0;
    const others = effectOf(all, cell, n, factor);
    counts[code] = (counts[code] ?? 0) + 1;
    for (let index = 0; index < n; index++) {
      const rest = (thetas[cell]?.[index] ?? 0) - (mean[index] ?? 0) - (others[index] ?? 0);
      totals[code * n + index] = (totals[code * n + index] ?? 0) + rest;
    }
  }
  for (let level = 0; level < levels; level++) {
    const count = counts[level] ?? 0;
    const matrix = precision.map((value, index) => count * value + (index % (n + 1) === 0 ? 1 / (variances[index % n] ?? 1) : 0));
    const factorised = factorCholesky(matrix, n);
    if (!factorised) continue;
    const right = Float64Array.from({ length: n }, (_, row) => {
      let total = 0;
      for (let column = 0; column < n; column++) total += (precision[row * n + column] ?? 0) * (totals[level * n + column] ?? 0);
      return total;
    });
    effect.set(solveCholesky(factorised, right), level * n);
    const inverse = invertCholesky(factorised, n);
    for (let index = 0; index < n; index++) spread[level * n + index] = inverse[index * (n + 1)] ?? 0;
  }
  const present = Array.from({ length: levels }, (_, level) => level).filter((level) => (counts[level] ?? 0) > 0);
  for (let index = 0; index < n; index++) {
    const centre = present.reduce((total, level) => total + (effect[level * n + index] ?? 0), 0) / Math.max(1, present.length);
    mean[index] = (mean[index] ?? 0) + centre;
    for (const level of present) effect[level * n + index] = (effect[level * n + index] ?? 0) - centre;
    const squares = present.reduce((total, level) => {
      const value = effect[level * n + index] ?? 0;
      return total + value * value + (spread[level * n + index] ?? 0);
    }, priorVariance);
    variances[index] = squares / (present.length + 1);
  }
}
