import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { createJournal } from '../../adapters/sqlite/journal.ts';
import { checkLaw } from '../law/read-law.ts';
import { factsOfUse } from './facts-of-use.ts';

const state = mkdtempSync(join(tmpdir(), 'cohortium-uses-'));
const journal = createJournal({ directory: state, name: 'experiments' });
afterAll(() => {
  journal.close();
  rmSync(state, { recursive: true });
});

const read = factsOfUse({
  paths: { state, registries: join(state, 'registries') },
  config: { gate: { fairness: { everyDays: 92, signers: ['counsel'] } } },
  experimentLog: () => journal,
});

it('knows of a use without records that there is no audit, and of no lift', () => {
  expect(read('tier-assignment', 'desk', '2026-11-20', {})).toEqual({ fairnessOutcome: 'none' });
});

it('adds what is on record about an experiment that the use names, and nothing that the vocabulary does not have', () => {
  const facts = read('investor-reporting', 'investors', '2026-11-20', { liftExperiment: 'voucher' });
  expect(facts).toMatchObject({ liftReported: true, liftPreRegistered: false, multiplicityCorrection: 'none' });
  const { facts: vocabulary } = checkLaw().law;
  expect(Object.keys(facts).filter((name) => !(name in vocabulary))).toEqual([]);
});
