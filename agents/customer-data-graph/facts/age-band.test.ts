import { describe, expect, it } from 'vitest';

import { ageBandOf } from './age-band.ts';

const at = (asOf: string, attributes: Readonly<Record<string, string>>): string => ageBandOf(new Map(Object.entries(attributes)), asOf);

describe('the age band', () => {
  it.each([
    ['2013', 'under-13', '13-15'],
    ['2010', '13-15', '16-17'],
    ['2008', '16-17', 'adult'],
  ])('of birth year %s is %s within the year of the birthday that decides, and %s on its last day', (birthYear, within, after) => {
    expect(at('2026-01-01', { birthYear })).toBe(within);
    expect(at('2026-12-30', { birthYear })).toBe(within);
    expect(at('2026-12-31', { birthYear })).toBe(after);
    expect(at('2027-01-01', { birthYear })).toBe(after);
  });

  it('takes the birth year before what was said about being a minor', () => {
    expect(at('2026-01-01', { birthYear: '2001', minor: 'true' })).toBe('adult');
    expect(at('2026-01-01', { birthYear: '2015', minor: 'false' })).toBe('under-13');
  });

  it('takes the youngest band for a minor of no known age', () => {
    expect(at('2026-01-01', { minor: 'true' })).toBe('under-13');
  });

  it('is adult where somebody is declared no minor', () => {
    expect(at('2026-01-01', { minor: 'false' })).toBe('adult');
  });

  it.each([{}, { birthYear: 'unknown' }, { birthYear: '1850' }, { minor: '' }])('is not on record for %j', (attributes) => {
    expect(at('2026-01-01', attributes)).toBe('not-on-record');
  });

  it('is the youngest for a birth year that has not come', () => {
    expect(at('2026-01-01', { birthYear: '2030' })).toBe('under-13');
  });
});
