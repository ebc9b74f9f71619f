/** Measures that need what came true: equal opportunity, calibration within groups, and whether errors lean to one side for a group. */
import { midRankShares, sumOf } from '../../../sdk/numeric/index.ts';
import { rateOf, type Selection, selectionOf } from './selection.ts';
import { type Denominator, standardizedDifference } from './standardized-difference.ts';
import { type WeightedImpact, weightedImpact } from './weighted-impact.ts';

export interface EqualOpportunity {
  /** Selected among those for whom the good outcome came true. */
  readonly group: Selection;
  readonly reference: Selection;
  /** Rate of the group minus that of the reference; null where one had no good outcome. */
  readonly difference: number | null;
  readonly impact: WeightedImpact;
}

/**
 * Difference in true positive rates.
 * @param outcome 1 where what selection is for came true, 0 where not
 * @see Hardt, Price & Srebro (2016), "Equality of opportunity in supervised learning"
 */
export function equalOpportunity(
  selected: ArrayLike<number>,
  outcome: ArrayLike<number>,
  own: ArrayLike<number>,
  other: ArrayLike<number>,
  level: number,
): EqualOpportunity {
  const good = (weights: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: outcome.length }, (_, row) => (outcome[row] === 0 ? 0 : (weights[row] ?? 0)));
  const [ownGood, otherGood] = [good(own), good(other)];
  const [group, reference] = [selectionOf(selected, ownGood), selectionOf(selected, otherGood)];
  const [rate, against] = [rateOf(group), rateOf(reference)];
  return {
    group,
    reference,
    difference: rate === null || against === null ? null : rate - against,
    impact: weightedImpact(selected, ownGood, otherGood, level),
  };
}

export interface CalibrationBand {
  /** 1 for the lowest predictions. */
  readonly band: number;
  readonly weight: number;
  /** Mean prediction; null where nobody of the group is in the band. */
  readonly predicted: number | null;
  readonly actual: number | null;
}

export interface GroupCalibration {
  readonly bands: readonly CalibrationBand[];
  /** Everything that came true over everything predicted; null where nothing was predicted. */
  readonly actualOverPredicted: number | null;
}

/**
 * What was predicted and what came true for one group, in bands of equally many customers of all groups together.
 * @param weights of the group
 * @param bands integer ≥ 1
 */
export function calibrationWithin(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  weights: ArrayLike<number>,
  bands: number,
): GroupCalibration {
  const ranks = midRankShares(predicted);
  const bandOf = Int32Array.from(ranks, (share) => Math.min(bands, 1 + Math.floor(share * bands)));
  const total = (values: ArrayLike<number> | null, band: number | null): number =>
    sumOf(weights.length, (row) =>
      band === null || bandOf[row] === band ? (weights[row] ?? 0) * (values === null ? 1 : (values[row] ?? 0)) : 0,
    );
  const expected = total(predicted, null);
  return {
    bands: Array.from({ length: bands }, (_, at) => {
      const band = at + 1;
      const weight = total(null, band);
      const mean = (values: ArrayLike<number>): number | null => (weight > 0 ? total(values, band) / weight : null);
      return { band, weight, predicted: mean(predicted), actual: mean(actual) };
    }),
    actualOverPredicted: expected > 0 ? total(actual, null) / expected : null,
  };
}

/** Standardised difference of the errors, actual minus predicted: above 0 the group is worth more than it was given credit for. */
export function residualDifference(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  own: ArrayLike<number>,
  other: ArrayLike<number>,
  denominator: Denominator,
): number | null {
  const residuals = Float64Array.from({ length: predicted.length }, (_, row) => (actual[row] ?? 0) - (predicted[row] ?? 0));
  return standardizedDifference(residuals, own, other, denominator);
}
