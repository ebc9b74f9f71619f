/**
 * What one row of a mapped file says, as a signal that has no id yet. Dates and money are read here, because only here is it
 * known how the file writes them; everything else is left to the schema of the signal.
 */
import { columnsUsed, type ImportMap, type ValueSource } from '../../../registries/signals/import-map.ts';
import { CohortiumError, compareText, type ErrorCode } from '../../../skills/sdk/index.ts';
import { isBeyondYears, isoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { type DateReader, makeDateReader } from '../../../skills/signal-capture/core/date-pattern.ts';
import { minorDigits, parseMinor } from '../../../skills/signal-capture/core/money.ts';
import { isSignalType, signalTypes } from '../../../skills/signal-capture/signals/signal-types.ts';
import { foundColumns } from './found-columns.ts';

export type Fields = readonly string[];

/** The text of one column, trimmed; '' when the row leaves it empty. */
export type Field = (fields: Fields) => string;

export interface Statement {
  readonly type: string;
  readonly customer: Readonly<Record<string, string>>;
  readonly at: string;
  readonly location: string;
  readonly channel: string;
  readonly brand: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Reads columns of one file by name. */
export class ColumnReader {
  readonly #names: readonly string[];

  /**
   * @param names columns in the order of the fields
   * @throws {CohortiumError} CSV_COLUMN_MISSING with every column of the map that is absent or stands twice
   */
  constructor(map: ImportMap, names: readonly string[], file: string) {
    this.#names = names;
    const used = columnsUsed(map);
    const clauses = [
      ...used.filter(({ column }) => !names.includes(column)).map((use) => `${describe(use)} is not a column of it`),
      ...used
        .filter(({ column }) => names.indexOf(column) !== names.lastIndexOf(column))
        .map((use) => `${describe(use)} is the name of several columns`),
    ];
    if (clauses.length > 0) {
      const found = foundColumns(names);
      throw new CohortiumError(
        'CSV_COLUMN_MISSING',
        `${file}: ${clauses.join('; ')}; its columns are ${found}${delimiterAdvice(names)}; nothing was imported`,
      );
    }
  }

  /** A column, a constant, or nothing when the map does not mention it. */
  field(source: ValueSource | undefined): Field {
    if (source === undefined) return () => '';
    if (typeof source !== 'string') return () => source.const;
    const index = this.#names.indexOf(source);
    return (fields) => (fields[index] ?? '').trim();
  }

  /** A column whose texts the map may replace by others. */
  translated(source: string | { readonly column: string; readonly values?: Readonly<Record<string, string>> | undefined }): Field {
    const read = this.field(typeof source === 'string' ? source : source.column);
    const values = typeof source === 'string' ? {} : (source.values ?? {});
    return (fields) => {
      const text = read(fields);
      return Object.hasOwn(values, text) ? (values[text] ?? text) : text;
    };
  }
}

function describe({ column, path }: ReturnType<typeof columnsUsed>[number]): string {
  return `'${column}' (map: ${path.join('.')})`;
}

/**
 * Makes the reader of rows of one file.
 * @param operatorCurrency ISO 4217, for amounts that name none
 */
export function makeStatementReader(
  map: ImportMap,
  reader: ColumnReader,
  operatorCurrency: string,
): (fields: Fields) => Statement | Refusal {
  const { type: mapType } = map;
  const type: Field = typeof mapType === 'string' ? () => mapType : reader.translated(mapType);
  const readDate = dateReader(map.dateFormat);
  const readMoney = moneyReader(map, reader, operatorCurrency);
  const texts = { at: map.columns.at, location: map.columns.location, channel: map.columns.channel, brand: map.columns.brand };
  const at = reader.field(texts.at);
  const location = reader.field(texts.location);
  const channel = reader.field(texts.channel);
  const brand = reader.field(texts.brand);
  const customerKeys = [
    ['userId', reader.field(map.columns.customer)],
    ['emailHash', reader.field(map.columns.emailHash)],
    ['loyaltyId', reader.field(map.columns.loyaltyId)],
    ['phoneHash', reader.field(map.columns.phoneHash)],
    ['anonymousId', reader.field(map.columns.anonymousId)],
  ] as const;
  const properties = [
    ...(['orderId', 'sku', 'vertical', 'source'] as const).map((name) => [name, reader.field(map.columns[name])] as const),
    // In one order, whatever the order of the map: ids are made of the text of a statement.
    ...Object.entries(map.properties)
      .toSorted(([left], [right]) => compareText(left, right))
      .map(([name, source]) => [name, reader.field(source)] as const),
  ];

  return (fields) => {
    const atMs = readDate(at(fields));
    if (atMs === undefined) {
      const wanted = isBeyondYears(at(fields)) ? 'a year from 1900 to 2199' : wantedDate(map.dateFormat);
      return refusal('SIGNAL_DATE_INVALID', `at: ${wanted} was expected; found '${at(fields).slice(0, 40)}'`);
    }
    const money = readMoney(fields, type(fields));
    if ('ok' in money) return money;
    const said: Record<string, unknown> = { ...money.properties };
    for (const [name, field] of properties) {
      const text = field(fields);
      if (text !== '') said[name] = typed(propertyKind(money.type, name), text);
    }
    const customer: Record<string, string> = {};
    for (const [key, field] of customerKeys) {
      const text = field(fields);
      if (text !== '') customer[key] = text;
    }
    const place = { location: location(fields), channel: channel(fields), brand: brand(fields) };
    return { type: money.type, customer, at: isoInstant(atMs), ...place, properties: said };
  };
}

interface Money {
  /** A purchase with a negative amount may turn out to be a return. */
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

function moneyReader(map: ImportMap, reader: ColumnReader, operatorCurrency: string): (fields: Fields, type: string) => Money | Refusal {
  const amount = reader.field(map.columns.amount);
  const quantityText = reader.field(map.columns.quantity);
  const currencyText = reader.field(map.columns.currency);
  return (fields, type) => {
    const text = amount(fields);
    const pieces = quantityText(fields);
    const isTrade = type === 'purchase' || type === 'return';
    if (!isTrade && text === '') return { type, properties: quantityOf(pieces) };
    const currency = currencyText(fields) || map.currency || operatorCurrency;
    const digits = map.amountUnit === 'minor' ? 0 : minorDigits(currency);
    const isPerPiece = map.amountPer === 'piece';
    const amountMinor = parseMinor(text, digits, isPerPiece ? pieces : '1');
    if (amountMinor === undefined) {
      const found = isPerPiece ? `'${text}' × '${pieces}'` : `'${text}'`;
      return refusal('SIGNAL_AMOUNT_INVALID', `amount: ${wantedAmount(text)} was expected; found ${found.slice(0, 80)}`);
    }
    if (amountMinor >= 0) return { type, properties: { amountMinor, currency, ...quantityOf(pieces) } };
    if (map.negative === 'reject' || !isTrade) {
      const advice = 'set negative: return in the import map if it is a return';
      return refusal('SIGNAL_AMOUNT_NEGATIVE', `amount: zero or more was expected; found '${text}'; ${advice}`);
    }
    // The sign may stand at the amount or at the quantity; a return has both without it.
    const quantity = quantityOf(pieces.startsWith('-') ? pieces.slice(1) : pieces);
    return { type: 'return', properties: { amountMinor: -amountMinor, currency, ...quantity } };
  };
}

function quantityOf(text: string): Readonly<Record<string, unknown>> {
  return text === '' ? {} : { quantity: typed('number', text) };
}

function dateReader(format: string): DateReader {
  const reader = makeDateReader(format);
  if ('fault' in reader) throw new CohortiumError('CSV_MAP_INVALID', reader.fault);
  return reader.read;
}

type FieldKind = 'text' | 'number' | 'boolean' | 'nested';

/** What the schema of a type expects of a property: text unless it is a number, a boolean, or an object. */
function propertyKind(type: string, name: string): FieldKind {
  if (!isSignalType(type)) return 'text';
  const shape: Readonly<Record<string, unknown>> = signalTypes[type].properties.shape;
  let schema = shape[name];
  while (isOptional(schema)) schema = schema.unwrap();
  const kind: unknown = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;
  if (kind === 'object' || kind === 'union') return 'nested';
  return kind === 'number' || kind === 'boolean' ? kind : 'text';
}

function isOptional(schema: unknown): schema is { readonly unwrap: () => unknown } {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'optional' && 'unwrap' in schema;
}

/** A header that is one column and holds another delimiter was most likely not cut by it. */
function delimiterAdvice(names: readonly string[]): string {
  const mark = names.length === 1 ? /[;\t|,]/.exec(names[0] ?? '')?.[0] : undefined;
  return mark === undefined ? '' : `; set delimiter: ${mark === '\t' ? 'tab' : `'${mark}'`} in the map if that cuts them`;
}

/** What an amount has to look like, in words, and what in it is not so when that can be told. */
function wantedAmount(text: string): string {
  if (/^-?\d{14,}(\.\d*)?$/.test(text)) return 'an amount below 2^53 minor units';
  return `a decimal number such as 29.33${/,\d{1,2}$/.test(text) ? ', with a point before the cents,' : ''}`;
}

/** What a date has to look like, in words. */
function wantedDate(format: string): string {
  if (format === 'iso') return 'an ISO date such as 2026-01-31 or 2026-01-31T12:00:00Z';
  if (format === 'epochMs') return 'milliseconds since 1970 such as 1769860800000';
  return `a date as ${format}`;
}

/** The value, or the text itself when it cannot be read as that kind; the schema then says what is wrong. */
function typed(kind: FieldKind, text: string): unknown {
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (kind === 'boolean' && /^(true|yes|1)$/i.test(text)) return true;
  if (kind === 'boolean' && /^(false|no|0)$/i.test(text)) return false;
  return kind === 'nested' && text.startsWith('{') ? parsed(text) : text;
}

/** JSON of an object; the text itself when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refusal(code: ErrorCode, message: string): Refusal {
  return { ok: false, code, message };
}
