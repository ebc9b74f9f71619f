import { describe, expect, it } from 'vitest';

import { CohortiumError } from '../../skills/sdk/index.ts';
import { columnsUsed, type ImportMap, readImportMap } from './import-map.ts';

const vocabulary = {
  signalTypes: ['purchase', 'return', 'visit'],
  attributes: ['residency'],
  dateFormatFault: (format: string) => (format === 'bad' ? 'a date format was expected' : undefined),
};

function read(text: string): ImportMap {
  return readImportMap(text, 'map.yaml', vocabulary);
}

function faults(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof CohortiumError && error.code === 'CSV_MAP_INVALID') {
      return error.diagnostics.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`);
    }
    throw error;
  }
  return [];
}

describe('an import map', () => {
  it('needs only the columns when the file is an ordinary CSV of purchases', () => {
    expect(read('columns: { customer: c, at: d, amount: m }')).toEqual({
      format: 'csv',
      delimiter: ',',
      header: true,
      type: 'purchase',
      columns: { customer: 'c', at: 'd', amount: 'm' },
      properties: {},
      attributes: {},
      dateFormat: 'iso',
      amountUnit: 'major',
      amountPer: 'row',
      negative: 'reject',
      onDuplicate: 'keep',
    });
  });

  it('knows every column that it uses, and where', () => {
    const map = read(
      'type: { column: kind }\ncolumns: { customer: c, at: d, amount: m, channel: { const: web } }\nproperties: { vertical: v }\nattributes: { residency: { column: r, values: { Germany: DE } } }',
    );
    expect(columnsUsed(map).map(({ column, path }) => `${path.join('.')}=${column}`)).toEqual([
      'type.column=kind',
      'columns.customer=c',
      'columns.at=d',
      'columns.amount=m',
      'properties.vertical=v',
      'attributes.residency=r',
    ]);
  });

  it.each([
    ['a misspelt key', 'colums: {}\ncolumns: { customer: c, at: d, amount: m }', "1:1 unknown key 'colums'"],
    ['no date', 'columns: { customer: c, amount: m }', '1:1 columns.at: a column name or { const: text } was expected'],
    ['no customer', 'columns: { at: d, amount: m }', '1:1 columns: at least one of customer'],
    ['no amount', 'columns: { at: d, customer: c }', '1:1 columns: amount was expected'],
    ['another type', 'type: teleport\ncolumns: { customer: c, at: d, amount: m }', '1:1 type: a signal type was expected'],
    ['another date format', 'columns: { customer: c, at: d, amount: m }\ndateFormat: bad', '2:1 dateFormat: a date format was expected'],
    [
      'a column that the header does not list',
      'header: [c, d]\ncolumns:\n  customer: c\n  at: d\n  amount: m',
      '5:3 columns.amount: a name listed under header',
    ],
    [
      'an amount per piece without quantity',
      'columns: { customer: c, at: d, amount: m }\namountPer: piece',
      '2:1 amountPer: columns.quantity',
    ],
    ['an unknown attribute', 'columns: { customer: c, at: d, amount: m }\nattributes: { mood: x }', '2:15 attributes.mood'],
    ['YAML that does not parse', 'columns: { customer: c', '1:'],
    ['a list', '- 1', '1:1'],
  ])('with %s is refused with the place', (_what, text, expected) => {
    expect(faults(text).join('\n')).toContain(expected);
  });

  it('names every fault at once', () => {
    expect(faults('delimiter: ";;"\nnegative: maybe\ncolumns: { customer: c, at: d, amount: m, colour: x }')).toHaveLength(3);
  });
});
