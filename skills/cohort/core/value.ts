/**
 * Value of each account in the horizon: expected purchases × expected spend per purchase × net-to-gross, discounted when a
 * rate is given. Purchase counts and amounts are taken as independent given the customer, as Gamma-Gamma assumes; the model
 * carries the correlation that was found.
 */
import { exp, log } from '../../sdk/numeric/index.ts';
import type { History } from './clv/index.ts';
import { expectedSpend, type SpendModel } from './spend.ts';
import { type ReadyModel, readyModels, type TimingMix } from './timing-mix.ts';

/** Columns over accounts; time in weeks of the seasonal clock. */
export interface AccountHistory {
  readonly x: ArrayLike<number>;
  readonly tx: ArrayLike<number>;
  readonly T: ArrayLike<number>;
  /** Net spend on the x repeat days, minor units. */
  readonly repeatSpendMinor: ArrayLike<number>;
  /** Sum of the logarithms of the times between purchases. */
  readonly logGaps?: ArrayLike<number>;
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

/**
 * Expected values of every account; rows in, rows out.
 * @param weightRow entry of the mix's weights for each account
 */
export function valueAccounts(
  mix: TimingMix,
  weightRow: ArrayLike<number>,
  spend: SpendModel,
  history: AccountHistory,
  horizon: Horizon,
): AccountValues {
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
  const models = readyModels(mix);
  const timings = new Map<string, readonly Timing[]>();
  for (let row = 0; row < rows; row++) {
    const [x, tx, T] = [history.x[row] ?? 0, history.tx[row] ?? 0, history.T[row] ?? 0];
    // Many customers share a history; each distinct one is computed once.
    const key = `${x} ${tx} ${T}`;
    const known = timings.get(key) ?? models.map((model) => timingOf(model, { x, tx, T }, weeks, rate));
    timings.set(key, known);
    const shares = mix.weights[weightRow[row] ?? 0]?.shares ?? [];
    const mixed = (part: keyof Timing): number => known.reduce((total, timing, index) => total + (shares[index] ?? 0) * timing[part], 0);
    const purchases = mixed('purchases');
    const discount = purchases > 0 ? mixed('discounted') / purchases : 1;
    const perPurchase = expectedSpend(spend.fit, x, history.repeatSpendMinor[row] ?? 0) * spend.netFactor;
    out.expectedPurchases[row] = purchases;
    out.pAlive[row] = mixed('alive');
    out.pPurchase[row] = mixed('any');
    out.discount[row] = discount;
    out.spendPerPurchaseMinor[row] = perPurchase;
    out.clvMinor[row] = purchases * perPurchase * discount;
  }
  return out;
}

/** What one model says of one history. */
interface Timing {
  readonly purchases: number;
  readonly discounted: number;
  readonly alive: number;
  readonly any: number;
}

function timingOf({ family, params }: ReadyModel, history: History, weeks: number, rate: number): Timing {
  const purchases = family.conditionalExpectation(params, history, weeks);
  return {
    purchases,
    discounted: rate > 0 ? family.discountedExpectation(params, history, weeks, rate) : purchases,
    alive: exp(family.logProbabilityAlive(params, history)),
    any: 1 - family.futureCountProbability(params, history, 0, weeks),
  };
}
