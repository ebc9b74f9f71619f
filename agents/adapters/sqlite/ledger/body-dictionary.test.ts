import { deflateRawSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { absences } from '../../../../skills/audit/core/absences.ts';
import { canonicalJson } from '../../../../skills/sdk/index.ts';
import { bodyCodecs } from './body-codec.ts';
import { bodyDictionary } from './body-dictionary.ts';

const score = (salt: number) => ({
  cohorts: { brand: 'Halden', channel: 'store', location: 'Berlin', rfm: 'r5f4m3', tenure: '365+' },
  customer: 'kid',
  embedding: { absent: absences.embedding },
  feedback: { absent: absences.feedback },
  intervals: {
    bayesian: { highMinor: 22_702.434_778 + salt, level: 0.9, lowMinor: 0 },
    bootstrap: { absent: absences.bootstrap },
    frequentist: { absent: absences.frequentist },
  },
  models: { tracker: { absent: absences.tracker } },
  value: { clvMinor: 4782.595_66 + salt, currency: 'EUR', horizonDays: 90, pAlive: 0.728_465, pPurchase: 0.468_215 },
  zeroRetention: { absent: absences.noModelCall },
});

describe('the dictionary of bodies', () => {
  it('knows the sentences that say why a part is absent', () => {
    const known = [absences.cache, absences.embedding, absences.feedback, absences.tracker, absences.bootstrap, absences.noModelCall];
    for (const why of known) expect(bodyDictionary).toContain(why);
  });

  it('leaves half the window to the body', () => {
    expect(Buffer.byteLength(bodyDictionary)).toBeLessThan(8192 - 2048);
  });

  it('makes a body less than half of what it is without', () => {
    const text = Buffer.from(canonicalJson({ fields: score(1), seed: '' }));
    const small = bodyCodecs.deflate.encode(text);
    expect(small.length).toBeLessThan(deflateRawSync(text).length / 2);
    expect(bodyCodecs.deflate.decode(small)).toEqual(text);
  });
});
