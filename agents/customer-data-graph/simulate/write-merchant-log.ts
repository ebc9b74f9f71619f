/**
 * A simulated merchant straight into the segments of an event log, a stretch of customers at a time: for logs too large to pass
 * through the inbox, or to hold in memory. The signals are those of simulateMerchant, without the faults of an export. Their ids are
 * not remembered by the inbox, so a signal sent once more would count twice; such a log is for trying things at scale.
 */
import { canonicalJson } from '../../../skills/sdk/index.ts';
import { isoDate, makeRng } from '../../../skills/sdk/numeric/index.ts';
import { dayOfInstant, parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import type { SegmentRow } from '../../adapters/duckdb/segment-digest.ts';
import type { SegmentEntry } from '../../adapters/duckdb/segment-schema.ts';
import { SegmentWriter } from '../../adapters/duckdb/segment-writer.ts';
import { customerSignals } from './customer-signals.ts';
import { type MerchantOptions, planMerchant } from './merchant-plan.ts';
import type { RawSignal } from './raw-signal.ts';

/** Customers of one segment; about a million signals. */
const customersPerSegment = 50_000;

/** Rows handed to the writer at a time; in between the process breathes. */
const batchRows = 16_384;

export interface MerchantLog {
  readonly segments: readonly SegmentEntry[];
  readonly signals: number;
  readonly customers: number;
  /** Last day of the signals, ISO date. */
  readonly asOf: string;
}

export interface WriteOptions {
  readonly onSegment?: (customersDone: number, signals: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes segments, one per stretch of customers; nothing lists them yet.
 * @param directory folder of the segments, made when absent
 * @throws {CohortiumError} ARGUMENT_INVALID when an option is out of its range; STORE_FULL
 */
export async function writeMerchantLog(
  options: MerchantOptions,
  directory: string,
  { onSegment, signal: abort }: WriteOptions = {},
): Promise<MerchantLog> {
  const plan = planMerchant(options);
  const root = makeRng(options.seed);
  const segments: SegmentEntry[] = [];
  let signals = 0;
  for (let first = 1; first <= plan.customers; first += customersPerSegment) {
    const writer = await SegmentWriter.open(directory);
    try {
      const last = Math.min(first + customersPerSegment - 1, plan.customers);
      let rows: SegmentRow[] = [];
      for (let number = first; number <= last; number++) {
        for (const { day, signal } of customerSignals(root, number, plan).signals)
          if (day < plan.endDay) rows.push(segmentRowOfRaw(signal));
        if (rows.length < batchRows && number < last) continue;
        abort?.throwIfAborted();
        writer.add(rows);
        signals += rows.length;
        rows = [];
        await new Promise((resume) => setImmediate(resume));
      }
      segments.push(...(await writer.finish()));
      onSegment?.(last, signals);
    } finally {
      writer.close();
    }
  }
  return { segments, signals, customers: plan.customers, asOf: isoDate(plan.firstDay + plan.endDay - 1) };
}

/** The row that capture makes of a simulated signal. A test holds both against each other for every kind of signal. */
export function segmentRowOfRaw({ id, type, customer, at, location, channel, brand, properties }: RawSignal): SegmentRow {
  const { orderId = '', amountMinor = 0, sku = '', ...rest } = properties as LiftedProperties; // what customerSignals writes
  const tsMs = parseIsoInstant(at) ?? 0;
  const { userId = '', emailHash = '', loyaltyId = '', anonymousId = '' } = customer;
  const owner =
    userId !== ''
      ? `user:${userId}`
      : loyaltyId !== ''
        ? `loyalty:${loyaltyId}`
        : emailHash !== ''
          ? `email:${emailHash}`
          : `anonymous:${anonymousId}`;
  return [
    id,
    type,
    userId,
    emailHash,
    loyaltyId,
    '',
    anonymousId,
    owner,
    tsMs,
    dayOfInstant(tsMs),
    location ?? 'unknown',
    channel ?? 'unknown',
    brand ?? 'unknown',
    orderId,
    amountMinor,
    sku,
    canonicalJson(rest),
  ];
}

interface LiftedProperties {
  readonly orderId?: string;
  readonly amountMinor?: number;
  readonly sku?: string;
}
