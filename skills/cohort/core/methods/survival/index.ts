/** Survival: when an event comes to customers, and to whom sooner. */
import { bandOf, marginOf } from '../bands/score-bands.ts';
import type { Assignment, CohortMethod } from '../method.ts';
import { fitSurvival } from './fit.ts';
import type { SurvivalConfig, SurvivalModel } from './model.ts';
import { eventWithin, strataOfModel } from './predict.ts';
import type { SurvivalCovariates, SurvivalRows } from './rows.ts';

export type { Concordance } from './concordance.ts';
export { type BaselineHazard, type ChiSquareTest, type CoxConfig, type CoxEffect, type CoxModel, fitCox } from './cox.ts';
export { atRiskOn, dayOfShare, kaplanMeier, restrictedMean, type SurvivalCurve, type SurvivalDay, survivalOn } from './kaplan-meier.ts';
export { type LogRank, logRank, type LogRankGroup, type LogRankPair, logRankPairs } from './log-rank.ts';
export type { SurvivalCohort, SurvivalConfig, SurvivalModel } from './model.ts';
export { eventWithin, type HazardDetails, hazardDetails } from './predict.ts';
export { type Proportionality, testProportionality, type TimeScale } from './proportionality.ts';
export type { Ties } from './risk-sets.ts';
export type { SurvivalCovariates, SurvivalRows } from './rows.ts';

/**
 * Customers by the probability that the event comes within the horizon, given their covariates: bands from low to high. Confidence
 * is the margin in ranks to the next band. Without covariates the cohorts are the strata, which is a rule; a stratum that the fit
 * did not have is no cohort. Nothing is drawn, so nothing depends on the seed.
 */
export const survival = {
  id: 'survival',
  title: 'Survival',
  fit: fitSurvival,
  assign: assignSurvival,
} satisfies CohortMethod<SurvivalRows, SurvivalConfig, SurvivalModel>;

function assignSurvival(model: SurvivalModel, data: SurvivalCovariates & Partial<Pick<SurvivalRows, 'stop'>>): Assignment {
  const { bands, cox } = model;
  if (bands && cox) {
    const probability = eventWithin(cox, data, model.horizonDays);
    const isKnown = (score: number): boolean => !Number.isNaN(score);
    return {
      label: Int32Array.from(probability, (score) => (isKnown(score) ? bandOf(bands, score) : -1)),
      confidence: probability.map((score) => (isKnown(score) ? marginOf(bands, score) : 0)),
      kind: 'margin',
    };
  }
  const rows = data.stratum?.length ?? data.stop?.length ?? data.columns[0]?.length ?? 0;
  const label = model.strata.length > 1 || data.stratum ? strataOfModel(model.strata, data, rows) : undefined;
  return {
    label: label ?? new Int32Array(rows),
    confidence: Float64Array.from({ length: rows }, (_, row) => ((label?.[row] ?? 0) < 0 ? 0 : 1)),
    kind: 'rule',
  };
}
