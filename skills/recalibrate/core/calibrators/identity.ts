/** Leaves predictions as they are: the calibrator that every other one has to beat. */
import { sum } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';
import type { Tallies } from './rows.ts';

export interface IdentityModel {
  readonly kind: 'identity';
  readonly n: number;
}

const fitTallies = (_: object, { weight }: Tallies): IdentityModel => ({ kind: 'identity', n: sum(weight) });

/** Of probabilities. */
export const identity = makeCalibrator<object, IdentityModel>({
  id: 'identity',
  target: 'probability',
  complexity: 0,
  isMonotone: true,
  needsBothClasses: false,
  fitTallies,
  mapOf: () => (predicted) => predicted,
});

/** Of expected counts and amounts. */
export const identityMean = makeCalibrator<object, IdentityModel>({
  id: 'identity',
  target: 'mean',
  complexity: 0,
  isMonotone: true,
  needsBothClasses: false,
  fitTallies,
  mapOf: () => (predicted) => predicted,
});
