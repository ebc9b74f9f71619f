/**
 * Odds that a customer left after the last purchase and before the end, against being active at the end: the sum over the
 * opportunities at which leaving could have happened. Each summand follows from the next by a ratio of four numbers, so no
 * gamma function is needed, and the sum is carried with its scale, so it cannot overflow.
 * @see Fader, Hardie & Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", the sum in eq. 5
 */
import { log } from '../../../../sdk/numeric/index.ts';
import type { BgBbParameters } from './parameters.ts';

/** Beyond this the sum and all that goes with it is scaled down. */
const ceiling = 1e200;
const logCeiling = log(ceiling);

export class LeftOdds {
  /** Scaled sum of the odds, and of the odds times their log-derivatives. */
  private total = 0;
  private readonly slopes = new Float64Array(4);
  private scale = 0;
  private term = 0;
  private purchaseSlope = 0;
  private missSlope = 0;
  private staySlope = 0;
  private leaveSlope = 0;
  /** The odds cover the opportunities after this one. */
  private from: number;
  private readonly parameters: BgBbParameters;
  private readonly x: number;
  private readonly n: number;

  /** Odds of having left since opportunity n, which are zero; `extendTo` goes back in time. */
  constructor(parameters: BgBbParameters, x: number, n: number) {
    this.parameters = parameters;
    this.x = x;
    this.n = n;
    this.from = n;
  }

  /** Adds the chances of leaving between opportunity tx, x ≤ tx, and those that were added before. */
  extendTo(tx: number): void {
    const { alpha, beta, gamma, delta } = this.parameters;
    const { x, n, slopes } = this;
    while (this.from > tx) {
      const j = --this.from;
      const both = alpha + beta + j;
      const miss = beta + (j - x);
      const leave = gamma + delta + (j + 1);
      const stay = delta + j;
      if (j === n - 1) this.term = (both / miss) * (gamma / stay);
      else {
        this.term *= (both / miss) * (leave / stay);
        this.leaveSlope += 1 / leave;
      }
      this.purchaseSlope += 1 / both;
      this.missSlope += 1 / miss;
      this.staySlope += 1 / stay;
      this.total += this.term;
      slopes[0] = (slopes[0] ?? 0) + this.term * this.purchaseSlope;
      slopes[1] = (slopes[1] ?? 0) + this.term * (this.purchaseSlope - this.missSlope);
      slopes[2] = (slopes[2] ?? 0) + this.term * this.leaveSlope;
      slopes[3] = (slopes[3] ?? 0) + this.term * (this.leaveSlope - this.staySlope);
      if (this.total > ceiling) {
        this.term /= ceiling;
        this.total /= ceiling;
        for (let index = 0; index < 4; index++) slopes[index] = (slopes[index] ?? 0) / ceiling;
        this.scale += 1;
      }
    }
  }

  /** log of the odds; −Infinity where nobody can have left. */
  logOdds(): number {
    return log(this.total) + this.scale * logCeiling;
  }

  /** log(1 + odds). */
  logWeight(): number {
    return this.scale === 0 ? log(1 + this.total) : this.logOdds();
  }

  /** Adds weight times the gradient of log(1 + odds) in alpha, beta, gamma, delta. */
  addGradient(weight: number, gradient: Float64Array): void {
    const share = weight / (this.total + (this.scale === 0 ? 1 : 0));
    for (let index = 0; index < 4; index++) gradient[index] = (gradient[index] ?? 0) + share * (this.slopes[index] ?? 0);
    const { gamma } = this.parameters;
    if (gamma > 0) gradient[2] = (gradient[2] ?? 0) + (share * this.total) / gamma;
  }
}
