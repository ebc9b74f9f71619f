/** How states and changes go together: a state is what an older one becomes by the rows that changed. */
import { type MembershipRows, none, noRows, RowWriter } from './membership-rows.ts';

/**
 * One pass over two ascending lists of rows; `newer` wins where both name a customer.
 * @param keepsEnded whether rows of customers that are in no cohort any more stay: yes for changes, no for a state
 */
export function foldRows(older: MembershipRows, newer: MembershipRows, keepsEnded: boolean): MembershipRows {
  if (older.length === 0 && keepsEnded) return newer;
  const folded = new RowWriter(older.length + newer.length);
  const keep = (rows: MembershipRows, row: number): void => {
    if (keepsEnded || rows.cohort(row) !== none) folded.copy(rows, row);
  };
  let at = 0;
  for (let row = 0; row < newer.length; row++) {
    const customer = newer.customer(row);
    while (at < older.length && older.customer(at) < customer) keep(older, at++);
    if (at < older.length && older.customer(at) === customer) at += 1;
    keep(newer, row);
  }
  while (at < older.length) keep(older, at++);
  return folded.finish();
}

/** The rows that one version wrote. */
export function rowsOfVersion(rows: MembershipRows, version: number): MembershipRows {
  return rowsWhere(rows, (row) => rows.version(row) === version);
}

/** Rows of some customers, which are given in ascending order. */
export function rowsOfCustomers(rows: MembershipRows, customers: ArrayLike<number>): MembershipRows {
  const found = new RowWriter();
  let at = 0;
  for (let index = 0; index < customers.length; index++) {
    const customer = customers[index] ?? none;
    while (at < rows.length && rows.customer(at) < customer) at += 1;
    if (at < rows.length && rows.customer(at) === customer) found.copy(rows, at);
  }
  return found.finish();
}

export function rowsWhere(rows: MembershipRows, holds: (row: number) => boolean): MembershipRows {
  const found = new RowWriter();
  for (let row = 0; row < rows.length; row++) if (holds(row)) found.copy(rows, row);
  const all = found.finish();
  return all.length === 0 ? noRows : all;
}
