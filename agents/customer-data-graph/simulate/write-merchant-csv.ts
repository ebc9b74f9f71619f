/**
 * A simulated merchant as files, the way a real one exports: purchases and returns as CSV with an import map, everything else
 * as JSON Lines. `cohortium ingest` takes them as they are.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RawSignal } from './raw-signal.ts';
import type { SimulatedMerchant } from './simulate-merchant.ts';

export interface MerchantFiles {
  readonly transactions: string;
  readonly map: string;
  readonly events: string;
}

const columns = [
  'id',
  'type',
  'customer',
  'loyalty',
  'email',
  'at',
  'location',
  'channel',
  'brand',
  'order',
  'sku',
  'vertical',
  'amount',
] as const;

const mapText = `# How transactions.csv becomes signals.
type: { column: type }
columns:
  id: id
  customer: customer
  loyaltyId: loyalty
  emailHash: email
  at: at
  location: location
  channel: channel
  brand: brand
  orderId: order
  sku: sku
  vertical: vertical
  amount: amount
dateFormat: iso
amountUnit: major
currency: CURRENCY
`;

/** Writes transactions.csv, map.yaml and events.jsonl into a folder, which is made when absent. */
export function writeMerchantCsv(merchant: Pick<SimulatedMerchant, 'signals'>, directory: string, currency = 'EUR'): MerchantFiles {
  mkdirSync(directory, { recursive: true });
  const files = {
    transactions: join(directory, 'transactions.csv'),
    map: join(directory, 'map.yaml'),
    events: join(directory, 'events.jsonl'),
  };
  const isTransaction = ({ type }: RawSignal): boolean => type === 'purchase' || type === 'return';
  const lines = merchant.signals.filter(isTransaction).map(csvLine);
  writeFileSync(files.transactions, `${columns.join(',')}\n${lines.join('\n')}\n`);
  writeFileSync(files.map, mapText.replace('CURRENCY', currency));
  const events = merchant.signals.filter((signal) => !isTransaction(signal)).map((signal) => JSON.stringify(signal));
  writeFileSync(files.events, `${events.join('\n')}\n`);
  return files;
}

function csvLine({ id, type, customer, at, location, channel, brand, properties }: RawSignal): string {
  const { orderId, sku, vertical, amountMinor } = properties;
  const fields = [
    id,
    type,
    customer.userId,
    customer.loyaltyId,
    customer.emailHash,
    at,
    location,
    channel,
    brand,
    orderId,
    sku,
    vertical,
    typeof amountMinor === 'number' ? majorUnits(amountMinor) : amountMinor,
  ];
  return fields.map((field) => quoted(typeof field === 'string' ? field : '')).join(',');
}

/** Minor units as a decimal with two places. */
function majorUnits(minor: number): string {
  const digits = String(Math.abs(minor)).padStart(3, '0');
  return `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function quoted(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
