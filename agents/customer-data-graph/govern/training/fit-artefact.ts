/**
 * Fits the regressor on the training tables of one or several cut-offs, with what models of the same history expect among its
 * features. Refuses tables that say nothing: too few customers, or nobody who spent anything.
 */
import { type BoostingConfig, fitBoosting } from '../../../../skills/cohort/core/boosting/index.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { sum, sumOf } from '../../../../skills/sdk/numeric/index.ts';
import type { ModelArtefact } from '../models/model-interface.ts';
import { designMatrix, featureSpecOf, fitHistoryModels } from './design-matrix.ts';
import type { FitRows } from './training-interface.ts';

/** Fewer say nothing that would hold for others. */
export const leastCustomers = 50;

/**
 * @param rows of the newest cut-off; its channels are the columns, and its histories fit the timing and spend models that scoring uses
 * @param earlier of the same windows at earlier cut-offs, each read through the models of its own histories
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS, MODEL_OUTCOME_EMPTY
 */
export function fitArtefact(rows: FitRows, earlier: readonly FitRows[], boosting: BoostingConfig, currency: string): ModelArtefact {
  const { cutoff, historyMonths, predMonths } = rows.request;
  const customers = rows.customerId.length;
  if (customers < leastCustomers) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `${customers} customers bought in the ${historyMonths} months up to ${cutoff}; a model needs ${leastCustomers}: take a longer history, or another cut-off`,
    );
  }
  const outcome = rows.outcomeMinor ?? new Float64Array(customers);
  if (!(sum(outcome) > 0)) {
    throw new CohortiumError(
      'MODEL_OUTCOME_EMPTY',
      `none of ${customers} customers spent anything from ${cutoff} to ${rows.outcomeEnd}, so there is nothing to learn`,
    );
  }
  const features = featureSpecOf(rows);
  const history = fitHistoryModels(rows);
  const parts = [
    { outcome, matrix: designMatrix(rows, features, history) },
    ...earlier.map((table) => ({
      outcome: table.outcomeMinor ?? new Float64Array(table.customerId.length),
      matrix: designMatrix(table, features, fitHistoryModels(table)),
    })),
  ];
  const outcomes = joined(parts.map((part) => part.outcome));
  const scaleMinor = sum(outcomes) / outcomes.length;
  // In units of the mean, so that leaves and ridge mean the same in every currency.
  const target = outcomes.map((money) => money / scaleMinor);
  const { names } = features;
  const columns = names.map((_, at) => joined(parts.map(({ matrix }) => matrix.columns[at] ?? new Float64Array(0))));
  const model = fitBoosting(boosting, { columns, names, target });
  return { format: 'cohortium/clv-model@1', cutoff, historyMonths, predMonths, currency, features, history, scaleMinor, boosting: model };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const all = new Float64Array(sumOf(parts.length, (at) => parts[at]?.length ?? 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
