/** The grocery purchase log as histories in weeks up to the end of 2006, one purchase a day, and the times between purchases. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'grocery', 'groceryElog.csv');
const cdnowFile = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'cdnow', 'CDNOW_sample.txt');
const millisecondsPerDay = 86_400_000;

export const hasGrocery = existsSync(file);
export const hasCdnowLog = existsSync(cdnowFile);

/** Purchase days of each customer, ascending, one a day. */
export function groceryDays(): readonly (readonly number[])[] {
  if (!hasGrocery) return [];
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return daysOf(rows.map((row) => row.split(',')).map(([customer = '', date = '']) => [customer, Date.parse(date) / millisecondsPerDay]));
}

/** The same of the 2,357 customers of CDNOW. */
export function cdnowDays(): readonly (readonly number[])[] {
  if (!hasCdnowLog) return [];
  const rows = readFileSync(cdnowFile, 'utf8').trim().split('\n');
  return daysOf(
    rows.map((row) => {
      const [, customer = '', date = ''] = row.trim().split(/\s+/);
      return [customer, Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`) / millisecondsPerDay];
    }),
  );
}

function daysOf(purchases: readonly (readonly [string, number])[]): readonly (readonly number[])[] {
  return [...Map.groupBy(purchases, ([customer]) => customer).values()].map((list) =>
    [...new Set(list.map(([, day]) => day))].sort((one, other) => one - other),
  );
}

export function groceryHistories(): {
  readonly x: readonly number[];
  readonly tx: readonly number[];
  readonly T: readonly number[];
  readonly logGaps: readonly number[];
} {
  const end = Date.parse('2006-12-31') / millisecondsPerDay;
  const customers = groceryDays().map((days) => days.filter((day) => day <= end));
  return {
    x: customers.map((days) => days.length - 1),
    tx: customers.map((days) => ((days.at(-1) ?? 0) - (days[0] ?? 0)) / 7),
    T: customers.map((days) => (end - (days[0] ?? 0)) / 7),
    logGaps: customers.map((days) => days.slice(1).reduce((total, day, index) => total + Math.log((day - (days[index] ?? 0)) / 7), 0)),
  };
}
