/**
 * The import map: what an operator declares about a file of signals, so that its columns become signals. Says everything
 * that is wrong with a map at once, each with file:line:column, before a single row is read.
 */
import { z } from 'zod';

import { CohortiumError, readYaml } from '../../skills/sdk/index.ts';

const columnName = z.string().min(1, 'the name of a column was expected');

/** A column by name, or the same text on every row. */
const source = z.union([columnName, z.strictObject({ const: z.string() })], 'a column name or { const: text } was expected');

export type ValueSource = z.infer<typeof source>;

const attributeSource = z.union(
  [columnName, z.strictObject({ column: columnName, values: z.record(z.string(), z.string()).describe('Text in the file → value.') })],
  'a column name or { column, values } was expected',
);

/** Columns with a meaning of their own. */
const columnsSchema = z.strictObject({
  customer: source.optional().describe('The customer’s user id.'),
  emailHash: source.optional().describe('SHA-256 of the trimmed lower-case e-mail address, hex.'),
  loyaltyId: source.optional(),
  phoneHash: source.optional().describe('SHA-256 of the phone number in E.164 form, hex.'),
  anonymousId: source.optional().describe('Of a browser or device.'),
  at: source.describe('When it happened, read by dateFormat.'),
  amount: source.optional().describe('Money, read by amountUnit; required for purchase and return.'),
  quantity: source.optional(),
  currency: source.optional().describe('Currency of each row; otherwise the map’s currency.'),
  location: source.optional(),
  channel: source.optional(),
  brand: source.optional(),
  id: source.optional().describe('Unique id of the row. Without it the id is a digest of what the row says.'),
  orderId: source.optional(),
  sku: source.optional(),
  vertical: source.optional(),
  source: source.optional(),
});

export const importMapSchema = z.strictObject({
  format: z.enum(['csv', 'jsonl'], "'csv' or 'jsonl' was expected").default('csv'),
  delimiter: z
    .union([z.literal('whitespace'), z.literal('tab'), z.string().length(1, "one character, 'tab' or 'whitespace' was expected")])
    .default(',')
    .describe("Between the fields; 'whitespace' for any run of blanks."),
  header: z
    .union([z.literal(true), z.array(columnName).min(1)], 'true or the list of column names was expected')
    .default(true)
    .describe('true when the first line names the columns, otherwise the names.'),
  type: z
    .union(
      [
        z.string().min(1),
        z.strictObject({
          column: columnName,
          values: z.record(z.string(), z.string()).optional().describe('Text in the file → signal type.'),
        }),
      ],
      'a signal type or { column: name } was expected',
    )
    .default('purchase'),
  columns: columnsSchema,
  properties: z
    .record(z.string(), source)
    .default({})
    .describe('Further properties of the signal by name; `true`, `false` and numbers are read as such.'),
  attributes: z
    .record(z.string(), attributeSource)
    .default({})
    .describe('Columns that declare something about the customer; each change becomes a signal of its own.'),
  dateFormat: z.string().min(1).default('iso').describe('iso, epochMs, or a pattern such as yyyyMMdd.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as EUR was expected')
    .optional()
    .describe('Currency of the amounts; the operator’s when absent.'),
  amountUnit: z.enum(['major', 'minor'], "'major' (12.34) or 'minor' (1234) was expected").default('major'),
  amountPer: z
    .enum(['row', 'piece'], "'row' or 'piece' was expected")
    .default('row')
    .describe('piece: the amount is multiplied by quantity.'),
  negative: z
    .enum(['reject', 'return'], "'reject' or 'return' was expected")
    .default('reject')
    .describe('What a purchase with a negative amount is.'),
  onDuplicate: z
    .enum(['keep', 'drop'], "'keep' or 'drop' was expected")
    .default('keep')
    .describe('Without an id column: are two equal rows of one file two signals (keep) or one (drop)?'),
});

export type ImportMap = z.infer<typeof importMapSchema>;

/** What the caller knows and a registry may not import: the vocabulary that a map is checked against. */
export interface ImportVocabulary {
  readonly signalTypes: readonly string[];
  readonly attributes: readonly string[];
  /** A sentence when a date format cannot be used. */
  readonly dateFormatFault: (format: string) => string | undefined;
}

/**
 * Reads an import map.
 * @param file name used in messages
 * @throws {CohortiumError} CSV_MAP_INVALID with every fault at once
 */
export function readImportMap(text: string, file: string, vocabulary: ImportVocabulary): ImportMap {
  const known = importMapSchema.superRefine((map, context) => {
    for (const { path, message } of faultsOf(map, vocabulary)) context.addIssue({ code: 'custom', path: [...path], message });
  });
  const { value, diagnostics } = readYaml(text, file, known, 'CSV_MAP_INVALID');
  if (value !== undefined) return value;
  const places = diagnostics.map(({ at, message }) => `${at ? `${at.file}:${at.line}:${at.column}: ` : ''}${message}`);
  throw new CohortiumError('CSV_MAP_INVALID', `the import map has ${diagnostics.length} fault(s): ${places.join('; ')}`, { diagnostics });
}

/** Names of the file's columns that a map uses, with the path of each use. */
export function columnsUsed(map: ImportMap): readonly { readonly column: string; readonly path: readonly string[] }[] {
  const used: { column: string; path: string[] }[] = [];
  if (typeof map.type !== 'string') used.push({ column: map.type.column, path: ['type', 'column'] });
  for (const [name, value] of Object.entries(map.columns))
    if (typeof value === 'string') used.push({ column: value, path: ['columns', name] });
  for (const [name, value] of Object.entries(map.properties)) {
    if (typeof value === 'string') used.push({ column: value, path: ['properties', name] });
  }
  for (const [name, value] of Object.entries(map.attributes)) {
    used.push({ column: typeof value === 'string' ? value : value.column, path: ['attributes', name] });
  }
  return used;
}

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

function faultsOf(map: ImportMap, vocabulary: ImportVocabulary): Fault[] {
  const faults: Fault[] = [];
  const types = typeof map.type === 'string' ? [map.type] : Object.values(map.type.values ?? {});
  for (const type of types) {
    if (!vocabulary.signalTypes.includes(type)) {
      faults.push({ path: ['type'], message: `a signal type was expected: ${vocabulary.signalTypes.join(', ')}` });
    }
  }
  for (const name of Object.keys(map.attributes)) {
    if (!vocabulary.attributes.includes(name)) {
      faults.push({ path: ['attributes', name], message: `one of ${vocabulary.attributes.join(', ')} was expected` });
    }
  }
  const { customer, emailHash, loyaltyId, phoneHash, anonymousId, amount, quantity } = map.columns;
  if ([customer, emailHash, loyaltyId, phoneHash, anonymousId].every((column) => column === undefined)) {
    faults.push({ path: ['columns'], message: 'at least one of customer, emailHash, loyaltyId, phoneHash, anonymousId was expected' });
  }
  if (amount === undefined && types.some((type) => type === 'purchase' || type === 'return')) {
    faults.push({ path: ['columns'], message: 'amount was expected, because purchases and returns have one' });
  }
  if (map.amountPer === 'piece' && quantity === undefined) {
    faults.push({ path: ['amountPer'], message: 'columns.quantity was expected, because the amount is per piece' });
  }
  const dateFault = vocabulary.dateFormatFault(map.dateFormat);
  if (dateFault !== undefined) faults.push({ path: ['dateFormat'], message: dateFault });
  if (map.format === 'jsonl' && map.header !== true) {
    faults.push({ path: ['header'], message: 'no header was expected, because JSON Lines name their fields' });
  }
  if (Array.isArray(map.header)) {
    const names = new Set(map.header);
    if (names.size !== map.header.length) faults.push({ path: ['header'], message: 'each name once was expected' });
    for (const { column, path } of columnsUsed(map)) {
      if (!names.has(column)) faults.push({ path, message: `a name listed under header was expected` });
    }
  }
  return faults;
}
