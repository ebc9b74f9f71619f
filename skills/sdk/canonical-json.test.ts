import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('writes the example of RFC 8785 section 3.2.4', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as the RFC asks', () => {
    expect(canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6 })).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"€":1,"😀":5,"\ufb33":3}',
    );
  });

  it('does not depend on the order in which keys were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('writes flat objects as it writes nested ones', () => {
    const item = fc.oneof(fc.string({ unit: 'grapheme' }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), item), (value) => {
        expect(`[${canonicalJson(value)}]`).toBe(canonicalJson([value]));
        expect(canonicalJson({ ...value, '\uffff': [] })).toBe(
          `${canonicalJson(value).replace(/\}$/, '')}${Object.keys(value).length > 0 ? ',' : ''}"\uffff":[]}`,
        );
      }),
    );
  });

  it.each([
    ['NaN', { a: [1, Number.NaN] }, /NaN at \$\.a\[1\]/],
    ['infinity', Number.POSITIVE_INFINITY, /Infinity at \$/],
    ['a lone surrogate', '\ud800', /lone surrogate/],
    ['undefined in a list', [undefined], /undefined at \$\[0\]/],
    ['a date', { at: new Date(0) }, /a class at \$\.at/],
    ['a bigint', 1n, /bigint/],
  ])('refuses %s and says where', (_name, value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });

  it('writes minus zero as zero', () => {
    expect(canonicalJson(-0)).toBe('0');
  });
});
