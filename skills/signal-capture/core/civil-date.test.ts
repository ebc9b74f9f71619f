import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dayOfInstant, isoInstant, parseIsoInstant } from './civil-date.ts';

const firstMs = Date.UTC(1900, 0, 1);
const lastMs = Date.UTC(2199, 11, 31, 23, 59, 59, 999);

describe('instants', () => {
  it('reads back every instant that it writes, as the platform does', () => {
    fc.assert(
      fc.property(fc.integer({ min: firstMs, max: lastMs }), (ms) => {
        expect(isoInstant(ms)).toBe(new Date(ms).toISOString());
        expect(parseIsoInstant(isoInstant(ms))).toBe(ms);
        expect(dayOfInstant(ms)).toBe(Math.floor(ms / 86_400_000));
      }),
    );
  });

  it('counts instants before 1970 to the day that they are on', () => {
    expect(dayOfInstant(-1)).toBe(-1);
  });

  it.each([
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T12:00', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31 12:00:01.5', Date.UTC(2026, 0, 31, 12, 0, 1, 500)],
    ['2026-01-31T12:00:00.123456789Z', Date.UTC(2026, 0, 31, 12, 0, 0, 123)],
    ['2026-01-31T12:00:00+02:00', Date.UTC(2026, 0, 31, 10)],
    ['2026-01-31T12:00:00-0530', Date.UTC(2026, 0, 31, 17, 30)],
  ])('reads %s', (text, ms) => {
    expect(parseIsoInstant(text)).toBe(ms);
  });

  it.each([
    '',
    '31.01.2026',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-32',
    '2026-01-31T24:00:00Z',
    '2026-01-31Z',
    '1899-12-31',
    '2200-01-01',
    '0001-01-01',
  ])('refuses %j', (text) => {
    expect(parseIsoInstant(text)).toBeUndefined();
  });
});
