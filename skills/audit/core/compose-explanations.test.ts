import { describe, expect, it } from 'vitest';

import { canonicalJson } from '../../sdk/index.ts';
import { type AttributionColumns, explanationMethod, explanationWriter } from './compose-explanations.ts';
import { JsonTexts } from './json-bytes.ts';

const columns = {
  base: Float64Array.of(100, 50),
  groups: { tenure: Float64Array.of(-10.5, 0), frequency: Float64Array.of(60, -0) },
  rawMinor: Float64Array.of(149.5, 50),
  calibratedMinor: Float64Array.of(120, 50),
};

function textOf(from: AttributionColumns, account: number): string {
  const texts = new JsonTexts(16);
  texts.begin();
  explanationWriter(from)(texts, account);
  texts.end();
  return Buffer.from(texts.bytes(4)).toString('utf8');
}

describe('the explanation of a score record', () => {
  it('is canonical JSON and adds up to the calibrated value', () => {
    const text = textOf(columns, 0);
    expect(text).toBe(
      canonicalJson({
        base: 100,
        calibration: -29.5,
        groups: { frequency: 60, tenure: -10.5 },
        method: explanationMethod,
      }),
    );
    expect(100 + 60 - 10.5 - 29.5).toBe(120);
    expect(textOf(columns, 1)).toContain('"frequency":0');
  });

  it('refuses numbers that JSON cannot carry', () => {
    const broken = { ...columns, base: Float64Array.of(Number.NaN, 0) };
    expect(() => textOf(broken, 0)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
