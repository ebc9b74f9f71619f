import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { analyseArms } from '../../../skills/recalibrate/core/experiments/index.ts';
import { makeRng } from '../../../skills/sdk/numeric/index.ts';
import { createJournal } from '../../adapters/sqlite/journal.ts';
import type { ExperimentOutcome, Standing } from './experiment-interface.ts';
import { writeOutcome } from './experiment-log.ts';
import { liftFacts } from './lift-facts.ts';

const directory = mkdtempSync(join(tmpdir(), 'cohortium-lift-'));
const journal = createJournal({ directory, name: 'experiments' });
afterAll(() => {
  journal.close();
  rmSync(directory, { recursive: true });
});

function outcome(experiment: string, standing: Standing, arms: readonly string[], cohorts: readonly string[] = []): ExperimentOutcome {
  const rng = makeRng(experiment);
  const customer = Array.from({ length: 240 }, (_, at) => `c-${String(at).padStart(3, '0')}`);
  const rows = {
    customer,
    arm: customer.map((_, at) => arms[at % arms.length] ?? ''),
    outcome: Float64Array.from(customer, () => 20 + rng.normal()),
    pre: null,
    cohort: cohorts.length > 0 ? customer.map((_, at) => cohorts[Math.floor(at / arms.length) % cohorts.length] ?? '') : null,
  };
  const plan = { arms: arms.map((id) => ({ id, share: 1 / arms.length })), minimalEffect: 1, alpha: 0.05 };
  const analysis = analyseArms(rows, { ...plan, test: { kind: 'fixed', customersPerArm: 10 } });
  const said = { reasons: [], registration: 'r', rows: standing, look: 1, at: '2026-11-01T00:00:00.000Z', sentence: '' };
  return { experiment, kind: 'customers', standing, analysis, ...said };
}

describe('the lift that a use reports', () => {
  const open = () => journal;

  it('is nothing on record where no experiment is named, and no journal is opened for that', () => {
    const never = (): never => {
      throw new Error('opened');
    };
    expect(liftFacts({}, never)).toEqual({});
    expect(liftFacts({ liftReported: true, liftExperiment: 7 }, never)).toEqual({});
  });

  it('is not registered and not corrected where the experiment is not on record', () => {
    expect(liftFacts({ liftExperiment: 'unheard-of' }, open)).toEqual({
      liftReported: true,
      liftPreRegistered: false,
      multiplicityCorrection: 'none',
    });
  });

  it.each([
    ['two arms are one comparison', 'two-arms', ['control', 'voucher'], [], 'single-comparison'],
    ['three arms are corrected by Holm', 'three-arms', ['control', 'voucher', 'call'], [], 'holm'],
    ['cohorts are corrected by Benjamini and Hochberg', 'by-cohort', ['control', 'voucher'], ['north', 'south'], 'benjamini-hochberg'],
  ] as const)('says how it was corrected: %s', (_, name, arms, cohorts, correction) => {
    writeOutcome(journal, outcome(name, 'registered', arms, cohorts), 1);
    expect(liftFacts({ liftExperiment: name }, open)).toEqual({
      liftReported: true,
      liftPreRegistered: true,
      multiplicityCorrection: correction,
    });
  });

  it('is not registered where it was only explored, and stays registered where it was explored afterwards', () => {
    writeOutcome(journal, outcome('explored', 'exploratory', ['control', 'voucher']), 1);
    expect(liftFacts({ liftExperiment: 'explored' }, open)).toMatchObject({ liftPreRegistered: false });
    writeOutcome(journal, outcome('two-arms', 'exploratory', ['control', 'voucher', 'call']), 2);
    expect(liftFacts({ liftExperiment: 'two-arms' }, open)).toMatchObject({
      liftPreRegistered: true,
      multiplicityCorrection: 'single-comparison',
    });
  });
});
