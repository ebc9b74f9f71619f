import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sampleQuickstart } from '../../test/fixtures/sample-quickstart.ts';
import { renderQuickstart } from './format-quickstart.ts';
import { displayWidth, formatBar, formatPairs, formatTable, printable } from './format-table.ts';
import { intervalStrip } from './interval-strip.ts';

describe('formatTable', () => {
  it('aligns columns, also with wide characters', () => {
    expect(
      formatTable(
        [{ head: 'name' }, { head: 'n', align: 'right' }],
        [
          ['東京', '1'],
          ['Köln', '22'],
        ],
      ),
    ).toEqual(['name   n', '東京   1', 'Köln  22']);
  });

  it('keeps a customer’s text on its line and without power over the terminal', () => {
    expect(printable('a\u001b[31mb\nc\u202e')).toBe('a·[31mb·c·');
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (rows) => {
        const lines = formatTable([{ head: 'a' }, { head: 'b' }], rows);
        expect(lines).toHaveLength(rows.length + 1);
        // eslint-disable-next-line no-control-regex
        expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f]/);
      }),
    );
  });

  it('gives every right-aligned column one right edge', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e9), { minLength: 1 }), (numbers) => {
        const widths = formatTable(
          [{ head: 'n', align: 'right' }],
          numbers.map((number) => [String(number)]),
        ).map(displayWidth);
        expect(new Set(widths).size).toBe(1);
      }),
    );
  });
});

describe('formatPairs and formatBar', () => {
  it('lines up values', () => {
    expect(
      formatPairs([
        ['a', '1'],
        ['long', '2'],
      ]),
    ).toEqual(['a     1', 'long  2']);
    expect(formatPairs([])).toEqual([]);
  });

  it('draws shares in eighths and cuts what lies outside', () => {
    expect([formatBar(0, 4), formatBar(0.5, 4), formatBar(1, 4), formatBar(7, 4), formatBar(-1, 4)]).toEqual([
      '',
      '██',
      '████',
      '████',
      '',
    ]);
    expect(formatBar(1 / 32, 4)).toBe('▏');
    expect(formatBar(Number.NaN, 4)).toBe('');
  });
});

describe('intervalStrip', () => {
  it('shows interval, value and truth in place', () => {
    expect(intervalStrip({ low: 30, value: 50, high: 80, truth: 60 }, 100, 11)).toBe('···├─●◆─┤');
    expect(intervalStrip({ low: 30, value: 50, high: 80, truth: 100 }, 100, 11)).toBe('···├─●──┤ ◆');
    expect(intervalStrip({ low: 30, value: 50, high: 80, truth: 50 }, 100, 11)).toBe('···├─◈──┤');
    expect(intervalStrip({ low: 30, value: 50, high: 80, truth: null }, 100, 11)).toBe('···├─●──┤');
  });

  it('never leaves its width', () => {
    const amount = fc.double({ min: 0, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, amount, (low, value, high, truth) => {
        expect(displayWidth(intervalStrip({ low, value, high, truth }, 1e6, 20))).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('renderQuickstart', () => {
  const text = renderQuickstart(sampleQuickstart, { colour: false, command: 'npm run cohortium --', directory: 'quickstart' });
  const lines = text.split('\n');

  it('fits a screen or two', () => {
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(110);
  });

  it('shows value beside truth, for the whole and for every location, channel and brand', () => {
    expect(text).toContain('842 119 EUR');
    expect(text).toContain('800 123 … 889 001 EUR');
    expect(text).toContain('860 001 EUR, known because simulated: off by 2.1 %, inside the interval');
    for (const { axis, value } of sampleQuickstart.grain) if (axis !== 'location-channel') expect(text).toContain(value);
    expect(text).toContain('17 of 19 intervals hold the truth; 90 % should');
  });

  it('shows calibration, gate with reasons, ledger and deliveries', () => {
    expect(text).toContain('error 0.0412 → 0.0093');
    expect(text).toContain('12 845 pass, 1 702 fail, 453 to a person');
    expect(text).toContain('gdpr-profiling-objection  Regulation (EU) 2016/679, Article 21(2)');
    expect(text).toContain('10 046 leaves in the ledger, root 9f9f9f9f9f9f…, verified');
    expect(text).toContain('98 of 98 messages acknowledged');
  });

  it('suggests commands that can be pasted', () => {
    expect(text).toContain('npm run cohortium -- score c-000042 --location Berlin --dir quickstart');
  });

  it('marks what is not well in words, not only in colour', () => {
    const bad = renderQuickstart(
      {
        ...sampleQuickstart,
        ledger: { ...sampleQuickstart.ledger, verified: false },
        emissions: { sent: 9, acknowledged: 7, dead: 2 },
        calibration: { eceBefore: 0.01, eceAfter: 0.02, n: 10 },
      },
      { colour: false },
    );
    expect(bad).toContain('NOT VERIFIED');
    expect(bad).toContain('2 DEAD');
    expect(bad.match(/^ {2}✗ /gm)).toHaveLength(3);
  });

  it('survives a merchant with nothing in it', () => {
    const empty = renderQuickstart(
      { ...sampleQuickstart, grain: [], pictures: [], gate: { pass: 0, fail: 0, counsel: 0, topReasons: [] } },
      { colour: true },
    );
    expect(empty).toContain('0 of 0 intervals');
  });
});
