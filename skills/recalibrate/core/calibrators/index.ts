/** Maps from predictions to calibrated ones, as estimators whose models are plain JSON. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { bbq } from './bbq.ts';
import { beta } from './beta.ts';
import type { Calibrator } from './calibrator.ts';
import { identity, identityMean } from './identity.ts';
import { isotonic, isotonicMean } from './isotonic.ts';
import { meanScale } from './mean-scale.ts';
import { platt } from './platt.ts';
import type { Target } from './rows.ts';
import { temperature } from './temperature.ts';
import { vennAbers } from './venn-abers.ts';

export { bbq, type BbqConfig, type BbqModel } from './bbq.ts';
export { beta, type BetaModel } from './beta.ts';
export type { Calibrator, CalibratorModel } from './calibrator.ts';
export type { CalibratorCandidate, Candidate, CohortCalibrator, CohortCandidate } from './candidate.ts';
export { type CalibratorChoice, type CandidateEvidence, chooseCalibrator, type ChoiceOptions } from './choose.ts';
export { identity, identityMean, type IdentityModel } from './identity.ts';
export { isotonic, isotonicMean, type IsotonicMeanModel, type IsotonicModel } from './isotonic.ts';
export { meanScale, type MeanScaleModel } from './mean-scale.ts';
export { fitPlattScores, platt, type PlattConfig, type PlattModel } from './platt.ts';
export type { CalibrationRows, Tallies, Target } from './rows.ts';
export { type CohortModel, fitShrunk, predictShrunk, type ShrunkModel } from './shrinkage.ts';
export { temperature, type TemperatureModel } from './temperature.ts';
export { vennAbers, type VennAbersModel, vennAbersPair } from './venn-abers.ts';

/** All of them, the simplest first. */
export const calibrators: Readonly<Record<Target, readonly Calibrator[]>> = {
  probability: [identity, temperature, platt, beta, isotonic, bbq, vennAbers],
  mean: [identityMean, meanScale, isotonicMean],
};

/**
 * The calibrator that made a stored model and can apply it.
 * @throws {CohortiumError} NUMERIC_DOMAIN for a kind that none of them has
 */
export function calibratorOf(kind: string, target: Target): Calibrator {
  const found = calibrators[target].find(({ id }) => id === kind);
  if (found) return found;
  const known = calibrators[target].map(({ id }) => id).join(', ');
  throw new CohortiumError('NUMERIC_DOMAIN', `no calibrator of ${target} predictions is called '${kind}'; there are ${known}`);
}
