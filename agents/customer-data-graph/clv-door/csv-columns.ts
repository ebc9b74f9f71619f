/** Which column of a CSV file is what, by its name or by what the reader was told. Names count without case and punctuation. */
import { CohortiumError } from '../../../skills/sdk/index.ts';

/** Names that purchase files and their peers' sample files use. */
const usualNames = {
  customer: ['customer', 'customerid', 'custid', 'cust', 'client', 'clientid', 'user', 'userid', 'id', 'cid'],
  date: ['date', 'day', 'orderdate', 'purchasedate', 'invoicedate', 'transactiondate', 'datetime', 'timestamp', 'time'],
  amount: ['amount', 'sales', 'revenue', 'spend', 'value', 'total', 'net', 'price', 'money'],
  x: ['x', 'frequency', 'xcal', 'repeats', 'repeatpurchases'],
  tx: ['tx', 'recency', 'txcal'],
  T: ['t', 'tcal', 'age', 'n', 'ncal', 'periods'],
  meanSpend: ['meanspend', 'monetaryvalue', 'monetary', 'mx', 'zbar', 'mxcal', 'm'],
  weight: ['weight', 'weights', 'count', 'customers', 'ncust', 'custs'],
  logGaps: ['loggaps', 'litt'],
  holdoutX: ['xstar', 'xholdout', 'holdoutx', 'frequencyholdout'],
  holdoutDuration: ['tstar', 'holdoutduration', 'durationholdout'],
} as const;

export type ColumnRole = keyof typeof usualNames;

/** Index of a column by its role; a role that the file does not have is absent. */
export type ColumnPlaces = Readonly<Partial<Record<ColumnRole, number>>>;

/** What a person said: `--customer buyer --date when`. */
export type NamedColumns = Readonly<Partial<Record<'customer' | 'date' | 'amount', string>>>;

/**
 * @param file for the message
 * @throws {CohortiumError} CLV_FILE_INVALID when a column that was named is absent, or the file is neither a log nor a table
 */
export function findColumns(header: readonly string[], named: NamedColumns, file: string): ColumnPlaces {
  const plain = header.map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''));
  const found: Partial<Record<ColumnRole, number>> = {};
  for (const [role, names] of entriesOf(usualNames)) {
    // The first usual name wins, so that `customer` is preferred to `id`.
    const place = names.map((name) => plain.indexOf(name)).find((at) => at >= 0);
    if (place !== undefined) found[role] = place;
  }
  for (const [role, name] of entriesOf(named)) {
    if (name === undefined) continue;
    const place = header.indexOf(name);
    if (place < 0) throw invalid(file, `there is no column '${name}' (--${role}); there are: ${header.join(', ')}`);
    found[role] = place;
  }
  const isLog = found.date !== undefined;
  if (isLog && found.customer === undefined) {
    throw invalid(
      file,
      `there is a date but no column that looks like a customer; name it with --customer. There are: ${header.join(', ')}`,
    );
  }
  if (!isLog && (found.x === undefined || found.tx === undefined || found.T === undefined)) {
    const [only = ''] = header;
    const separator =
      header.length === 1 && /\s/.test(only) ? '. Columns separated by spaces are not read: write commas, semicolons or tabs' : '';
    throw invalid(
      file,
      `there is no date column (name it with --date) and not all of x, t_x and T (frequency, recency, T). There are: ${header.join(', ')}${separator}`,
    );
  }
  return found;
}

export function invalid(file: string, what: string): CohortiumError {
  return new CohortiumError('CLV_FILE_INVALID', `${file}: ${what}`);
}

function entriesOf<Value extends object>(record: Value): [keyof Value & string, Value[keyof Value & string]][] {
  return Object.entries(record) as [keyof Value & string, Value[keyof Value & string]][]; // Object.entries forgets the names
}
