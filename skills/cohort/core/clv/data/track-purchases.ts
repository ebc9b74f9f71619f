/** Purchases of all customers period by period, as they were and as a model expects them: the two lines of a tracking plot. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { sumOf } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';
import { groupRows } from '../group-rows.ts';
import { type ClockOptions, makePurchaseClock, unitDays } from './purchase-clock.ts';
import { orderPurchases, type PurchaseColumns } from './purchase-log.ts';
import { checkEnd } from './summarize-purchases.ts';

export interface TrackOptions extends Omit<ClockOptions, 'calendar'> {
  /** Last day that counts, itself included. */
  readonly observationEnd: number;
  /** Day on which the first period begins. Default: the day of the very first purchase. */
  readonly origin?: number;
  /** Customers whose first purchase is after this day are left out. Default: none are. */
  readonly lastBirth?: number;
  /** Whether first purchases count too. Default false: repeat purchases, as the models expect them. */
  readonly includeFirst?: boolean;
  readonly countFree?: boolean;
}

export interface Tracking {
  /** End of each period, in time units since the origin: 1, 2, 3, … */
  readonly ends: Float64Array;
  /** Purchases in each period. */
  readonly incremental: Float64Array;
  /** Purchases up to the end of each period. */
  readonly cumulative: Float64Array;
}

export interface ActualTracking extends Tracking {
  /** Each customer's first purchase, in time units since the origin: what {@link expectedTracking} needs. */
  readonly births: Float64Array;
}

/**
 * Purchases per period of one time unit, over the whole periods from the origin to the end of the observation.
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS when nobody bought; NUMERIC_DOMAIN when a row is not usable;
 *   ARGUMENT_INVALID when there is no whole period
 */
export function trackPurchases(purchases: PurchaseColumns, options: TrackOptions): ActualTracking {
  const clock = makePurchaseClock(options);
  const until = checkEnd(options.observationEnd, 'observationEnd');
  const { lastBirth, includeFirst = false } = options;
  const customers = orderPurchases(purchases, clock, { until, countFree: options.countFree }).customers.filter(
    ({ firstDay }) => lastBirth === undefined || !clock.isAfter(firstDay, lastBirth),
  );
  if (customers.length === 0) {
    throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `there is no data: nobody bought up to day ${until}; check the end and the days`);
  }
  const firstDay = options.origin ?? customers.reduce((least, customer) => Math.min(least, customer.firstDay), Number.POSITIVE_INFINITY);
  const origin = clock.periodOf(firstDay);
  // The day of the end counts as a whole.
  const count = Math.floor(clock.elapsed(origin, clock.periodOf(until) + clock.width) + 1e-9);
  if (!(count >= 1)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `from day ${firstDay} to ${until} there is no whole period of ${unitDays(options.timeUnit)} days; choose a later end`,
    );
  }
  const incremental = new Float64Array(count);
  for (const { periods } of customers) {
    for (const period of includeFirst ? periods : periods.slice(1)) {
      const index = Math.floor(clock.elapsed(origin, period) + 1e-9);
      if (index >= 0 && index < count) incremental[index] = (incremental[index] ?? 0) + 1;
    }
  }
  return {
    ends: Float64Array.from({ length: count }, (_, index) => index + 1),
    incremental,
    cumulative: runningSum(incremental),
    births: Float64Array.from(customers, ({ periods }) => clock.elapsed(origin, periods[0] ?? 0)),
  };
}

/**
 * Repeat purchases that a family expects of customers born at those times, none of them known to be active later on.
 * @param births times of the first purchases
 * @param ends ascending times, each the end of a period; the first period begins at time 0, before which no birth lies
 * @throws {CohortiumError} NUMERIC_DOMAIN when a birth is negative or the ends do not ascend
 * @see Fader, Hardie & Lee (2005), section 5, figure 2
 */
export function expectedTracking<P>(family: TimingFamily<P>, params: P, births: ArrayLike<number>, ends: ArrayLike<number>): Tracking {
  const grouped = groupRows([births]);
  const times = grouped.columns[0] ?? new Float64Array(0);
  if (!((times[0] ?? 0) >= 0)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `a birth lies at ${times[0]}, before the origin; count births from the first one`);
  }
  const cumulative = Float64Array.from(ends, (end, index) => {
    if (!(end > (ends[index - 1] ?? 0))) {
      throw new CohortiumError('NUMERIC_DOMAIN', `ends must be > 0 and ascend; found ${end} at ${index}`);
    }
    return sumOf(times.length, (row) => {
      const age = end - (times[row] ?? 0);
      return age > 0 ? (grouped.weights[row] ?? 0) * family.expectedPurchases(params, age) : 0;
    });
  });
  return {
    ends: Float64Array.from(ends),
    cumulative,
    incremental: cumulative.map((value, index) => Math.max(0, value - (cumulative[index - 1] ?? 0))),
  };
}

function runningSum(values: Float64Array): Float64Array {
  let total = 0;
  return values.map((value) => (total += value));
}
