/**
 * One row of a mapped file to signals. The row's own signal comes first; declared attributes that changed for this customer
 * follow. A row without an id gets one made of what it says, so that importing a file twice changes nothing.
 */
import { hash } from 'node:crypto';

import { columnsUsed, type ImportMap, type ValueSource } from '../../../registries/signals/import-map.ts';
import { canonicalJson, CohortiumError, type ErrorCode } from '../../../skills/sdk/index.ts';
import { isoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { makeDateReader } from '../../../skills/signal-capture/core/date-pattern.ts';
import { minorDigits, parseMinor } from '../../../skills/signal-capture/core/money.ts';
import { isSignalType, signalTypes } from '../../../skills/signal-capture/signals/signal-types.ts';
import { declaredAttributes } from '../../../skills/signal-capture/signals/standing.ts';
import { type SignalVerdict, validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { OccurrenceCounter } from './occurrence-counter.ts';

export type RowMapper = (fields: readonly string[]) => readonly SignalVerdict[];

type Field = (fields: readonly string[]) => string;

/** Attributes that an import map may name: declared ones, and two that have signal types of their own. */
export const importAttributes: readonly string[] = [...declaredAttributes, 'loyaltyTier', 'subscription'];

/**
 * Makes the mapper of one file; it remembers what it has seen of this file, so make a new one for each.
 * @param names columns in the order of the fields
 * @param operatorCurrency ISO 4217, for amounts that name none
 * @throws {CohortiumError} CSV_COLUMN_MISSING with every absent column
 */
export function makeRowMapper(map: ImportMap, names: readonly string[], file: string, operatorCurrency: string): RowMapper {
  refuseMissing(map, names, file);
  const date = makeDateReader(map.dateFormat);
  if ('fault' in date) throw new CohortiumError('CSV_MAP_INVALID', date.fault);
  const field = (source: ValueSource | undefined): Field | undefined => {
    if (source === undefined) return undefined;
    if (typeof source !== 'string') return () => source.const;
    const index = names.indexOf(source);
    return (fields) => (fields[index] ?? '').trim();
  };
  const columns = Object.fromEntries(Object.entries(map.columns).map(([name, source]) => [name, field(source)])) as Partial<
    Record<keyof ImportMap['columns'], Field>
  >; // the same keys, each with its reader
  const extra = Object.entries(map.properties).map(([name, source]) => [name, field(source)] as const);
  const attributes = Object.entries(map.attributes).map(([name, from]) => {
    const read = field(typeof from === 'string' ? from : from.column);
    const values = typeof from === 'string' ? {} : from.values;
    return { name, read: (fields: readonly string[]) => valueOf(values, read?.(fields) ?? '') };
  });
  const typeField = typeof map.type === 'string' ? undefined : field(map.type.column);
  const typeValues = typeof map.type === 'string' ? {} : (map.type.values ?? {});
  const constantType = typeof map.type === 'string' ? map.type : '';
  const occurrences = new OccurrenceCounter();
  const lastDeclared = new Map<string, string>();

  return (fields) => {
    const read = (name: keyof ImportMap['columns']): string => columns[name]?.(fields) ?? '';
    const named = typeField?.(fields) ?? '';
    let type = typeField === undefined ? constantType : valueOf(typeValues, named);
    const atMs = date.read(read('at'));
    if (atMs === undefined) {
      return [refusal('SIGNAL_DATE_INVALID', `at: a date as ${map.dateFormat} was expected; found '${read('at').slice(0, 40)}'`)];
    }
    const properties: Record<string, unknown> = {};
    let quantity = read('quantity');
    const amountText = read('amount');
    const mustHaveAmount = type === 'purchase' || type === 'return';
    if (mustHaveAmount || (amountText !== '' && columns.amount !== undefined)) {
      const currency = read('currency') || map.currency || operatorCurrency;
      const digits = map.amountUnit === 'minor' ? 0 : minorDigits(currency);
      let amountMinor = parseMinor(amountText, digits, map.amountPer === 'piece' ? quantity : '1');
      if (amountMinor === undefined) {
        const found = map.amountPer === 'piece' ? `'${amountText}' × '${quantity}'` : `'${amountText}'`;
        return [refusal('SIGNAL_AMOUNT_INVALID', `amount: a decimal number such as 29.33 was expected; found ${found.slice(0, 80)}`)];
      }
      if (amountMinor < 0) {
        if (map.negative === 'reject' || !mustHaveAmount) {
          return [
            refusal(
              'SIGNAL_AMOUNT_NEGATIVE',
              `amount: zero or more was expected; found '${amountText}'. Set negative: return in the map if it is a return`,
            ),
          ];
        }
        type = 'return';
        amountMinor = -amountMinor;
      }
      properties['amountMinor'] = amountMinor;
      properties['currency'] = currency;
    }
    if (type === 'return' && quantity.startsWith('-')) quantity = quantity.slice(1);
    for (const name of ['orderId', 'sku', 'vertical', 'source'] as const) if (read(name) !== '') properties[name] = read(name);
    if (quantity !== '') properties['quantity'] = typed('number', quantity);
    for (const [name, value] of extra) {
      const found = value?.(fields) ?? '';
      if (found !== '') properties[name] = typed(propertyKind(type, name), found);
    }
    const customer = {
      ...(read('customer') === '' ? {} : { userId: read('customer') }),
      ...(read('emailHash') === '' ? {} : { emailHash: read('emailHash') }),
      ...(read('loyaltyId') === '' ? {} : { loyaltyId: read('loyaltyId') }),
    };
    const place = { location: read('location'), channel: read('channel'), brand: read('brand') };
    const said = { type, customer, at: isoInstant(atMs), ...place, properties };
    const givenId = read('id');
    const verdicts: SignalVerdict[] = [];
    if (columns.id !== undefined && givenId === '') return [refusal('SIGNAL_INVALID', 'id: text was expected; found nothing')];
    let id = givenId;
    if (columns.id === undefined) {
      // An unpaired surrogate cannot be digested; validateSignal says so in the right words.
      const content = isWellFormed(fields) ? canonicalJson(said) : '';
      const occurrence = map.onDuplicate === 'drop' ? 1 : occurrences.next(hash('sha256', content, 'buffer'));
      // The day in front keeps neighbours in time together in the index of ids, which makes long imports several times faster.
      id = `${said.at.slice(0, 10)}-${hash('sha256', `${content}\n${occurrence}`).slice(0, 32)}`;
    }
    verdicts.push(validateSignal({ id, ...said }));
    const changes: (readonly [key: string, declared: string])[] = [];
    for (const attribute of attributes) {
      const declared = attribute.read(fields);
      const key = JSON.stringify([attribute.name, customer]);
      if (declared === '' || lastDeclared.get(key) === declared) continue;
      changes.push([key, declared]);
      const attributeId = `${said.at.slice(0, 10)}-${hash('sha256', JSON.stringify([id, attribute.name, declared])).slice(0, 32)}`;
      verdicts.push(validateSignal({ id: attributeId, customer, at: said.at, ...declaration(attribute.name, declared) }));
    }
    // A row that goes to quarantine has declared nothing; the next row says it again.
    if (verdicts.every((verdict) => verdict.ok)) for (const [key, declared] of changes) lastDeclared.set(key, declared);
    return verdicts;
  };
}

/** The text that a map gives in place of a text, or the text itself. */
function valueOf(values: Readonly<Record<string, string>>, text: string): string {
  return Object.hasOwn(values, text) ? (values[text] ?? text) : text;
}

function refuseMissing(map: ImportMap, names: readonly string[], file: string): void {
  const used = columnsUsed(map);
  const missing = used.filter(({ column }) => !names.includes(column));
  const doubled = used.filter(({ column }) => names.indexOf(column) !== names.lastIndexOf(column));
  if (missing.length === 0 && doubled.length === 0) return;
  const clauses = [
    ...missing.map(({ column, path }) => `'${column}' (map: ${path.join('.')}) is not a column of it`),
    ...doubled.map(({ column, path }) => `'${column}' (map: ${path.join('.')}) is the name of several columns`),
  ];
  throw new CohortiumError(
    'CSV_COLUMN_MISSING',
    `${file}: ${clauses.join('; ')}; its columns are ${names.join(', ').slice(0, 500)}; nothing was imported`,
  );
}

function declaration(name: string, value: string): { readonly type: string; readonly properties: Readonly<Record<string, unknown>> } {
  if (name === 'loyaltyTier') return { type: 'loyalty-action', properties: { action: 'tier', tier: value } };
  if (name === 'subscription') return { type: 'milestone-event', properties: { milestone: 'subscription', value } };
  return { type: 'preference-change', properties: { attribute: name, value } };
}

/** What the schema of a type expects of a property: text unless it is a number or a boolean. */
function propertyKind(type: string, name: string): 'text' | 'number' | 'boolean' {
  if (!isSignalType(type)) return 'text';
  const shape: Readonly<Record<string, unknown>> = signalTypes[type].properties.shape;
  let schema = shape[name];
  while (isOptional(schema)) schema = schema.unwrap();
  const kind: unknown = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;
  return kind === 'number' || kind === 'boolean' ? kind : 'text';
}

function isOptional(schema: unknown): schema is { readonly unwrap: () => unknown } {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'optional' && 'unwrap' in schema;
}

/** The value, or the text itself when it cannot be read as that kind; the schema then says what is wrong. */
function typed(kind: 'text' | 'number' | 'boolean', text: string): unknown {
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (kind === 'boolean' && /^(true|yes|1)$/i.test(text)) return true;
  if (kind === 'boolean' && /^(false|no|0)$/i.test(text)) return false;
  return text;
}

function isWellFormed(fields: readonly string[]): boolean {
  return fields.every((field) => field.isWellFormed());
}

function refusal(code: ErrorCode, message: string): SignalVerdict {
  return { ok: false, code, message };
}
