/** Intent: how probable a declared next action is, in calibrated probabilities and bands. */
import { bandOf } from '../bands/score-bands.ts';
import type { Assignment, CohortMethod, FeatureColumns } from '../method.ts';
import { columnsOfModel } from '../quality/check-features.ts';
import { fitIntent } from './fit.ts';
import type { IntentConfig, IntentModel, IntentRows } from './model.ts';
import { bandProbability, regressionOf, scoresOf } from './scores.ts';

export type {
  IntentCohort,
  IntentConfig,
  IntentEffect,
  IntentModel,
  IntentQuality,
  IntentRows,
  ReliabilityBin,
  ScoreMap,
} from './model.ts';
export { type IntentDetails, intentDetails } from './scores.ts';

/**
 * Customers by the log-odds of a ridge logistic regression, in bands from low to high, with probabilities calibrated on a later
 * part. Confidence is the posterior probability that the customer's log-odds lie in the band, by the normal approximation of the
 * regression's uncertainty: one half for a customer on a boundary. Nothing is drawn, so nothing depends on the seed.
 * @see Hastie, Tibshirani & Friedman (2009), "The Elements of Statistical Learning", 4.4
 */
export const intent = {
  id: 'intent',
  title: 'Intent',
  fit: fitIntent,
  assign: assignIntent,
} satisfies CohortMethod<IntentRows, IntentConfig, IntentModel>;

function assignIntent(model: IntentModel, data: FeatureColumns): Assignment {
  const { score, error } = scoresOf(regressionOf(model), columnsOfModel(model.features, data));
  const label = Int32Array.from(score, (value) => bandOf(model.bands, value));
  return {
    label,
    confidence: score.map((value, row) => bandProbability(model.bands, label[row] ?? 0, value, error[row] ?? 0)),
    kind: 'posterior',
  };
}
