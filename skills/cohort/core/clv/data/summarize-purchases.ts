/** From a list of purchases to one row per customer: what the models of timing and of spend are fitted to. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, sum } from '../../../../sdk/numeric/index.ts';
import { type ClockOptions, makePurchaseClock, type PurchaseClock } from './purchase-clock.ts';
import { type CustomerPurchases, type OrderedPurchases, orderPurchases, type PurchaseColumns } from './purchase-log.ts';

export interface SummaryOptions extends ClockOptions {
  /** Last day of the observation for everybody, as a day; it is not the last purchase of the data. */
  readonly observationEnd: number;
  /**
   * Whether x, the mean spend and their like count the first purchase too, as RFM scores do. The timing models must not see
   * such a table. Default false.
   */
  readonly keepFirst?: boolean;
  /** Whether a period that cost nothing, and had no refund in it, is a purchase. Default false. */
  readonly countFree?: boolean;
}

/** One row per customer, by id in code-unit order; a table for `fitTiming` as it stands. */
export interface PurchaseSummary {
  readonly customerId: readonly string[];
  /** Repeat purchases; all purchases with keepFirst. */
  readonly x: Float64Array;
  /** Age at the last purchase, in time units. */
  readonly tx: Float64Array;
  /** Age at the end of the observation, in time units. */
  readonly T: Float64Array;
  /** Sum of the logarithms of the times between purchases, in time units; 0 without a repeat. */
  readonly logGaps: Float64Array;
  /** Mean money of a repeat purchase (of all with keepFirst); 0 where there is none. */
  readonly meanSpend: Float64Array;
  /** Money of all purchases, the first included. */
  readonly totalSpend: Float64Array;
  /** Money given back in periods that net to nothing or less, ≥ 0. */
  readonly refunds: Float64Array;
  /** Day of the first purchase. */
  readonly firstDay: Float64Array;
  /** Rows after the end of the observation; they count for nothing. */
  readonly rowsAfterEnd: number;
  /** Customers left out because they have refunds only. */
  readonly customersWithoutPurchase: number;
}

/**
 * Recency, frequency, age and spend of each customer.
 *
 * Purchases of one period are one purchase, and their money is summed: a civil day, unless `mergeDays` or `calendar` says
 * otherwise. A period that nets to nothing or less is no purchase; its money is in `refunds`.
 * @param purchases rows in any order
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS when nobody bought up to the end; NUMERIC_DOMAIN when a row is not usable;
 *   ARGUMENT_INVALID when an option is not
 * @see Fader & Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions", for (x, tx, T)
 */
export function summarizePurchases(purchases: PurchaseColumns, options: SummaryOptions): PurchaseSummary {
  const clock = makePurchaseClock(options);
  const until = checkEnd(options.observationEnd, 'observationEnd');
  const ordered = orderPurchases(purchases, clock, { until, countFree: options.countFree });
  return tabulate(ordered, clock, until, options.keepFirst ?? false);
}

/** @throws {CohortiumError} ARGUMENT_INVALID when a day is absent or not a number */
export function checkEnd(day: number | undefined, name: string): number {
  if (day !== undefined && Number.isFinite(day)) return day;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `${name} is ${day}; give the day on which the observation of everybody ends. The last purchase of the data will not do: ` +
      'a customer who is silent at the end would look younger than he is.',
  );
}

/** Rows of customers whose purchases are in order. */
export function tabulate(ordered: OrderedPurchases, clock: PurchaseClock, until: number, keepFirst: boolean): PurchaseSummary {
  const { customers } = ordered;
  if (customers.length === 0) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `there is no data: nobody bought up to day ${until} (${ordered.rowsAfterEnd} rows are later); check the end and the unit of the days`,
    );
  }
  const end = clock.periodOf(until);
  const column = (of: (customer: CustomerPurchases) => number): Float64Array => Float64Array.from(customers, of);
  const counted = ({ money }: CustomerPurchases): readonly number[] => (keepFirst ? money : money.slice(1));
  return {
    customerId: customers.map(({ customerId }) => customerId),
    x: column(({ periods }) => periods.length - (keepFirst ? 0 : 1)),
    tx: column(({ periods }) => clock.elapsed(periods[0] ?? 0, periods.at(-1) ?? 0)),
    T: column(({ periods }) => clock.elapsed(periods[0] ?? 0, end)),
    logGaps: column(({ periods }) => sum(periods.slice(1).map((period, index) => log(clock.elapsed(periods[index] ?? 0, period))))),
    meanSpend: column((customer) => meanOf(counted(customer))),
    totalSpend: column(({ money }) => moneyOf(sum(money))),
    refunds: column(({ refunds }) => refunds),
    firstDay: column(({ firstDay }) => firstDay),
    rowsAfterEnd: ordered.rowsAfterEnd,
    customersWithoutPurchase: ordered.customersWithoutPurchase,
  };
}

/** Mean of amounts; 0 without any. */
export function meanOf(amounts: readonly number[]): number {
  return amounts.length > 0 ? moneyOf(sum(amounts)) / amounts.length : 0;
}

/** Purchases without a money column have NaN for an amount. */
export function moneyOf(amount: number): number {
  return Number.isNaN(amount) ? 0 : amount;
}
