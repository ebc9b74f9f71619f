/** Scores, cohorts and distances of customers by a fitted model, also of customers that it was not fitted on. */
import type { RfmScores } from '../../rfm.ts';
import type { Assignment, FeatureColumns } from '../method.ts';
import { cohortOfCells } from './cells.ts';
import { classOf, rankOf, type RfmDimension } from './dimension.ts';
import { type RfmModel, threeColumns } from './fit.ts';

/** For each customer, in the unit of the column: days, purchases, money. Infinite where there is no further class. */
export interface RfmDistances {
  readonly recency: Float64Array;
  readonly frequency: Float64Array;
  readonly money: Float64Array;
}

export interface RfmDetails {
  readonly scores: RfmScores;
  /** What is missing to the next better class. */
  readonly toBetter: RfmDistances;
  /** What may be lost before the next worse class. */
  readonly toWorse: RfmDistances;
}

/**
 * The scores of customers and how far each is from the next boundary.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the columns are not those of the fit
 */
export function rfmDetails(model: RfmModel, data: FeatureColumns): RfmDetails {
  const [recency, frequency, money] = placesOf(model, data);
  return {
    scores: { recency: recency.scores, frequency: frequency.scores, money: money.scores },
    toBetter: { recency: recency.toBetter, frequency: frequency.toBetter, money: money.toBetter },
    toWorse: { recency: recency.toWorse, frequency: frequency.toWorse, money: money.toWorse },
  };
}

/**
 * Cohorts with the margin to the nearest boundary that would change them: the share of customers between, as a part of half a
 * class, at most 1.
 */
export function assignRfm(model: RfmModel, data: FeatureColumns): Assignment {
  const places = placesOf(model, data);
  const rows = places[0].values.length;
  const { quantiles } = model;
  const numbers = cohortOfCells(
    model.cohorts,
    quantiles,
    model.profile.map(({ name }) => name),
  );
  const steps = [quantiles * quantiles, quantiles, 1];
  const label = new Int32Array(rows);
  const confidence = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let cell = 0;
    for (let index = 0; index < 3; index++) cell += (steps[index] ?? 0) * ((places[index]?.scores[row] ?? 1) - 1);
    const own = numbers[cell] ?? 0;
    let margin = 1;
    for (let index = 0; index < 3; index++) {
      const place = places[index];
      const dimension = model.dimensions[index];
      if (!place || !dimension) continue;
      const at = place.classes[row] ?? 0;
      const score = dimension.scores[at] ?? 1;
      const rank = rankOf(dimension, place.values[row] ?? 0);
      for (const to of [at - 1, at + 1]) {
        const next = dimension.scores[to];
        if (next === undefined || numbers[cell + (steps[index] ?? 0) * (next - score)] === own) continue;
        const share = dimension.shares[Math.min(at, to)] ?? 0;
        margin = Math.min(margin, Math.max(0, to > at ? share - rank : rank - share) * 2 * quantiles);
      }
    }
    label[row] = own;
    confidence[row] = margin;
  }
  return { label, confidence, kind: 'margin' };
}

interface Places {
  /** From worse to better. */
  readonly values: Float64Array;
  readonly classes: Int32Array;
  readonly scores: Int32Array;
  readonly toBetter: Float64Array;
  readonly toWorse: Float64Array;
}

function placesOf({ dimensions }: RfmModel, data: FeatureColumns): readonly [Places, Places, Places] {
  const [recency, frequency, money] = dimensions;
  const [days, purchases, spent] = threeColumns(
    dimensions.map(({ feature }) => feature),
    data,
  );
  return [placesIn(recency, days), placesIn(frequency, purchases), placesIn(money, spent)];
}

function placesIn(dimension: RfmDimension, column: Float64Array): Places {
  const rows = column.length;
  const { direction, boundaries, scores } = dimension;
  const out = {
    values: new Float64Array(rows),
    classes: new Int32Array(rows),
    scores: new Int32Array(rows),
    toBetter: new Float64Array(rows),
    toWorse: new Float64Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const value = direction * (column[row] ?? 0) + 0;
    const place = classOf(dimension, value);
    out.values[row] = value;
    out.classes[row] = place;
    out.scores[row] = scores[place] ?? 1;
    out.toBetter[row] = (boundaries[place] ?? Number.POSITIVE_INFINITY) - value;
    out.toWorse[row] = value - (boundaries[place - 1] ?? Number.NEGATIVE_INFINITY);
  }
  return out;
}
