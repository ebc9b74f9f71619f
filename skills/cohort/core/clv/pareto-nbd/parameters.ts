/** The four parameters of Pareto/NBD, in the letters of the papers. */

export interface ParetoNbdParameters {
  /** Shape of the purchase rate, > 0. */
  readonly r: number;
  /** Rate parameter of the purchase rate, > 0, in time units. */
  readonly alpha: number;
  /** Shape of the drop-out rate, ≥ 0; 0 is the NBD limit, where nobody leaves. */
  readonly s: number;
  /** Rate parameter of the drop-out rate, > 0, in time units. */
  readonly beta: number;
}
