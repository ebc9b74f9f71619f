/**
 * Fits the regressor on a training table, with what models of the same history expect among its features. Refuses tables that say
 * nothing: too few customers, or nobody who spent anything.
 */
import { type BoostingConfig, fitBoosting } from '../../../../skills/cohort/core/boosting/index.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { sum } from '../../../../skills/sdk/numeric/index.ts';
import type { ModelArtefact } from '../models/model-interface.ts';
import { designMatrix, featureSpecOf, fitHistoryModels } from './design-matrix.ts';
import type { TrainingRows } from './training-interface.ts';

/** Fewer say nothing that would hold for others. */
export const leastCustomers = 50;

/** @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS, MODEL_OUTCOME_EMPTY */
export function fitArtefact(rows: TrainingRows, boosting: BoostingConfig, currency: string): ModelArtefact {
  const { cutoff, historyMonths, predMonths } = rows.request;
  const customers = rows.customerId.length;
  if (customers < leastCustomers) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `${customers} customers bought in the ${historyMonths} months up to ${cutoff}; a model needs ${leastCustomers}: take a longer history, or another cut-off`,
    );
  }
  const outcome = rows.outcomeMinor ?? new Float64Array(customers);
  const scaleMinor = sum(outcome) / customers;
  if (!(scaleMinor > 0)) {
    throw new CohortiumError(
      'MODEL_OUTCOME_EMPTY',
      `none of ${customers} customers spent anything from ${cutoff} to ${rows.outcomeEnd}, so there is nothing to learn`,
    );
  }
  const features = featureSpecOf(rows);
  const history = fitHistoryModels(rows);
  const { names, columns } = designMatrix(rows, features, history);
  // In units of the mean, so that leaves and ridge mean the same in every currency.
  const target = outcome.map((money) => money / scaleMinor);
  const model = fitBoosting(boosting, { columns, names, target });
  return { format: 'cohortium/clv-model@1', cutoff, historyMonths, predMonths, currency, features, history, scaleMinor, boosting: model };
}
