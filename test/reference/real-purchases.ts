/**
 * Four real or realistic purchase logs as purchases with a cohort each, cut at mid-period. The cohort stands in for the home
 * location: the country, the store, or the month of the first purchase where a log knows no places.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { dayOfDate } from '../../skills/cohort/core/civil-date.ts';
import { isoDate } from '../../skills/sdk/numeric/index.ts';
import type { Purchase } from './purchase-log.ts';

const data = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

export interface PurchaseLog {
  readonly name: string;
  /** What a cohort is. */
  readonly family: string;
  /** The day at mid-period. */
  readonly asOf: string;
  readonly isHere: boolean;
  readonly read: () => Purchase[];
}

const linesOf = (path: string): string[] => {
  const bytes = readFileSync(join(data, path));
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split('\n');
};
const isHere = (path: string): boolean => existsSync(join(data, path));

type Line = Pick<Purchase, 'customerId' | 'day' | 'spendMinor'>;

/** @param every month or quarter of the first purchase, whichever fills cohorts */
function byFirstPurchase(lines: readonly Line[], nameOf: (date: string) => string): Purchase[] {
  const first = new Map<string, number>();
  for (const { customerId, day } of lines) first.set(customerId, Math.min(day, first.get(customerId) ?? day));
  return lines.map((line) => ({
    ...line,
    location: `joined ${nameOf(isoDate(first.get(line.customerId) ?? line.day))}`,
    channel: '',
    brand: '',
  }));
}

export const purchaseLogs: readonly PurchaseLog[] = [
  {
    name: 'CDNOW',
    family: 'month of the first purchase',
    asOf: '1997-09-30',
    isHere: isHere('cdnow/CDNOW_master.txt'),
    read: () =>
      byFirstPurchase(
        linesOf('cdnow/CDNOW_master.txt')
          .map((line) => line.trim().split(/\s+/))
          .filter(([customer = '']) => /^\d+$/.test(customer))
          .map(([customerId = '', date = '', , dollars = '0']) => ({
            customerId,
            day: dayOfDate(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`),
            spendMinor: Math.round(Number(dollars) * 100),
          })),
        (date) => date.slice(0, 7),
      ),
  },
  {
    name: 'Grocery',
    // The log has no money: every purchase day counts for one.
    family: 'month of the first purchase',
    asOf: '2006-12-31',
    isHere: isHere('grocery/groceryElog.csv'),
    read: () =>
      byFirstPurchase(
        linesOf('grocery/groceryElog.csv')
          .slice(1)
          .map((line) => line.split(','))
          .map(([customer = '', date = '']) => ({
            customerId: customer.replaceAll('"', ''),
            day: dayOfDate(date.trim()),
            spendMinor: 100,
          })),
        (date) => date.slice(0, 7),
      ),
  },
  {
    name: 'Online Retail',
    family: 'country',
    asOf: '2011-06-06',
    isHere: isHere('online_retail/online_retail.csv.gz'),
    read: () =>
      linesOf('online_retail/online_retail.csv.gz')
        .slice(1)
        .flatMap((line): Purchase[] => {
          // Descriptions may hold commas; the rest is counted from the end.
          const [quantity = '', date = '', price = '', customer = '', country = ''] = line.trim().split(',').slice(-5);
          const spendMinor = Math.round(Number(quantity) * Number(price) * 100);
          if (customer === '' || !(spendMinor > 0)) return [];
          const day = dayOfDate(date.slice(0, 10));
          return [{ customerId: customer, day, location: country, channel: '', brand: '', spendMinor }];
        }),
  },
  {
    name: 'FoodMart',
    family: 'store',
    asOf: '1997-07-02',
    isHere: isHere('foodmart/foodmart_sales_1997_joined.csv.gz'),
    read: () =>
      linesOf('foodmart/foodmart_sales_1997_joined.csv.gz')
        .slice(1)
        .map((line) => line.split(','))
        .map((row) => ({
          customerId: row[2] ?? '',
          day: dayOfDate((row[8] ?? '').slice(0, 10)),
          location: `store ${row[4] ?? ''}`,
          channel: '',
          brand: '',
          spendMinor: Math.round(Number(row[5]) * 100),
        })),
  },
];
