/** Parameters shared by BG/CNBD-k and MBG/CNBD-k, and the two numbers that tell their members apart. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { BgNbdParameters } from '../bg-nbd/parameters.ts';
import type { ParameterSpec } from '../family.ts';

/**
 * The parameters of BG/NBD, with one change of meaning: the rate ~ Gamma(r, alpha) is that of the k phases between two
 * purchases, so that the mean time between purchases at rate λ is k/λ.
 */
export type CnbdParameters = BgNbdParameters;

/** One member of the two families of families. */
export interface Shape {
  /** Phases between two purchases, integer from 1 to 8. 1: exponential times; more: more regular ones. */
  readonly k: number;
  /** 0: the first chance to leave comes with the first repeat purchase (BG). 1: with the first purchase (MBG). */
  readonly m: 0 | 1;
}

/** More phases than this fit no data that we know of, and sums of k terms stay cheap below it. */
export const mostPhases = 8;

/** @throws {CohortiumError} NUMERIC_DOMAIN when k is no integer from 1 to 8 */
export function checkPhases(k: number): void {
  if (Number.isInteger(k) && k >= 1 && k <= mostPhases) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `the regularity k needs to be an integer from 1 to ${mostPhases}; found ${k}`);
}

export const cnbdSpecs: readonly (ParameterSpec & { readonly name: keyof CnbdParameters })[] = [
  { name: 'r', unit: 'one', says: 'shape of the phase rate' },
  { name: 'alpha', unit: 'time', says: 'rate parameter of the phase rate' },
  { name: 'a', unit: 'one', isZeroAllowed: true, says: 'first parameter of the chance of leaving after a purchase' },
  { name: 'b', unit: 'one', says: 'second parameter of the chance of leaving after a purchase' },
];
