/** What a fitted Cox model says of a customer: how much sooner, by which day, and by what. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { exp, expm1 } from '../../../../sdk/numeric/index.ts';
import { columnsOfModel } from '../quality/check-features.ts';
import type { BaselineHazard, CoxModel } from './cox.ts';
import { checkStrata, type SurvivalCovariates } from './rows.ts';
import { countUpTo } from './timeline.ts';

export interface HazardDetails {
  /** Logarithm of the hazard beside that of a customer with average covariates. */
  readonly logHazardRatio: Float64Array;
  /** Signed parts of it, one column per feature of the model; 0 for unused ones. */
  readonly contributions: readonly Float64Array[];
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the columns are not those of the fit */
export function hazardDetails(model: CoxModel, data: SurvivalCovariates): HazardDetails {
  const columns = columnsOfModel(model.features, data);
  const rows = columns[0]?.length ?? 0;
  const logHazardRatio = new Float64Array(rows);
  const contributions = model.features.map((feature, at) => {
    const effect = model.effects.find((own) => own.feature === feature);
    const part = new Float64Array(rows);
    if (!effect) return part;
    const mean = model.mean[at] ?? 0;
    const column = columns[at];
    for (let row = 0; row < rows; row++) part[row] = ((column?.[row] ?? 0) - mean) * effect.coefficient + 0;
    return part;
  });
  for (const part of contributions)
    for (let row = 0; row < rows; row++) logHazardRatio[row] = (logHazardRatio[row] ?? 0) + (part[row] ?? 0);
  return { logHazardRatio, contributions };
}

/**
 * Probability that the event happens within a horizon, to customers that it had not happened to.
 * @param from days since the beginning at which the horizon begins, one per customer or one for all; ≥ 0
 * @param days length of the horizon, > 0
 * @returns NaN for customers of a stratum that the model does not know
 * @throws {CohortiumError} NUMERIC_DOMAIN when columns or days are not usable
 */
export function eventWithin(model: CoxModel, data: SurvivalCovariates, days: number, from: Float64Array | number = 0): Float64Array {
  const { logHazardRatio } = hazardDetails(model, data);
  const rows = logHazardRatio.length;
  if (!(days > 0)) throw new CohortiumError('NUMERIC_DOMAIN', `a horizon of ${days} days; give a number above 0`);
  if (typeof from !== 'number' && from.length !== rows) {
    throw new CohortiumError('NUMERIC_DOMAIN', `${from.length} ages for ${rows} customers; give one per customer`);
  }
  const stratumOf = strataOfModel(model.strata, data, rows);
  const probability = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const baseline = model.baseline[stratumOf ? (stratumOf[row] ?? -1) : 0];
    const begin = typeof from === 'number' ? from : (from[row] ?? 0);
    const hazard = baseline ? hazardUpTo(baseline, begin + days) - hazardUpTo(baseline, begin) : Number.NaN;
    probability[row] = -expm1(-hazard * exp(logHazardRatio[row] ?? 0)) + 0;
  }
  return probability;
}

/** Cumulative hazard on a day; what it was at the last event beyond that. */
export function hazardUpTo({ day, hazard }: BaselineHazard, until: number): number {
  return hazard[countUpTo(day, until) - 1] ?? 0;
}

/** Number of each row's stratum in the model's order, −1 where it is unknown; undefined for a model without strata. */
export function strataOfModel(known: readonly string[], data: SurvivalCovariates, rows: number): Int32Array | undefined {
  if (known.length === 1 && known[0] === '') return undefined;
  if (!data.stratum || !data.strata) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the model was fitted on the strata ${known.join(', ')}; give the stratum of each row`);
  }
  checkStrata(data, rows);
  const numberOf = data.strata.map((name) => known.indexOf(name));
  return data.stratum.map((own) => numberOf[own] ?? -1);
}
