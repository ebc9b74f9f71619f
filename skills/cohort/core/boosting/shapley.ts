/** What each column added to each prediction, exactly: of the sums over all coalitions, none is sampled. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { addBackgroundShapley } from './background-shapley.ts';
import { checkAgainst, flattenTrees } from './flat-trees.ts';
import type { BoostingModel, BoostingShapley } from './model.ts';
import { scoreBoosting } from './predict.ts';
import { readBoosting } from './read-model.ts';
import { addTreeShapley, meanByCover } from './tree-shapley.ts';

/**
 * Shapley values on the scale of the fit, so that base and values add up to {@link scoreBoosting}: for Poisson they multiply up to
 * the prediction after exponentiation. Without a background, columns left out follow the rows of the fit down each tree (path
 * dependent); with one, they are drawn from its rows whatever the others are (interventional).
 * @param columns rows to explain, in the order of `model.names`
 * @param background rows to compare with, at least one; time grows with their number
 * @throws {CohortiumError} BOOSTING_MODEL_INVALID, NUMERIC_DOMAIN
 * @see Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for trees"
 */
export function shapleyOfBoosting(
  model: BoostingModel,
  columns: readonly Float64Array[],
  background?: readonly Float64Array[],
): BoostingShapley {
  const flat = flattenTrees(readBoosting(model));
  const rows = checkAgainst(model, columns);
  const values = columns.map(() => new Float64Array(rows));
  const others = background && rowsOf(background, checkAgainst(model, background));
  if (others?.length === 0) throw new CohortiumError('NUMERIC_DOMAIN', 'the background has no rows; give at least one, or leave it out');
  for (const [at, row] of rowsOf(columns, rows).entries()) {
    const own = new Float64Array(columns.length);
    if (others) for (const other of others) addBackgroundShapley(flat, row, other, own);
    else addTreeShapley(flat, row, own);
    for (const [column, into] of values.entries()) into[at] = (own[column] ?? 0) / (others?.length ?? 1);
  }
  const base = others && background ? sum(scoreBoosting(model, background)) / others.length : model.start + meanByCover(flat);
  return { base, values };
}

function rowsOf(columns: readonly Float64Array[], rows: number): Float64Array[] {
  return Array.from({ length: rows }, (_, row) => Float64Array.from(columns, (column) => column[row] ?? 0));
}
