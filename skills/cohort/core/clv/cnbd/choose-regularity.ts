/** Chooses the number of phases k of BG/CNBD-k or MBG/CNBD-k by the likelihood of the histories. */
import type { FitOptions, TimingModel } from '../fit-timing.ts';
import { fitStatistics } from '../fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import { cnbdFamily } from './index.ts';
import { checkPhases, type CnbdParameters, mostPhases } from './parameters.ts';

export interface RegularityOptions extends Omit<FitOptions, 'start'> {
  /** True: a customer may leave with the first purchase (MBG/CNBD-k); false: not before the first repeat purchase. */
  readonly isModified: boolean;
  /** Largest k to try, 1 to 8; default 8. */
  readonly most?: number | undefined;
}

export interface RegularityChoice {
  /** The fit with the highest likelihood; of equal ones the one with the smallest k. */
  readonly best: TimingModel<CnbdParameters>;
  readonly k: number;
  /** Every k that was tried, ascending. All have the same number of parameters unless a fit ran to a limit, which its AIC counts. */
  readonly candidates: readonly { readonly k: number; readonly logLikelihood: number; readonly aic: number }[];
}

/**
 * Fits k = 1 … most and takes the k with the highest log-likelihood. Likelihoods over k compare because the times between
 * purchases enter through logGaps.
 * @param data with logGaps; two purchases at one moment have no finite one: merge them first
 * @throws {CohortiumError} NUMERIC_DOMAIN without finite logGaps, or when most is no integer from 1 to 8
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS, NUMERIC_NO_CONVERGENCE as fitTiming
 * @see Reutterer, Platzer & Schröder (2021), who choose k by likelihood, too
 */
export function chooseRegularity(data: HistoryColumns, { isModified, most = mostPhases, ...options }: RegularityOptions): RegularityChoice {
  checkPhases(most);
  const statistics = summarizeHistories(data);
  const models = Array.from({ length: most }, (_, index) => fitStatistics(cnbdFamily(index + 1, isModified), statistics, options));
  const at = models.reduce((best, model, index) => (model.logLikelihood > (models[best]?.logLikelihood ?? Number.NaN) ? index : best), 0);
  return {
    best: models[at] as TimingModel<CnbdParameters>, // an index of the reduction over models, which are at least one
    k: at + 1,
    candidates: models.map(({ logLikelihood, aic }, index) => ({ k: index + 1, logLikelihood, aic })),
  };
}
