import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { column, makeTable } from '../../../skills/sdk/index.ts';
import { createContentStore } from '../../adapters/files/content-store.ts';
import type { GateAnswer } from '../gate/gate-interface.ts';
import type { ConsentRow } from './consent-row.ts';
import type { LateRefusal } from './late-refusals.ts';
import { createRedecider, otherLaw } from './redecide.ts';
import type { RunBasis } from './run-basis.ts';

const directory = mkdtempSync(join(tmpdir(), 'cohortium-redecide-'));
const content = createContentStore(directory);
const use = { subscriber: 'offers', purpose: 'offer-eligibility', sink: 'offers' };
let basis: RunBasis;

beforeAll(() => {
  const decisions = content.putTable(
    makeTable({
      customerId: column.text(['anna', 'bert']),
      subscriber: column.text(['offers', 'offers']),
      purpose: column.text(['offer-eligibility', 'offer-eligibility']),
      sink: column.text(['offers', 'offers']),
      outcome: column.text(['pass', 'fail']),
      vector: column.int32(Int32Array.of(0, 1)),
    }),
  );
  const facts = { marketingOptOut: 'false', saleOptOut: 'true', tier: 'high' };
  const vectors = content.putJson([0, 1].map(() => ({ facts, purpose: 'offer-eligibility', sink: 'offers' })));
  basis = { run: 'run-1', asOf: '2026-01-31', snapshot: vectors, decisions, vectors, policyDigest: 'law-1' };
});
afterAll(() => rmSync(directory, { recursive: true }));

const late = (...purposes: readonly string[]): LateRefusal => ({
  rows: new Map(purposes.map((purpose) => [purpose, { purpose } as ConsentRow])), // only its purpose is looked at
  state: { refusals: new Map(purposes.map((purpose) => [purpose, true])), consents: new Map(purposes.map((purpose) => [purpose, false])) },
});
/** A law that refuses where marketing was refused; asked under a digest. */
const law = (policyDigest: string, asked: unknown[] = []) =>
  createRedecider({
    content,
    evaluate: async (question) => {
      asked.push(question);
      const isRefused = question.facts['marketingOptOut'] === 'true';
      return {
        outcome: isRefused ? 'fail' : 'pass',
        policies: isRefused ? [{ id: 'no-marketing' }] : [],
        policyDigest,
      } as unknown as GateAnswer; // what is read of it
    },
  });

describe('a decision that is made again', () => {
  it('is by the vector of the run, but for what was refused, as of its day', async () => {
    const asked: unknown[] = [];
    expect(await law('law-1', asked).decide(basis, 'anna', use, late('marketing'))).toEqual({
      outcome: 'fail',
      policies: ['no-marketing'],
      policyDigest: 'law-1',
      changed: ['marketingOptOut', 'marketingConsent'],
    });
    expect(asked).toEqual([
      {
        facts: { marketingOptOut: 'true', marketingConsent: 'false', saleOptOut: 'true', tier: 'high' },
        purpose: 'offer-eligibility',
        sink: 'offers',
        asOf: '2026-01-31',
      },
    ]);
  });

  it('never mixes versions of the law: under another one it refuses, or is left to a person', async () => {
    expect(await law('law-2').decide(basis, 'anna', use, late('marketing'))).toMatchObject({ outcome: 'fail' });
    expect(await law('law-1').decide(basis, 'anna', use, late('profiling'))).toMatchObject({ outcome: 'pass' });
    expect(await law('law-2').decide(basis, 'anna', use, late('profiling'))).toMatchObject({ outcome: 'counsel', policies: [otherLaw] });
  });

  it('is not made for what the run did not pass, nor for what no fact speaks of', async () => {
    const { decide, passedUses } = law('law-1');
    expect(await decide(basis, 'bert', use, late('marketing'))).toBeUndefined();
    expect(await decide(basis, 'nobody', use, late('marketing'))).toBeUndefined();
    expect(await decide(basis, 'anna', { ...use, sink: 'elsewhere' }, late('marketing'))).toBeUndefined();
    expect(await decide(basis, 'anna', use, late('analytics'))).toBeUndefined();
    expect(passedUses(basis, 'anna')).toEqual([use]);
  });
});
