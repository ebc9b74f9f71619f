/** Days of the log as months of a worksheet. Adds integers only; a month without a signal between two others stands there as nothing. */
import { isoDate } from '../../../../skills/sdk/numeric/index.ts';
import { type ResultColumns, resultColumn } from '../../features/query-engine.ts';
import type { RevenueMonth } from './worksheet-interface.ts';

/** @param days result of revenue_days.sql */
export function revenueMonths(days: ResultColumns): readonly RevenueMonth[] {
  const [dayNo, type, signals, amount] = ['day_no', 'type', 'signals', 'amount_minor'].map((name) => resultColumn(days, name));
  const months = new Map<string, { -readonly [Name in keyof RevenueMonth]: RevenueMonth[Name] }>();
  const monthOf = (name: string) => {
    const known = months.get(name) ?? {
      month: name,
      sales: 0,
      grossMinor: 0,
      returns: 0,
      returnedMinor: 0,
      netMinor: 0,
      loyaltyActions: 0,
    };
    months.set(name, known);
    return known;
  };
  dayNo?.forEach((day, row) => {
    const month = monthOf(isoDate(Number(day)).slice(0, 7));
    const [count, minor] = [Number(signals?.[row] ?? 0), Number(amount?.[row] ?? 0)];
    if (type?.[row] === 'purchase') {
      month.sales += count;
      month.grossMinor += minor;
    } else if (type?.[row] === 'return') {
      month.returns += count;
      month.returnedMinor += minor;
    } else month.loyaltyActions += count;
    month.netMinor = month.grossMinor - month.returnedMinor;
  });
  const names = [...months.keys()].sort();
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || last === undefined) return [];
  for (let name = first; name < last; name = monthAfter(name)) monthOf(name);
  return [...months.keys()].sort().map((name) => monthOf(name));
}

function monthAfter(name: string): string {
  const count = Number(name.slice(0, 4)) * 12 + Number(name.slice(5, 7));
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}
