/** Logarithmic score of a normal distribution: surprise at the outcome. One score per row; less is better. */
import { log } from '../../../sdk/numeric/index.ts';
import { checkColumns, fail } from '../conformal/rows.ts';

/**
 * −log density. It punishes far outcomes without limit; the CRPS is the milder one.
 * @param sd > 0
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, values that are not finite, or sd ≤ 0
 * @see Good (1952), "Rational Decisions"
 */
export function logScoreOfNormal(mean: Float64Array, sd: Float64Array, outcome: Float64Array): Float64Array {
  checkColumns({ mean, sd, outcome });
  const wrong = sd.findIndex((value) => !(value > 0));
  if (wrong >= 0) fail(`'sd' has ${sd[wrong]} in row ${wrong}; give a standard deviation above 0`);
  return outcome.map((value, row) => {
    const spread = sd[row] ?? 1;
    const z = (value - (mean[row] ?? 0)) / spread;
    return (z * z + log(2 * Math.PI)) / 2 + log(spread);
  });
}
