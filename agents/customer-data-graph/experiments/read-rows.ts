/** CSV files of experiments, read strictly: what cannot be read, or is there twice, stops with its line. */
import type { CustomersRegistration, ModelsRegistration } from '../../../registries/experiments/registration.ts';
import type { ArmsRows, ModelsRows } from '../../../skills/recalibrate/core/experiments/index.ts';
import { faultInRow, readStrictCsv, refuseTwice, type StrictCsv, texts } from '../ingest/strict-csv.ts';

/** The column `customer`, each once. @throws {CohortiumError} EXPERIMENT_ROWS_INVALID */
export function readCustomers(path: string): readonly string[] {
  const rows = readCsv(path);
  const customers = texts(rows, 'customer');
  refuseTwice(rows, customers);
  return customers;
}

/** Columns customer and outcome; before and cohort where the analysis reads them; arm where the file has it. @throws {CohortiumError} EXPERIMENT_ROWS_INVALID */
export function readArmsRows(
  path: string,
  { analysis }: CustomersRegistration,
): Omit<ArmsRows, 'arm'> & { readonly arm: readonly string[] | null } {
  const rows = readCsv(path);
  const customer = texts(rows, 'customer');
  refuseTwice(rows, customer);
  return {
    customer,
    arm: rows.header.includes('arm') ? texts(rows, 'arm') : null,
    outcome: numbersOf(rows, 'outcome'),
    pre: analysis.cuped ? numbersOf(rows, 'before') : null,
    cohort: analysis.byCohort ? texts(rows, 'cohort') : null,
  };
}

/** Columns customer, actual and one per model; origin where the file has it; cohort where the analysis reads it. @throws {CohortiumError} EXPERIMENT_ROWS_INVALID */
export function readModelsRows(path: string, { analysis, arms }: ModelsRegistration): ModelsRows {
  const rows = readCsv(path);
  const customer = texts(rows, 'customer');
  const origin = rows.header.includes('origin') ? texts(rows, 'origin') : null;
  refuseTwice(
    rows,
    customer.map((id, row) => (origin ? `${id} at ${origin[row]}` : id)),
  );
  return {
    customer,
    origin,
    cohort: analysis.byCohort ? texts(rows, 'cohort') : null,
    actual: numbersOf(rows, 'actual'),
    champion: numbersOf(rows, arms.champion.id),
    challenger: numbersOf(rows, arms.challenger.id),
  };
}

const readCsv = (path: string): StrictCsv => readStrictCsv(path, 'EXPERIMENT_ROWS_INVALID');

function numbersOf(rows: StrictCsv, column: string): Float64Array {
  return Float64Array.from(texts(rows, column), (text, row) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw faultInRow(rows, row, `'${column}' is '${text}'; a finite number was expected`);
    return value;
  });
}
