import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { operatorPaths } from '../config.ts';
import { addPerson, setRoles, signerOf } from '../govern/models/people.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import { loggedAudits, signedMessage, writeAudit, type WrittenAudit, writeSignature } from './audit-log.ts';
import { openFairnessFacts } from './fairness-facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairness-facts-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
async function fresh() {
  const paths = operatorPaths(join(folder, `shop-${made++}`));
  await initOperatorDirectory(paths.directory);
  addPerson(paths, 'grace', undefined, 0, ['counsel']);
  return paths;
}

const audit = (id: string, asOf: string, outcome: 'pass' | 'counsel' | 'fail'): WrittenAudit => ({
  audit: id,
  asOf,
  runId: 'run-1',
  report: `${id}-digest`,
  folder: `fairness/${id}`,
  uses: [
    {
      purpose: 'credit',
      sink: 'bank',
      outcome,
      airLowerBasisPoints: 8100,
      airUpperBasisPoints: 11_000,
      worst: null,
      isProxyFlagged: false,
    },
  ],
});
const signatureOf = (paths: Awaited<ReturnType<typeof fresh>>, signed: WrittenAudit) => ({
  by: 'grace',
  report: signed.report,
  signature: signerOf(paths, 'grace').sign(signedMessage(signed)),
});
const sign = (paths: Awaited<ReturnType<typeof fresh>>, signed: WrittenAudit) =>
  writeSignature(paths, signed.audit, signatureOf(paths, signed), 2);
const rules = { everyDays: 92, signers: ['counsel'] };

describe('facts from fairness audits', () => {
  it('are that there is none, where there is none', async () => {
    const paths = await fresh();
    expect(openFairnessFacts(paths, rules)('credit', 'bank', '2026-01-31')).toEqual({ fairnessOutcome: 'none' });
  });

  it('let a pass count only when it is signed, and only while it is current', async () => {
    const paths = await fresh();
    writeAudit(paths, audit('a', '2026-01-31', 'pass'), 1);
    const ask = (asOf: string) => openFairnessFacts(paths, rules)('credit', 'bank', asOf);
    expect(ask('2026-01-31')).toMatchObject({ fairnessOutcome: 'counsel', fairnessAudit: false, adverseImpact: null });
    sign(paths, audit('a', '2026-01-31', 'pass'));
    expect(ask('2026-01-31')).toEqual({
      fairnessOutcome: 'pass',
      airLowerBasisPoints: 8100,
      airUpperBasisPoints: 11_000,
      fairnessAuditDays: 0,
      fairnessAudit: true,
      adverseImpact: false,
      proxyInput: false,
    });
    expect(ask('2026-05-03')).toMatchObject({ fairnessOutcome: 'pass', fairnessAuditDays: 92 });
    expect(ask('2026-05-04')).toMatchObject({ fairnessOutcome: 'counsel', fairnessAuditDays: 183, fairnessAudit: false });
    expect(ask('2026-01-30')).toEqual({ fairnessOutcome: 'none' });
  });

  it('let a fail count at once, and the newest audit of the day', async () => {
    const paths = await fresh();
    writeAudit(paths, audit('old', '2026-01-31', 'pass'), 1);
    sign(paths, audit('old', '2026-01-31', 'pass'));
    writeAudit(paths, audit('new', '2026-02-28', 'fail'), 3);
    const ask = openFairnessFacts(paths, rules);
    expect(ask('credit', 'bank', '2026-02-27').fairnessOutcome).toBe('pass');
    expect(ask('credit', 'bank', '2026-03-01')).toMatchObject({ fairnessOutcome: 'fail', adverseImpact: true });
    expect(ask('credit', 'elsewhere', '2026-03-01')).toEqual({ fairnessOutcome: 'none' });
  });

  it('pass over signatures of another report, of nobody, and of a person who is gone', async () => {
    const paths = await fresh();
    writeAudit(paths, audit('a', '2026-01-31', 'pass'), 1);
    sign(paths, { ...audit('a', '2026-01-31', 'pass'), report: 'another-digest' });
    expect(loggedAudits(paths)[0]?.signedBy).toEqual([]);
    const other = await fresh();
    writeAudit(other, audit('a', '2026-01-31', 'pass'), 1);
    writeSignature(other, 'a', signatureOf(paths, audit('a', '2026-01-31', 'pass')), 2);
    expect(loggedAudits(other)[0]?.signedBy).toEqual([]);
    const third = await fresh();
    writeAudit(third, audit('a', '2026-01-31', 'pass'), 1);
    sign(third, audit('a', '2026-01-31', 'pass'));
    expect(loggedAudits(third)[0]?.signedBy).toEqual(['grace']);
    rmSync(join(third.registries, 'people', 'grace.json'));
    expect(loggedAudits(third)[0]?.signedBy).toEqual([]);
  });

  it('pass over a signature that was given to another outcome, or to another day', async () => {
    for (const signed of [audit('a', '2026-01-31', 'counsel'), audit('a', '2025-01-31', 'pass')]) {
      const paths = await fresh();
      writeAudit(paths, audit('a', '2026-01-31', 'pass'), 1);
      sign(paths, signed);
      expect(openFairnessFacts(paths, rules)('credit', 'bank', '2026-01-31')).toMatchObject({ fairnessOutcome: 'counsel' });
    }
  });

  it('pass over a signature of somebody who has no role for it any more', async () => {
    const paths = await fresh();
    writeAudit(paths, audit('a', '2026-01-31', 'pass'), 1);
    sign(paths, audit('a', '2026-01-31', 'pass'));
    const ask = () => openFairnessFacts(paths, rules)('credit', 'bank', '2026-01-31').fairnessOutcome;
    expect(ask()).toBe('pass');
    setRoles(paths, 'grace', ['operator']);
    expect(ask()).toBe('counsel');
  });
});
