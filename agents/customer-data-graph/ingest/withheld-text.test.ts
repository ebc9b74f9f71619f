/** What of a message may stand in the quarantine. */
import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { beginningOf, jsonSizeBound, withheldText } from './withheld-text.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a withheld text', () => {
  it('has the hash of an e-mail address in its place, as an identity would', () => {
    const kept = JSON.parse(withheldText({ traits: { email: ' Ada@Example.test ' } })) as { readonly traits: { readonly email: string } };
    expect(kept.traits.email.trim()).toBe(hash('ada@example.test'));
  });

  it.each([
    'ada@example.test',
    'Ada <ada@example.test>',
    'mailto:ada@example.test?x',
    'https://x.test/?mail=ada@example.test&b',
    '"ada@example.test"',
    'ada@mail.example.co.uk, bob@example.test',
  ])('has no address of %j', (text) => {
    for (const message of [{ text }, [text], { [text]: 1 }, { a: { b: [text] } }]) expect(withheldText(message)).not.toMatch(/@[a-z]/);
  });

  it('has no address that stands in base64, and says the same as the event', () => {
    const data = { customer: { userId: 'ada@example.test' } };
    const event = { id: 'a', data_base64: Buffer.from(JSON.stringify(data)).toString('base64') };
    for (const text of [withheldText(event), beginningOf(event)]) {
      expect(JSON.parse(text)).toEqual({ id: 'a', data: { customer: { userId: hash('ada@example.test') } } });
    }
    const binary = { id: 'a', data_base64: Buffer.from('to ada@example.test').toString('base64') };
    expect(JSON.parse(withheldText(binary))).toEqual({ id: 'a', data_base64: '…' });
  });

  it('of a quarter of a million letters is made at once, with no address, one, or many', () => {
    // A pattern that takes the square of the length would need minutes, and end this test.
    const long = 'a'.repeat(250_000);
    const texts = [`@${long}`, `${long}@`, `a@${long}`, 'a@'.repeat(125_000), `@${'a.'.repeat(125_000)}`, `+1${' '.repeat(250_000)}`];
    for (const text of texts) expect(JSON.parse(withheldText({ text }))).toEqual({ text });
    expect(withheldText([`${long}@b.test`])).toBe(`["${hash(`${long}@b.test`)}"]`);
  });

  it.each([
    { phone: '0170 1234567' },
    { Phone_Number: 1701234567 },
    { mobile: '1701234567' },
    { note: 'call +49 (170) 123-4567 now' },
    ['+491701234567'],
  ])('has no number of %j', (message) => {
    expect(withheldText(message)).not.toMatch(/123-?4567/);
  });

  it('leaves the rest as it was', () => {
    const message = { type: 'track', n: 1.5, yes: true, none: null, list: ['a', { b: 'c+d' }], when: '2026-01-31T12:00:00+01:00' };
    expect(JSON.parse(withheldText(message))).toEqual(message);
  });

  it('is JSON of anything that JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => JSON.parse(withheldText(value)) as unknown).not.toThrow();
      }),
    );
  });

  it('does not end the stack, however deep the message', () => {
    const deep = JSON.parse(`${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`) as unknown;
    expect(jsonSizeBound(deep)).toBe(Number.POSITIVE_INFINITY);
    expect(withheldText(deep).length).toBeLessThan(200);
    expect(beginningOf(deep).length).toBeLessThan(200);
  });
});

describe('the bound of a size', () => {
  it('is never below the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(jsonSizeBound(value)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)));
      }),
    );
  });
});
