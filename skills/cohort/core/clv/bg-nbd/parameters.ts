/** Parameters shared by BG/NBD and MBG/NBD, and what tells the two apart. */
import type { ParameterSpec } from '../family.ts';

export interface BgNbdParameters {
  /** Shape of the purchase rate, > 0. */
  readonly r: number;
  /** Rate parameter of the purchase rate, > 0, in time units. */
  readonly alpha: number;
  /** First parameter of the chance of leaving, ≥ 0; 0 is the NBD limit. */
  readonly a: number;
  /** Second parameter of the chance of leaving, > 0. */
  readonly b: number;
}

/** 0: the first chance to leave comes with the first repeat purchase (BG/NBD). 1: with the first purchase (MBG/NBD). */
export type FirstChance = 0 | 1;

export const bgNbdSpecs: readonly (ParameterSpec & { readonly name: keyof BgNbdParameters })[] = [
  { name: 'r', unit: 'one', says: 'shape of the purchase rate' },
  { name: 'alpha', unit: 'time', says: 'rate parameter of the purchase rate' },
  { name: 'a', unit: 'one', isZeroAllowed: true, says: 'first parameter of the chance of leaving after a purchase' },
  { name: 'b', unit: 'one', says: 'second parameter of the chance of leaving after a purchase' },
];
