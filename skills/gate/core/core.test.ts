import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { codedColumn } from '../../sdk/index.ts';
import { classifyFacts } from './fact-classes.ts';
import { isPlaceCode, residenceOf } from './jurisdiction.ts';
import { countOutcomes, topReasons } from './tally.ts';

describe('the residence that regimes speak of', () => {
  it.each([
    ['DE', 'EU', 'EU'],
    ['fr', 'EU', 'EU'],
    ['NO', 'EU', 'EU'],
    ['DE-BY', 'EU', 'EU'],
    ['RE', 'EU', 'EU'],
    ['EU', 'EU', 'EU'],
    ['US-CA', 'US-CA', 'US'],
    ['PR', 'US-PR', 'US'],
    ['CA-QC', 'CA-QC', 'CA'],
    ['BR-SP', 'BR', 'BR'],
    ['GB', 'GB', 'GB'],
    ['UK', 'GB', 'GB'],
    ['', '', ''],
  ])('%j is %j in %j', (declared, residency, country) => {
    expect(residenceOf(declared)).toEqual({ residency, country });
    expect(residenceOf(residency).residency).toBe(residency);
  });

  it('is open within a country whose states or provinces make the law', () => {
    expect(residenceOf('US')).toEqual({ residency: '', country: 'US' });
    expect(residenceOf('CA')).toEqual({ residency: '', country: 'CA' });
  });

  it('is open for a state that does not exist, which no rule would name', () => {
    expect(residenceOf('US-ZZ')).toEqual({ residency: '', country: 'US' });
  });

  it.each(['California', 'USA', 'ZZ', '-', 'US_CA'])('is unknown where %j is declared, which is no code', (declared) => {
    expect(residenceOf(declared)).toEqual({ residency: '', country: '' });
    expect(isPlaceCode(declared)).toBe(false);
  });

  it('is of a place that there is, even where no rule names it', () => {
    for (const place of ['JP-13', 'gb-sct', 'DE-BY', 'US', 'UK', 'EU', 'PR']) expect(isPlaceCode(place), place).toBe(true);
    for (const none of ['', 'US-ZZ', 'CA-ON-1', 'EU-BY', 'DE-', 'DE-BAVARIA']) expect(isPlaceCode(none), none).toBe(false);
  });
});

const classesOf = (columns: Readonly<Record<string, readonly string[]>>, rows: number) =>
  classifyFacts(Object.fromEntries(Object.entries(columns).map(([name, texts]) => [name, codedColumn(texts)])), rows);

describe('classes of customers', () => {
  it('hold equal facts, leave unknown ones out, and are numbered by their facts', () => {
    const columns = { region: ['EU', 'US-CA', 'EU', ''], gpc: ['false', '', 'false', ''] };
    const { classes, classOf } = classesOf(columns, 4);
    expect(classes).toEqual([{}, { region: 'US-CA' }, { gpc: 'false', region: 'EU' }]);
    expect([...classOf]).toEqual([2, 1, 2, 0]);
  });

  it('are one class when nothing is known of anybody', () => {
    expect(classesOf({}, 3)).toEqual({ classes: [{}], classOf: new Int32Array(3) });
    expect(classesOf({ a: [] }, 0)).toEqual({ classes: [], classOf: new Int32Array(0) });
  });

  it('do not mix up columns or separators', () => {
    expect(classesOf({ a: ['x', 'x,y', ''], b: ['y', '', 'x,y'] }, 3).classes).toHaveLength(3);
  });

  it('give every customer the same facts whatever the order of customers and columns', () => {
    const row = fc.record({ a: fc.constantFrom('', 'p', 'q'), b: fc.constantFrom('', 'p', '","') });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.nat(), (rows, turn) => {
        const turned = [...rows.slice(turn % rows.length), ...rows.slice(0, turn % rows.length)];
        const read = (list: typeof rows) => classesOf({ a: list.map(({ a }) => a), b: list.map(({ b }) => b) }, list.length);
        const first = read(rows);
        const second = classesOf({ b: turned.map(({ b }) => b), a: turned.map(({ a }) => a) }, turned.length);
        expect(second.classes).toEqual(first.classes);
        rows.forEach((_, index) => {
          const there = (index - (turn % rows.length) + rows.length) % rows.length;
          expect(second.classOf[there]).toBe(first.classOf[index]);
        });
      }),
    );
  });
});

describe('the tally', () => {
  const policy = (id: string, effect: 'fail' | 'counsel') => ({ id, effect, citation: `§ ${id}` });
  const decisions = [
    { outcome: 'pass', policies: [], customers: 70 },
    { outcome: 'fail', policies: [policy('b', 'fail'), policy('a', 'fail'), policy('c', 'counsel')], customers: 10 },
    { outcome: 'counsel', policies: [policy('c', 'counsel')], customers: 15 },
    { outcome: 'counsel', policies: [policy('c', 'counsel'), policy('a', 'counsel')], customers: 5 },
    { outcome: 'pass', policies: [policy('review:1', 'counsel')], customers: 3 },
  ] as const;

  it('counts customers, not classes', () => {
    expect(countOutcomes(decisions)).toEqual({ pass: 73, fail: 10, counsel: 20 });
  });

  it('names the policies behind an outcome, most customers first, ties by id', () => {
    expect(topReasons(decisions, 3)).toEqual([
      { policy: 'c', citation: '§ c', outcome: 'counsel', count: 20 },
      { policy: 'a', citation: '§ a', outcome: 'fail', count: 10 },
      { policy: 'b', citation: '§ b', outcome: 'fail', count: 10 },
    ]);
  });
});
