/**
 * Exports of consent managers as consent-events: a CSV file of purpose, status and time in the manner of OneTrust, or of the request
 * actions of Transcend. A purpose, a status or an action that is not known is refused with its line; none is guessed.
 */
import { CsvError, parse } from 'csv-parse/sync';

import { CohortiumError, digestOf } from '../../../skills/sdk/index.ts';
import { consentMethods, consentPurposes } from '../../../skills/signal-capture/signals/standing.ts';
import { refuse, type SignalVerdict, validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { hashEmail, isEmailAddress } from '../../../skills/signal-capture/wire/clear-identity.ts';
import { identityOf } from '../identities/identity.ts';
import { foundColumns } from '../ingest/found-columns.ts';

export interface ConsentFileRow {
  /** 1-based; the header is line 1. */
  readonly line: number;
  readonly raw: string;
  readonly verdicts: readonly SignalVerdict[];
}

/** Columns by the names that exports give them, without case, blanks, hyphens and underscores. */
const columnNames = {
  customer: ['customer', 'userid', 'identifier', 'datasubjectidentifier', 'datasubject', 'coreidentifier', 'email'],
  purpose: ['purpose', 'purposename', 'action', 'actiontype', 'type'],
  status: ['status', 'transactiontype', 'consentstatus'],
  at: ['timestamp', 'at', 'date', 'consentdate', 'interactiondate', 'createdat'],
  method: ['method'],
  noticeVersion: ['noticeversion', 'purposeversion', 'version'],
  servedNotice: ['servednotice', 'receiptid', 'receiptguid'],
  jurisdiction: ['jurisdiction', 'country'],
  source: ['source', 'collectionpoint', 'collectionpointname'],
} as const;
type Column = keyof typeof columnNames;

/** @see transcend-io/privacy-types, src/actions.ts */
const actions: Readonly<Record<string, readonly (readonly [purpose: string, granted: boolean])[]>> = {
  SALE_OPT_OUT: [
    ['sale', false],
    ['sharing', false],
  ],
  SALE_OPT_IN: [
    ['sale', true],
    ['sharing', true],
  ],
  TRACKING_OPT_OUT: [['targeted-advertising', false]],
  TRACKING_OPT_IN: [['targeted-advertising', true]],
  CONTACT_OPT_OUT: [['marketing', false]],
  CONTACT_OPT_IN: [['marketing', true]],
  AUTOMATED_DECISION_MAKING_OPT_OUT: [['automated-decision', false]],
  AUTOMATED_DECISION_MAKING_OPT_IN: [['automated-decision', true]],
  USE_OF_SENSITIVE_INFORMATION_OPT_OUT: [['sensitive-data', false]],
  USE_OF_SENSITIVE_INFORMATION_OPT_IN: [['sensitive-data', true]],
  ERASURE: [['erasure', true]],
};

const statuses: Readonly<Record<string, { readonly granted: boolean; readonly mode?: 'opt-in' }>> = {
  ...named({ granted: true }, 'active', 'confirmed', 'granted', 'given', 'optin', 'optedin', 'true', 'yes'),
  ...named({ granted: false }, 'withdrawn', 'refused', 'denied', 'objected', 'optout', 'optedout', 'false', 'no'),
  // A consent that has run out, or was never given, is no objection.
  ...named({ granted: false, mode: 'opt-in' }, 'expired', 'notgiven', 'notoptedin'),
};

function named<Value>(value: Value, ...names: readonly string[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(names.map((name) => [name, value]));
}

/** @throws {CohortiumError} CSV_EMPTY, CSV_ROW_INVALID, CSV_COLUMN_MISSING */
export function readConsentFile(text: string, file: string): readonly ConsentFileRow[] {
  const [header, ...records] = parseRows(text, file);
  if (!header || records.length === 0) throw new CohortiumError('CSV_EMPTY', `${file} has no rows`);
  const columns = new Map<Column, number>();
  for (const [at, name] of header.cells.entries()) {
    const column = (Object.keys(columnNames) as Column[]).find((one) => columnNames[one].some((known) => known === plain(name))); // its own keys
    if (column && !columns.has(column)) columns.set(column, at);
  }
  for (const column of ['customer', 'purpose', 'at'] as const) {
    if (columns.has(column)) continue;
    const message = `${file} has no column '${column}'; one of ${columnNames[column].join(', ')} was expected, found ${foundColumns(header.cells)}`;
    throw new CohortiumError('CSV_COLUMN_MISSING', message);
  }
  return records.map(({ line, cells }) => {
    const cell = (column: Column): string => cells[columns.get(column) ?? -1]?.trim() ?? '';
    return { line, raw: cells.join(','), verdicts: verdictsOf(cell) };
  });
}

function verdictsOf(cell: (column: Column) => string): readonly SignalVerdict[] {
  const [customer, purpose, status, at] = [cell('customer'), cell('purpose'), cell('status'), cell('at')];
  const choices = choicesOf(purpose, status);
  if (typeof choices === 'string') return [refuse('SIGNAL_INVALID', choices)];
  const method = cell('method') || 'import';
  if (!consentMethods.some((known) => known === method))
    return [refuse('SIGNAL_INVALID', `method: one of ${consentMethods.join(', ')} was expected; found '${method.slice(0, 40)}'`)];
  const about = {
    noticeVersion: cell('noticeVersion'),
    servedNotice: cell('servedNotice'),
    jurisdiction: cell('jurisdiction'),
    source: cell('source'),
  };
  const said = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== ''));
  const id = digestOf(['consent-import', customer, purpose, status, at, method, said]).slice(0, 24);
  return choices.map((choice, index) =>
    validateSignal({
      id: `consent-${id}${index === 0 ? '' : `#${index + 1}`}`,
      type: 'consent-event',
      customer: customerOf(customer),
      at,
      properties: { ...choice, method, ...said },
    }),
  );
}

interface Choice {
  readonly purpose: string;
  readonly granted: boolean;
  readonly mode?: 'opt-in';
}

/** Text says what is wrong. */
function choicesOf(purpose: string, status: string): readonly Choice[] | string {
  const action = actions[purpose.toUpperCase().replaceAll(/[\s-]+/g, '_')];
  if (action && status === '') return action.map(([name, granted]) => ({ purpose: name, granted }));
  const name = purpose.toLowerCase().replaceAll(/[\s_]+/g, '-');
  if (!consentPurposes.some((known) => known === name)) {
    const known = `${consentPurposes.join(', ')}, or an action: ${Object.keys(actions).join(', ')}`;
    return `purpose: one of ${known} was expected; found '${purpose.slice(0, 60)}'`;
  }
  const answer = statuses[plain(status)];
  if (!answer) return `status: one of ${Object.keys(statuses).join(', ')} was expected; found '${status.slice(0, 40)}'`;
  return [{ purpose: name, ...answer }];
}

/** The identity that a person or an export names: a user id, `kind:value`, or an e-mail address, which is hashed. */
export function customerOf(text: string): Readonly<Record<string, string>> {
  const hash = isEmailAddress(text) ? hashEmail(text) : undefined;
  const { kind, value } = hash === undefined ? identityOf(text) : ({ kind: 'email', value: hash } as const);
  return { [{ user: 'userId', loyalty: 'loyaltyId', email: 'emailHash', phone: 'phoneHash', anonymous: 'anonymousId' }[kind]]: value };
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

function parseRows(text: string, file: string): readonly { readonly line: number; readonly cells: readonly string[] }[] {
  try {
    const rows = parse(text, { bom: true, info: true, skip_empty_lines: true, relax_column_count: true }) as unknown as readonly {
      readonly record: readonly string[];
      readonly info: { readonly lines: number };
    }[]; // the shape that `info` gives
    return rows.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    if (error instanceof CsvError)
      throw new CohortiumError('CSV_ROW_INVALID', `${file}: ${error.message}; nothing was taken`, { cause: error });
    throw error;
  }
}
