import { describe, expect, it } from 'vitest';

import { makeDateReader } from './date-pattern.ts';

function read(format: string, text: string): number | undefined {
  const reader = makeDateReader(format);
  if ('fault' in reader) throw new Error(reader.fault);
  return reader.read(text);
}

describe('date patterns', () => {
  it.each([
    ['yyyyMMdd', '19970118', Date.UTC(1997, 0, 18)],
    ['yyyy-MM-dd HH:mm:ss.S', '1997-01-01 00:00:00.0', Date.UTC(1997, 0, 1)],
    ['yyyy-MM-dd HH:mm:ss.S', '1997-01-01 10:11:12.25', Date.UTC(1997, 0, 1, 10, 11, 12, 250)],
    ['dd.MM.yyyy', '31.12.1999', Date.UTC(1999, 11, 31)],
    ['M/d/yyyy H:mm', '1/31/2026 9:05', Date.UTC(2026, 0, 31, 9, 5)],
    ['epochMs', '1700000000000', 1_700_000_000_000],
    ['iso', '2026-01-31', Date.UTC(2026, 0, 31)],
  ])('reads %s', (format, text, ms) => {
    expect(read(format, text)).toBe(ms);
  });

  it('takes punctuation literally: a point is not any character', () => {
    expect(read('dd.MM.yyyy', '31x12x1999')).toBeUndefined();
  });

  it('refuses days that do not exist and text around the date', () => {
    expect(read('yyyyMMdd', '19970230')).toBeUndefined();
    expect(read('yyyyMMdd', '19970101 ')).toBeUndefined();
    expect(read('epochMs', '99999999999999')).toBeUndefined();
  });

  it.each([
    ['yyyy-MM', 'no day'],
    ['HH:mm', 'no year, month, day'],
    ['yyyyMMdd dd', 'day twice'],
    ['YYYY-MM-dd', "'Y'"],
  ])('says what is wrong with %s', (format, clause) => {
    const reader = makeDateReader(format);
    expect('fault' in reader && reader.fault).toContain(clause);
  });
});
