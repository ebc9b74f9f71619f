/** A purchase file made ready for the models: histories, spend, and what came after the calibration where there is a holdout. */
import { type PurchaseColumns, splitCalibration, summarizePurchases } from '../../../skills/cohort/core/clv/data/index.ts';
import type { HistoryColumns } from '../../../skills/cohort/core/clv/index.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { NamedColumns } from './csv-columns.ts';
import { type HistoryTable, readPurchaseFile } from './read-purchase-file.ts';

/** Units that `--unit` takes, and how many make a year, as annual discount rates are turned into one of the unit. */
export const unitsPerYear = { hour: 8760, day: 365, week: 52, month: 12, quarter: 4, year: 1 } as const;

export type Unit = keyof typeof unitsPerYear;

export interface ClvDataOptions {
  readonly file: string;
  readonly columns?: NamedColumns;
  readonly unit: Unit;
  /** ISO date of the last day of the observation; needed for a log. */
  readonly end?: string | undefined;
  /** ISO date of the last day that the model may see. */
  readonly calibrationEnd?: string | undefined;
  /** For a table with counts of a holdout but not its length: that, in time units. */
  readonly holdoutLength?: number | undefined;
}

export interface ClvData {
  readonly customerId: readonly string[];
  readonly histories: HistoryColumns;
  /** Mean money of a repeat purchase, 0 where there is none; null where the file has no amounts. */
  readonly meanSpend: Float64Array | null;
  readonly holdout: { readonly x: Float64Array; readonly duration: number } | null;
  readonly unit: Unit;
  /** Where the file is a log: its rows and the days of the ends. */
  readonly log: { readonly purchases: PurchaseColumns; readonly calibrationEnd: number; readonly observationEnd: number } | null;
  /** What a person should know about rows that did not count. */
  readonly notes: readonly string[];
}

/**
 * @throws {CohortiumError} CLV_FILE_INVALID for what is wrong in the file; ARGUMENT_INVALID for an end that is absent or no date
 */
export function readClvData({ file, columns, unit, end, calibrationEnd, holdoutLength }: ClvDataOptions): ClvData {
  const read = readPurchaseFile(file, columns);
  if (read.kind === 'table') {
    const given = [end === undefined ? '' : '--end', calibrationEnd === undefined ? '' : '--calibration-end'].filter((flag) => flag !== '');
    if (given.length === 0) {
      checkHoldout(read, file, holdoutLength);
      return fromTable(read, unit, holdoutLength);
    }
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${given.join(' and ')} is for a log of purchases; ${file} is a table of histories that end at T`,
    );
  }
  if (holdoutLength !== undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `--holdout-length is for a table of histories; ${file} is a log of purchases, where --calibration-end makes a holdout`,
    );
  }
  const { purchases, rowsWithoutCustomer } = read;
  if (end === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `--end is needed: the last day that ${file} covers. The date of the last purchase will not do, since days without a purchase at the end are what a customer's silence is measured by`,
    );
  }
  const observationEnd = dayOf(end, '--end');
  const cut = calibrationEnd === undefined ? undefined : dayOf(calibrationEnd, '--calibration-end');
  checkStart(purchases, cut ?? observationEnd, calibrationEnd ?? end, cut === undefined ? '--end' : '--calibration-end');
  if (cut === undefined) {
    const table = summarizePurchases(purchases, { timeUnit: unit, observationEnd });
    return fromSummary(table, null, unit, { purchases, calibrationEnd: observationEnd, observationEnd }, rowsWithoutCustomer);
  }
  if (!(cut < observationEnd)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `--calibration-end ${calibrationEnd} is not before --end ${end}; leave days for the holdout`,
    );
  }
  const { calibration, holdout } = splitCalibration(purchases, { timeUnit: unit, observationEnd, calibrationEnd: cut });
  return fromSummary(calibration, holdout, unit, { purchases, calibrationEnd: cut, observationEnd }, rowsWithoutCustomer);
}

function fromSummary(
  table: ReturnType<typeof summarizePurchases>,
  holdout: ClvData['holdout'],
  unit: Unit,
  log: NonNullable<ClvData['log']>,
  rowsWithoutCustomer: number,
): ClvData {
  const { customerId, x, tx, T, logGaps, meanSpend, rowsAfterEnd, customersWithoutPurchase } = table;
  return {
    customerId,
    histories: { x, tx, T, logGaps },
    meanSpend: log.purchases.money ? meanSpend : null,
    holdout: holdout && { x: holdout.x, duration: holdout.duration },
    unit,
    log,
    notes: [
      ...(rowsWithoutCustomer > 0 ? [`${rowsWithoutCustomer} rows without a customer did not count`] : []),
      ...(holdout === null && rowsAfterEnd > 0 ? [`${rowsAfterEnd} rows after the end did not count`] : []),
      ...(customersWithoutPurchase > 0 ? [`${customersWithoutPurchase} customers with refunds only were left out`] : []),
    ],
  };
}

function fromTable(table: HistoryTable, unit: Unit, holdoutLength: number | undefined): ClvData {
  const { customerId, x, tx, T, logGaps, weight, meanSpend = null, holdoutX, holdoutDuration } = table;
  const duration = holdoutLength ?? holdoutDuration?.[0];
  const isOneDuration =
    duration !== undefined &&
    duration > 0 &&
    (holdoutLength !== undefined || holdoutDuration?.every((value) => value === duration) === true);
  return {
    customerId,
    histories: { x, tx, T, logGaps, weight },
    meanSpend,
    holdout: holdoutX && isOneDuration ? { x: holdoutX, duration } : null,
    unit,
    log: null,
    notes: holdoutX && !isOneDuration ? ['the holdout counts were not used: say with --holdout-length how long it was'] : [],
  };
}

function checkHoldout({ holdoutX }: HistoryTable, file: string, holdoutLength: number | undefined): void {
  if (holdoutLength === undefined) return;
  if (!(holdoutLength > 0)) throw new CohortiumError('ARGUMENT_INVALID', `--holdout-length is ${holdoutLength}; expected a number above 0`);
  if (holdoutX) return;
  throw new CohortiumError('ARGUMENT_INVALID', `--holdout-length is given, and ${file} has no counts of a holdout (x.star)`);
}

/** An end before everything is most often a mistyped year. */
function checkStart({ day }: PurchaseColumns, end: number, text: string, flag: string): void {
  const first = Array.from(day).reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  if (first < end + 1) return;
  throw new CohortiumError('ARGUMENT_INVALID', `${flag} is ${text}, and the first purchase is on ${isoDate(Math.floor(first))}`);
}

function dayOf(text: string, flag: string): number {
  const day = dayOfIsoDate(text);
  if (day !== undefined) return day;
  throw new CohortiumError('ARGUMENT_INVALID', `${flag} is '${text}'; expected a date such as 2026-01-31`);
}
