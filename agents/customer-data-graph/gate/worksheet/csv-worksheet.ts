/** The table for the accountant: revenue of the log by month, and empty columns for what only a person can know. */
import { minorDigits } from '../../../../skills/signal-capture/core/money.ts';
import { csvField } from '../../report/csv-field.ts';
import { revenueSteps } from './worksheet-facts.ts';
import type { RevenueMonth } from './worksheet-interface.ts';

const ofLog = ['month', 'currency', 'sales', 'gross', 'returns', 'returned', 'net', 'loyalty_actions'];
const ofPeople = [...revenueSteps.map(({ column }) => column), 'ledger_account', 'difference', 'note'];

export function csvWorksheet(months: readonly RevenueMonth[], currency: string): string {
  const rows = months.map(({ month, sales, grossMinor, returns, returnedMinor, netMinor, loyaltyActions }) => [
    month,
    currency,
    String(sales),
    decimalAmount(grossMinor, currency),
    String(returns),
    decimalAmount(returnedMinor, currency),
    decimalAmount(netMinor, currency),
    String(loyaltyActions),
    ...ofPeople.map(() => ''),
  ]);
  return [[...ofLog, ...ofPeople], ...rows].map((fields) => `${fields.map(csvField).join(',')}\n`).join('');
}

/** Exact: `-12345` minor units of EUR → `-123.45`. */
export function decimalAmount(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  const whole = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return minor < 0 ? `-${whole}` : whole;
}
