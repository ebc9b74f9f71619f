/** The past that a model is fitted to, and beside it what the same customers did afterwards. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { sum } from '../../../../sdk/numeric/index.ts';
import { makePurchaseClock } from './purchase-clock.ts';
import { orderPurchases, type PurchaseColumns } from './purchase-log.ts';
import { checkEnd, meanOf, moneyOf, type PurchaseSummary, type SummaryOptions, tabulate } from './summarize-purchases.ts';

export interface SplitOptions extends SummaryOptions {
  /** Last day of the calibration, itself included; the holdout begins on the next. */
  readonly calibrationEnd: number;
}

export interface CalibrationSplit {
  readonly calibration: PurchaseSummary;
  /** What the customers of the calibration did after it, in the order of its rows. */
  readonly holdout: {
    /** Length of the holdout in time units. */
    readonly duration: number;
    /** Purchases. */
    readonly x: Float64Array;
    /** Money of these purchases. */
    readonly spend: Float64Array;
    /** Mean money of a purchase; 0 where there is none. */
    readonly meanSpend: Float64Array;
  };
}

/**
 * Splits purchases by day. Customers whose first purchase is in the holdout are in neither part.
 *
 * With calendar periods let both ends be the last day of one: a purchase after the calibration, but in its last period,
 * counts as one of the holdout.
 * @throws {CohortiumError} ARGUMENT_INVALID when the calibration does not end before the observation; CLV_TOO_FEW_CUSTOMERS
 *   when nobody bought in the calibration; NUMERIC_DOMAIN when a row is not usable
 */
export function splitCalibration(purchases: PurchaseColumns, options: SplitOptions): CalibrationSplit {
  const clock = makePurchaseClock(options);
  const cut = checkEnd(options.calibrationEnd, 'calibrationEnd');
  const until = checkEnd(options.observationEnd, 'observationEnd');
  const duration = clock.elapsed(clock.periodOf(cut), clock.periodOf(until));
  if (!(duration > 0)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `from calibrationEnd ${cut} to observationEnd ${until} the holdout has length ${duration}; leave at least one period for it`,
    );
  }
  const { countFree, keepFirst = false } = options;
  const calibration = tabulate(orderPurchases(purchases, clock, { until: cut, countFree }), clock, cut, keepFirst);
  const later = new Map(
    orderPurchases(purchases, clock, { until, after: cut, countFree }).customers.map((customer) => [customer.customerId, customer.money]),
  );
  const column = (of: (money: readonly number[]) => number): Float64Array =>
    Float64Array.from(calibration.customerId, (id) => of(later.get(id) ?? []));
  return {
    calibration,
    holdout: {
      duration,
      x: column((money) => money.length),
      spend: column((money) => moneyOf(sum(money))),
      meanSpend: column(meanOf),
    },
  };
}
