/** Log-odds of customers under a fitted regression, how surely they are known, and what they are made of. */
import { normalCdf } from '../../../../sdk/numeric/index.ts';
import { type ScoreBands, percentileOf } from '../bands/score-bands.ts';
import type { FeatureColumns } from '../method.ts';
import { columnsOfModel } from '../quality/check-features.ts';
import { inverseScale, type Scale } from '../quality/standardise.ts';
import type { IntentModel } from './model.ts';
import { intervalOf, probabilityOf } from './score-map.ts';

export interface Regression {
  readonly scale: Scale;
  readonly intercept: number;
  /** Per standard deviation. */
  readonly standardised: readonly number[];
  readonly covariance: readonly number[];
}

export interface IntentDetails {
  /** Calibrated probability of the action, and an interval of it: of the share of such customers that will, not of one outcome. */
  readonly probability: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Share of the fitted customers with a lower score, in [0, 1]. */
  readonly percentile: Float64Array;
  /** Log-odds before calibration. */
  readonly score: Float64Array;
  /** Signed parts of the score beside that of an average customer, one column per feature of the model. */
  readonly contributions: readonly Float64Array[];
}

/**
 * What the model says of customers, and why.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the columns are not those of the fit
 */
export function intentDetails(model: IntentModel, data: FeatureColumns): IntentDetails {
  const columns = columnsOfModel(model.features, data);
  const regression = regressionOf(model);
  const { score, error } = scoresOf(regression, columns);
  const inverse = inverseScale(model.scale);
  const low = new Float64Array(score.length);
  const high = new Float64Array(score.length);
  for (let row = 0; row < score.length; row++) {
    const interval = intervalOf(model.map, score[row] ?? 0, error[row] ?? 0, model.level);
    low[row] = interval.low;
    high[row] = interval.high;
  }
  return {
    probability: score.map((value) => probabilityOf(model.map, value)),
    low,
    high,
    percentile: score.map((value) => percentileOf(model.bands, value)),
    score,
    contributions: columns.map((column, at) => {
      const factor = (inverse[at] ?? 0) * (regression.standardised[at] ?? 0);
      return column.map((value) => (value - (model.scale.mean[at] ?? 0)) * factor + 0);
    }),
  };
}

export function regressionOf({ scale, intercept, effects, covariance }: IntentModel): Regression {
  return { scale, intercept, standardised: effects.map(({ standardised }) => standardised), covariance };
}

/** Log-odds of each row with their standard errors. */
export function scoresOf(
  { scale, intercept, standardised, covariance }: Regression,
  columns: readonly Float64Array[],
): { readonly score: Float64Array; readonly error: Float64Array } {
  const rows = columns[0]?.length ?? 0;
  const size = columns.length + 1;
  const inverse = inverseScale(scale);
  const score = new Float64Array(rows);
  const error = new Float64Array(rows);
  const line = new Float64Array(size);
  line[0] = 1;
  for (let row = 0; row < rows; row++) {
    let total = intercept;
    for (let at = 0; at + 1 < size; at++) {
      const value = ((columns[at]?.[row] ?? 0) - (scale.mean[at] ?? 0)) * (inverse[at] ?? 0);
      line[at + 1] = value;
      total += value * (standardised[at] ?? 0);
    }
    let variance = 0;
    for (let j = 0; j < size; j++) {
      let inner = 0;
      for (let k = 0; k < size; k++) inner += (covariance[j * size + k] ?? 0) * (line[k] ?? 0);
      variance += inner * (line[j] ?? 0);
    }
    score[row] = total;
    error[row] = Math.sqrt(Math.max(0, variance));
  }
  return { score, error };
}

/** Probability that a score known with that error lies in its band. */
export function bandProbability({ boundaries }: ScoreBands, band: number, score: number, error: number): number {
  const below = (boundary: number | undefined, absent: number): number => {
    if (boundary === undefined) return absent;
    const distance = boundary - score;
    if (!(Math.abs(distance) < 9 * error)) return distance > 0 ? 1 : 0;
    return normalCdf(distance / error);
  };
  return Math.max(0, below(boundaries[band], 1) - below(boundaries[band - 1], 0));
}
