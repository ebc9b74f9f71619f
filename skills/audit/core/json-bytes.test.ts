import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson } from '../../sdk/index.ts';
import { bytesOf, JsonTexts, quotedNames } from './json-bytes.ts';

/** Texts as a table would read them. */
function textsOf(made: JsonTexts): string[] {
  const bytes = Buffer.from(made.bytes());
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32LE(at);
    texts.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return texts;
}

describe('texts that are written as bytes', () => {
  it('have the digits of canonical JSON, whatever the number', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), (numbers) => {
        const made = new JsonTexts(1);
        for (const number of [...numbers, -0, 1e21, 5e-324]) {
          made.begin();
          made.number(number);
          made.end();
        }
        expect(textsOf(made)).toEqual([...numbers, -0, 1e21, 5e-324].map((number) => canonicalJson(number)));
      }),
    );
  });

  it('hold names as JSON strings, longer and shorter parts, and what was written before once more', () => {
    const names = ['Zürich "Süd"', '\n', ''];
    const quoted = quotedNames(names);
    const made = new JsonTexts(8);
    made.begin();
    names.forEach((_, name) => made.piece(quoted(name)));
    expect(made.end()).toBe(0);
    made.begin();
    const from = made.size;
    made.piece(bytesOf('a part that is longer than sixteen bytes'));
    made.sign(33);
    made.again(from, made.size);
    made.end();
    const long = 'a part that is longer than sixteen bytes!';
    expect(textsOf(made)).toEqual([names.map((name) => JSON.stringify(name)).join(''), long + long]);
  });

  it('are appended to others with their numbers going on', () => {
    const [one, other] = [new JsonTexts(4), new JsonTexts(4)];
    one.add(bytesOf('1'));
    other.add(bytesOf('2'));
    other.add(bytesOf('3'));
    expect(one.addAll(other)).toBe(1);
    expect(one.add(bytesOf('4'))).toBe(3);
    expect(textsOf(one)).toEqual(['1', '2', '3', '4']);
  });

  it('refuse what JSON cannot carry', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new JsonTexts(4).number(number)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    }
    expect(() => quotedNames(['\ud800'])(0)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
