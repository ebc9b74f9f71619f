/** Rows in one order whatever order they came in, so that sums and draws do not depend on how a file was sorted. */
import { compareText } from '../../../sdk/numeric/index.ts';

type Column = readonly string[] | Float64Array | null;

/** Sorts all columns by customer, then by origin where there is one. */
export function inOrderOfCustomers<Rows extends { readonly customer: readonly string[]; readonly origin?: readonly string[] | null }>(
  rows: Rows & Readonly<Record<keyof Rows, Column>>,
): Rows {
  const { customer, origin } = rows;
  const order = Array.from(customer.keys()).sort(
    (a, b) => compareText(customer[a] ?? '', customer[b] ?? '') || compareText(origin?.[a] ?? '', origin?.[b] ?? ''),
  );
  const sorted = Object.entries<Column>(rows).map(([name, column]) => {
    if (column === null) return [name, null];
    return [name, column instanceof Float64Array ? Float64Array.from(order, (row) => column[row] ?? 0) : order.map((row) => column[row])];
  });
  return Object.fromEntries(sorted) as Rows; // the same columns
}
