import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { minorDigits, parseMinor } from './money.ts';

describe('money', () => {
  it.each([
    ['29.33', 2, 2933],
    ['18.7', 2, 1870],
    ['5', 2, 500],
    ['5.', 2, 500],
    ['.5', 2, 50],
    ['-4.20', 2, -420],
    ['+1', 2, 100],
    ['0.00', 2, 0],
    ['-0', 2, 0],
    ['1.005', 2, 101],
    ['-1.005', 2, -101],
    ['1.0049', 2, 100],
    ['1500', 0, 1500],
    ['1.2345', 3, 1235],
  ])('reads %s with %i digits as %i', (text, digits, minor) => {
    expect(parseMinor(text, digits)).toBe(minor);
  });

  it.each(['', ' ', 'abc', '1,234.56', '€5', '1e3', '--1', '.', '1.2.3', 'NaN', '١٢'])('refuses %j', (text) => {
    expect(parseMinor(text, 2)).toBeUndefined();
  });

  it('refuses what does not fit in 53 bits instead of losing cents', () => {
    expect(parseMinor('90071992547409.92', 2)).toBeUndefined();
    expect(parseMinor('90071992547409.91', 2)).toBe(9_007_199_254_740_991);
  });

  it('multiplies before it rounds', () => {
    expect(parseMinor('0.335', 2, '3')).toBe(101);
    expect(parseMinor('2.55', 2, '-6')).toBe(-1530);
    expect(parseMinor('2.55', 2, '')).toBeUndefined();
  });

  it('reads back every amount that can be written', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (minor) => {
        const magnitude = String(Math.abs(minor)).padStart(3, '0');
        const text = `${minor < 0 ? '-' : ''}${magnitude.slice(0, -2)}.${magnitude.slice(-2)}`;
        expect(parseMinor(text, 2)).toBe(minor);
      }),
    );
  });

  it('knows currencies without cents and with thousandths', () => {
    expect([minorDigits('JPY'), minorDigits('EUR'), minorDigits('KWD')]).toEqual([0, 2, 3]);
  });
});
