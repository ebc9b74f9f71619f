/** A predictive distribution as some of its quantiles, and how well each of them splits the outcomes. */
import { checkColumns, fail } from '../conformal/rows.ts';

export interface QuantileForecast {
  /** Strictly ascending, in (0, 1). */
  readonly levels: readonly number[];
  /** One column per level. */
  readonly quantiles: readonly Float64Array[];
}

/**
 * Pinball loss (check loss) of each quantile: level · (outcome − quantile) above it, (1 − level) · (quantile − outcome) below.
 * @returns per level a column; the mean of all of them is the check score
 * @throws {CohortiumError} NUMERIC_DOMAIN for levels that do not ascend within (0, 1), or columns that are not usable
 * @see Koenker & Bassett (1978), "Regression Quantiles"
 */
export function pinballLoss({ levels, quantiles }: QuantileForecast, outcome: Float64Array): Float64Array[] {
  checkLevels(levels);
  if (quantiles.length !== levels.length) fail(`${quantiles.length} columns for ${levels.length} levels; give one column per level`);
  checkColumns({ outcome, ...Object.fromEntries(quantiles.map((column, index) => [`quantile ${levels[index]}`, column])) });
  return quantiles.map((column, index) => {
    const level = levels[index] ?? 0;
    return outcome.map((value, row) => {
      const over = value - (column[row] ?? 0);
      return over >= 0 ? level * over : (level - 1) * over;
    });
  });
}

/** @throws {CohortiumError} NUMERIC_DOMAIN */
export function checkLevels(levels: readonly number[]): void {
  const wrong = levels.findIndex((level, index) => !(level > (levels[index - 1] ?? 0) && level < 1));
  if (levels.length === 0 || wrong >= 0) {
    fail(`levels ${levels.join(', ') || 'without any'}; give at least one, strictly ascending within (0, 1), such as 0.05, 0.5, 0.95`);
  }
}
