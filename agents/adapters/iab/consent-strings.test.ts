import '../../../test/property-seed.ts';
import { GppModel } from '@iabgpp/cmpapi';
import { TCModel, TCString, GVL } from '@iabtcf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { StringChoice } from '../../../skills/signal-capture/wire/consent-string.ts';
import { readConsentString } from './consent-strings.ts';

const choices = (kind: 'gpp' | 'tcf', text: string): readonly StringChoice[] => {
  const reading = readConsentString(kind, text);
  if (!reading.ok) throw new Error(reading.message);
  return reading.choices;
};
/** purpose → granted and how it was asked. */
const short = (kind: 'gpp' | 'tcf', text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    choices(kind, text).map(({ purpose, granted, mode, jurisdiction }) => [purpose, `${granted} ${mode} ${jurisdiction}`]),
  );

const gpp = (section: string, fields: Readonly<Record<string, unknown>>): string => {
  const model = new GppModel();
  for (const [name, value] of Object.entries(fields)) model.setFieldValue(section, name, value);
  return model.encode();
};

describe('a GPP string', () => {
  // Both strings are those of the reference: SaleOptOut 1, TargetedAdvertisingOptOut 1, Gpc true; and the encoder's default.
  it('of the national section says what was opted out of, and that the browser sent GPC', () => {
    expect(short('gpp', 'DBABLA~CAARAAAAAABA.YA')).toEqual({
      sale: 'false opt-out US',
      'targeted-advertising': 'false opt-out US',
      gpc: 'false opt-out US',
    });
  });

  it('in which nothing applies says only that GPC was looked for', () => {
    expect(short('gpp', 'DBABLA~CAAAAAAAAABA.QA')).toEqual({ gpc: 'true opt-out US' });
    expect(short('gpp', 'DBABLA~CAAAAAAAAABA')).toEqual({});
    expect(short('gpp', 'DBAA')).toEqual({});
  });

  it('takes "did not opt out" for no refusal, and not for a consent', () => {
    expect(short('gpp', gpp('usva', { SaleOptOut: 2 }))).toEqual({ sale: 'true opt-out US-VA' });
  });

  it.each([
    'usca',
    'usva',
    'usco',
    'usct',
    'usfl',
    'usmt',
    'usor',
    'ustx',
    'usde',
    'usia',
    'usne',
    'usnh',
    'usnj',
    'ustn',
    'usmn',
    'usmd',
    'usin',
    'usky',
    'usri',
    'usut',
    'usnat',
  ])('of section %s never says anything about profiling or automated decisions, whatever its fields are', (section) => {
    const values = fc.constantFrom(0, 1, 2);
    fc.assert(
      fc.property(values, values, (sale, ads) => {
        const text = gpp(section, {
          SaleOptOut: sale,
          ...(section === 'usca' ? { SharingOptOut: ads } : { TargetedAdvertisingOptOut: ads }),
        });
        const said = choices('gpp', text);
        expect(said.map(({ purpose }) => purpose)).not.toContain('profiling');
        expect(said.map(({ purpose }) => purpose)).not.toContain('automated-decision');
        const of = (purpose: string) => said.find((choice) => choice.purpose === purpose)?.granted;
        expect(of('sale')).toBe(sale === 0 ? undefined : sale === 2);
        expect(of(section === 'usca' ? 'sharing' : 'targeted-advertising')).toBe(ads === 0 ? undefined : ads === 2);
      }),
      { numRuns: 9 },
    );
  });

  it('tells consent to sensitive data from an opt-out of them, by state', () => {
    const sensitive = (section: string, values: readonly number[]) =>
      short('gpp', gpp(section, { SensitiveDataProcessing: values }))['sensitive-data'];
    expect(sensitive('usva', [2, 0, 0, 0, 0, 0, 0, 0])).toBe('true opt-in US-VA');
    expect(sensitive('usva', [2, 1, 0, 0, 0, 0, 0, 0])).toBe('false opt-in US-VA');
    expect(sensitive('usca', [1, 0, 0, 0, 0, 0, 0, 0, 0])).toBe('false opt-out US-CA');
    expect(sensitive('usca', [2, 0, 0, 0, 0, 0, 0, 0, 0])).toBe('true opt-out US-CA');
  });

  it('reads the consent for a child under 13 only where the section has one field for it', () => {
    expect(short('gpp', gpp('usnat', { KnownChildSensitiveDataConsents: [0, 2, 0] }))['parental']).toBe('true opt-in US');
    expect(short('gpp', gpp('usnat', { KnownChildSensitiveDataConsents: [2, 1, 0] }))['parental']).toBe('false opt-in US');
    expect(short('gpp', gpp('usnat', { KnownChildSensitiveDataConsents: [1, 0, 0] }))['parental']).toBeUndefined();
    expect(short('gpp', gpp('usva', { KnownChildSensitiveDataConsents: 2 }))['parental']).toBe('true opt-in US-VA');
    expect(short('gpp', gpp('usca', { KnownChildSensitiveDataConsents: [1, 1] }))['parental']).toBeUndefined();
  });

  it('reads the older US Privacy string and a TCF section in it', () => {
    expect(short('gpp', gpp('uspv1', { OptOutSale: 'Y' }))).toEqual({ sale: 'false opt-out US' });
    expect(short('gpp', gpp('uspv1', { OptOutSale: 'N' }))).toEqual({ sale: 'true opt-out US' });
    expect(short('gpp', gpp('tcfeuv2', { PurposeConsents: [false, false, true, true, true] }))).toEqual({
      profiling: 'true opt-in EU',
      'targeted-advertising': 'true opt-in EU',
      analytics: 'false opt-in EU',
    });
  });

  it.each(['', 'garbage', 'DBABLA~', 'DBABLA~C', 'DBABLA~garb!!', 'DBABLA~CAARAAAAAABA.YA~EXTRA', 'DBABLA CAAR', 'a@b.example'])(
    'that is %j is refused, and the message does not repeat it',
    (text) => {
      const reading = readConsentString('gpp', text);
      expect(reading).toMatchObject({ ok: false, message: expect.stringMatching(/expected/) });
      if (text.length > 12 && !reading.ok) expect(reading.message).not.toContain(text);
    },
  );
});

describe('a TCF string', () => {
  // The reference string has the purposes 2 and 10.
  it('gives consent by purpose; one that is not given is no objection', () => {
    expect(short('tcf', 'COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA')).toEqual({
      profiling: 'false opt-in EU',
      'targeted-advertising': 'false opt-in EU',
      analytics: 'true opt-in EU',
    });
  });

  it('consents to profiling only with both kinds of profiles', () => {
    const encode = (...purposes: readonly number[]): string => {
      const model = new TCModel(
        new GVL({
          vendorListVersion: 1,
          gvlSpecificationVersion: 3,
          tcfPolicyVersion: 4,
          lastUpdated: '2026-01-01T00:00:00Z',
          purposes: {},
          specialPurposes: {},
          features: {},
          specialFeatures: {},
          stacks: {},
          dataCategories: {},
          vendors: {},
        } as unknown as ConstructorParameters<typeof GVL>[0]),
      );
      model.cmpId = 7;
      model.cmpVersion = 1;
      model.purposeConsents.set([...purposes]);
      return TCString.encode(model);
    };
    expect(short('tcf', encode(3, 4))).toMatchObject({ profiling: 'false opt-in EU', 'targeted-advertising': 'true opt-in EU' });
    expect(short('tcf', encode(3, 5))).toMatchObject({ profiling: 'true opt-in EU', 'targeted-advertising': 'false opt-in EU' });
  });

  it.each(['', 'garbage', 'COtybn4', 'BOtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA', 'COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA.xx!'])(
    'that is %j is refused',
    (text) => {
      expect(readConsentString('tcf', text)).toMatchObject({ ok: false });
    },
  );

  it('that is anything at all is read or refused, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.constantFrom('gpp' as const, 'tcf' as const), fc.string({ maxLength: 60 }), (kind, text) => {
        expect(typeof readConsentString(kind, text).ok).toBe('boolean');
      }),
      { numRuns: 200 },
    );
  });
});
