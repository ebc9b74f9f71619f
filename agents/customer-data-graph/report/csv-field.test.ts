/** What a text becomes in a CSV file. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { csvField, shownText } from './csv-field.ts';

describe('a field of a CSV file', () => {
  it.each([
    ['anna', 'anna'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['a;b', '"a;b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['-12.5', '-12.5'],
    ['+491701234567', '+491701234567'],
    ['-1.5e-7', '-1.5e-7'],
  ])('says %j as %j', (text, field) => {
    expect(csvField(text)).toBe(field);
  });

  it.each(['=1+1', '=HYPERLINK("http://x.test","y")', '+1+cmd', '-2+3', '-', '@SUM(A1)', '\t=1', '\r=1'])(
    'of %j is shown by a spreadsheet, not computed',
    (text) => {
      expect(csvField(text)).toMatch(/^"?'/);
    },
  );

  it('says every text that is no formula, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '1', ',', ';', '"', '\n', '\r', '\t', ' ') }), (text) => {
        const field = csvField(`x${text}`);
        const read = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
        expect(read).toBe(`x${text}`);
        expect(field.startsWith('"')).toBe(/[",;\t\r\n]/.test(text));
      }),
    );
  });

  it('is read back as the text that it stands for, formulas and apostrophes too', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '=', '-', '1', '@', 'a', ',', '"', '\n', '\r', '\t', ' ') }), (text) => {
        const [[field] = []]: string[][] = parse(`${csvField(text)},end\n`, { recordDelimiter: '\n' });
        expect(shownText(field ?? '')).toBe(text);
      }),
    );
  });
});
