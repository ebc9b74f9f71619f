/**
 * A list of purchases brought into order: by customer, by period, with the money of a period summed. The order of the rows
 * does not matter, to the last bit. A period that nets to nothing or less is a refund, not a purchase.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { sum } from '../../../../sdk/numeric/index.ts';
import type { PurchaseClock } from './purchase-clock.ts';

/** Purchases in columns of one length, in any order. */
export interface PurchaseColumns {
  readonly customerId: readonly string[];
  /** Civil day number (days since 1970-01-01, see `dayOfIsoDate`), or a time in days with a fraction. */
  readonly day: ArrayLike<number>;
  /** Money paid, negative for a refund. Without it nothing is known of refunds, and every row is a purchase. */
  readonly money?: ArrayLike<number> | undefined;
}

/** One customer's periods with a purchase, ascending. */
export interface CustomerPurchases {
  readonly customerId: string;
  readonly periods: readonly number[];
  /** Day (not period) of the first purchase. */
  readonly firstDay: number;
  /** Money of each period, > 0, or 0 for one that was free; NaN where the purchases have none. */
  readonly money: readonly number[];
  /** Money given back in periods that are no purchases, ≥ 0. */
  readonly refunds: number;
}

export interface OrderedPurchases {
  /** By id, in code-unit order; only those with a purchase. */
  readonly customers: readonly CustomerPurchases[];
  /** Rows after the end, which count for nothing. */
  readonly rowsAfterEnd: number;
  /** Customers that have rows up to the end but no purchase: refunds only. */
  readonly customersWithoutPurchase: number;
}

export interface OrderOptions {
  /** Last day that counts, itself included. */
  readonly until: number;
  /** First day that counts is after this one. Default: all. */
  readonly after?: number | undefined;
  /** Whether a period that cost nothing, and had no refund in it, is a purchase. Default false. */
  readonly countFree?: boolean | undefined;
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN when the columns differ in length, or a day or an amount is not a number;
 *   CLV_TOO_FEW_CUSTOMERS when there is no row at all
 */
export function orderPurchases(purchases: PurchaseColumns, clock: PurchaseClock, options: OrderOptions): OrderedPurchases {
  checkPurchases(purchases);
  const { customerId, day } = purchases;
  const { until, after } = options;
  const rowsOf = new Map<string, number[]>();
  let rowsAfterEnd = 0;
  for (let row = 0; row < customerId.length; row++) {
    const at = day[row] ?? 0;
    if (clock.isAfter(at, until)) rowsAfterEnd += 1;
    else if (after === undefined || clock.isAfter(at, after)) {
      const id = customerId[row] ?? '';
      const rows = rowsOf.get(id);
      if (rows) rows.push(row);
      else rowsOf.set(id, [row]);
    }
  }
  const ids = [...rowsOf.keys()].sort(compareIds);
  const customers = ids.map((id) => mergePeriods(id, rowsOf.get(id) ?? [], purchases, clock, options.countFree ?? false));
  const buyers = customers.filter(({ periods }) => periods.length > 0);
  return { customers: buyers, rowsAfterEnd, customersWithoutPurchase: customers.length - buyers.length };
}

function mergePeriods(
  customerId: string,
  rows: number[],
  { day, money }: PurchaseColumns,
  clock: PurchaseClock,
  countFree: boolean,
): CustomerPurchases {
  // Amounts too, so that a sum does not depend on the order of the rows.
  rows.sort((a, b) => (day[a] ?? 0) - (day[b] ?? 0) || (money?.[a] ?? 0) - (money?.[b] ?? 0));
  const kept = { periods: [] as number[], money: [] as number[] };
  const refunds: number[] = [];
  let firstDay = Number.NaN;
  for (let start = 0; start < rows.length;) {
    const period = clock.periodOf(day[rows[start] ?? 0] ?? 0);
    let end = start + 1;
    while (end < rows.length && clock.periodOf(day[rows[end] ?? 0] ?? 0) === period) end += 1;
    const amounts = money ? rows.slice(start, end).map((row) => money[row] ?? 0) : [];
    const net = money ? sum(amounts) : Number.NaN;
    if (!money || net > 0 || (net === 0 && countFree && amounts.every((amount) => amount === 0))) {
      if (kept.periods.length === 0) firstDay = day[rows[start] ?? 0] ?? 0;
      kept.periods.push(period);
      kept.money.push(net);
    } else refunds.push(0 - net);
    start = end;
  }
  return { customerId, ...kept, firstDay, refunds: sum(refunds) };
}

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function checkPurchases({ customerId, day, money }: PurchaseColumns): void {
  if (customerId.length === 0) {
    throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', 'there is no data: the list of purchases has no row; check the file and the filter');
  }
  for (const [name, column] of Object.entries({ day, money })) {
    if (!column) continue;
    if (column.length !== customerId.length) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `the columns need one length; found customerId ${customerId.length}, ${name} ${column.length}`,
      );
    }
    for (let row = 0; row < column.length; row++) {
      if (Number.isFinite(column[row])) continue;
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `row ${row}: ${name} is ${column[row]}; it must be a number${name === 'day' ? ' (turn dates into days with dayOfIsoDate)' : ''}`,
      );
    }
  }
}
