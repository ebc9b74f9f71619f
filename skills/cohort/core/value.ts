/**
 * Value of each account in the horizon: expected purchases × expected spend per purchase × net-to-gross, discounted when a
 * rate is given. Purchase counts and amounts are taken as independent given the customer, as Gamma-Gamma assumes; the model
 * carries the correlation that was found.
 */
import { exp, gaussLegendre, log } from '../../sdk/numeric/index.ts';
import { type BgNbdParameters, conditionalExpectation, logProbabilityAlive, probabilityOfPurchase } from './clv/index.ts';
import { expectedSpend, type SpendModel } from './spend.ts';

/** Columns over accounts; time in weeks of the seasonal clock. */
export interface AccountHistory {
  readonly x: ArrayLike<number>;
  readonly tx: ArrayLike<number>;
  readonly T: ArrayLike<number>;
  /** Net spend on the x repeat days, minor units. */
  readonly repeatSpendMinor: ArrayLike<number>;
}

export interface Horizon {
  readonly days: number;
  /** Mean speed of the seasonal clock in the horizon. */
  readonly speed: number;
  /** Effective annual rate; 0 for none. */
  readonly discountRateAnnual: number;
}

export interface AccountValues {
  readonly expectedPurchases: Float64Array;
  readonly pAlive: Float64Array;
  /** P(at least one purchase in the horizon). */
  readonly pPurchase: Float64Array;
  /** Net of returns. */
  readonly spendPerPurchaseMinor: Float64Array;
  /** Present value over undiscounted value: 0 to 1. */
  readonly discount: Float64Array;
  readonly clvMinor: Float64Array;
}

/** The models' clock runs in weeks. */
export const daysPerWeek = 7;

const discountNodes = gaussLegendre(16);

/** Expected values of every account; rows in, rows out. */
export function valueAccounts(timing: BgNbdParameters, spend: SpendModel, history: AccountHistory, horizon: Horizon): AccountValues {
  const rows = history.x.length;
  const weeks = (horizon.days / daysPerWeek) * horizon.speed;
  // Continuous rate per week of the model's clock; a year has 365.25 days.
  const rate = (log(1 + horizon.discountRateAnnual) * daysPerWeek) / (365.25 * horizon.speed);
  const out: AccountValues = {
    expectedPurchases: new Float64Array(rows),
    pAlive: new Float64Array(rows),
    pPurchase: new Float64Array(rows),
    spendPerPurchaseMinor: new Float64Array(rows),
    discount: new Float64Array(rows),
    clvMinor: new Float64Array(rows),
  };
  const timings = new Map<string, readonly [number, number, number, number]>();
  for (let row = 0; row < rows; row++) {
    const x = history.x[row] ?? 0;
    const tx = history.tx[row] ?? 0;
    const T = history.T[row] ?? 0;
    // Many customers share a history; each distinct one is computed once.
    const key = `${x} ${tx} ${T}`;
    const known = timings.get(key) ?? timingOf(timing, x, tx, T, weeks, rate);
    timings.set(key, known);
    const [purchases, alive, any, discount] = known;
    const perPurchase = expectedSpend(spend.fit, x, history.repeatSpendMinor[row] ?? 0) * spend.netFactor;
    out.expectedPurchases[row] = purchases;
    out.pAlive[row] = alive;
    out.pPurchase[row] = any;
    out.discount[row] = discount;
    out.spendPerPurchaseMinor[row] = perPurchase;
    out.clvMinor[row] = purchases * perPurchase * discount;
  }
  return out;
}

function timingOf(
  timing: BgNbdParameters,
  x: number,
  tx: number,
  T: number,
  weeks: number,
  rate: number,
): readonly [purchases: number, alive: number, any: number, discount: number] {
  const until = (time: number): number => conditionalExpectation(timing, x, tx, T, time);
  const purchases = until(weeks);
  const discount = rate > 0 && purchases > 0 ? presentValue(until, weeks, rate) / purchases : 1;
  return [purchases, exp(logProbabilityAlive(timing, x, tx, T)), probabilityOfPurchase(timing, x, tx, T, weeks), discount];
}

/** ∫ e^(−δs) dE(s) = e^(−δh)·E(h) + δ·∫ e^(−δs)·E(s) ds, by Gauss–Legendre. */
function presentValue(until: (time: number) => number, weeks: number, rate: number): number {
  let integral = 0;
  discountNodes.nodes.forEach((node, index) => {
    const time = ((node + 1) * weeks) / 2;
    integral += (discountNodes.weights[index] ?? 0) * exp(-rate * time) * until(time);
  });
  return exp(-rate * weeks) * until(weeks) + (rate * integral * weeks) / 2;
}
