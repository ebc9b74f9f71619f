import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { QuickstartReport } from '../../agents/customer-data-graph/quickstart/report-type.ts';
import { cohortium, cohortiumJson, type Finished, runCommand, temporaryFolder } from './command-line.ts';

const withoutSeconds = (report: QuickstartReport): unknown => {
  const { seconds: _seconds, directory: _directory, ...rest } = report;
  return rest;
};

describe('npm run quickstart -- --json', () => {
  const directory = join(temporaryFolder(), 'quickstart');
  let finished: Finished;
  let report: QuickstartReport;

  beforeAll(async () => {
    finished = await runCommand('npm', ['run', 'quickstart', '--', '--json', '--out', directory]);
    report = JSON.parse(finished.stdout) as QuickstartReport; // throws unless stdout is exactly one JSON document
  });

  it('ends well and prints one JSON document', () => {
    expect(finished.status).toBe(0);
    expect(report).toMatchObject({ customers: 5000 });
    expect(report.events).toBeGreaterThan(20_000);
    expect(report.cells).toBeGreaterThan(5000);
  });

  it('adds cells up to the account', () => {
    expect(report.coherenceMaxRelError).toBeLessThanOrEqual(1e-9);
    expect(Math.abs(report.cellClv.total / report.accountClv.total - 1)).toBeLessThanOrEqual(1e-9);
  });

  it('comes within 15 % of what the simulated customers then spent', () => {
    expect(report.truth.relError).toBeLessThanOrEqual(0.15);
    expect(report.accountClv.low).toBeLessThan(report.accountClv.total);
    expect(report.accountClv.high).toBeGreaterThan(report.accountClv.total);
  });

  it('is better calibrated after than before', () => {
    expect(report.calibration.eceAfter).toBeLessThan(report.calibration.eceBefore);
    expect(report.calibration.n).toBeGreaterThan(1000);
  });

  it('gates every use, and has all three outcomes', () => {
    expect(report.gate.pass).toBeGreaterThan(0);
    expect(report.gate.fail).toBeGreaterThan(0);
    expect(report.gate.counsel).toBeGreaterThan(0);
  });

  it('has a ledger that verifies and every emission acknowledged', () => {
    expect(report.ledger).toMatchObject({ verified: true, root: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(report.emissions.sent).toBeGreaterThan(0);
    expect(report.emissions.acknowledged).toBe(report.emissions.sent);
  });

  it('draws six pictures', () => {
    expect(report.pictures).toHaveLength(6);
    for (const picture of report.pictures) expect(readFileSync(join(directory, picture), 'utf8')).toMatch(/^<svg /);
  });

  it('gives the same document for the same seed, and another for another', async () => {
    const again = await cohortiumJson<QuickstartReport>(['quickstart', '--out', join(temporaryFolder(), 'again')]);
    expect(withoutSeconds(again)).toEqual(withoutSeconds(report));
    const other = await cohortiumJson<QuickstartReport>([
      'quickstart',
      '--out',
      join(temporaryFolder(), 'other'),
      '--seed',
      '7',
      '--customers',
      '600',
    ]);
    expect(other.ledger.root).not.toBe(report.ledger.root);
  });

  it('leaves a directory in which every command of its last lines works', async () => {
    const { runs } = await cohortiumJson<{ readonly runs: readonly { readonly runId: string; readonly status: string }[] }>([
      'runs',
      '--dir',
      directory,
    ]);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.status).toBe('completed');
    expect(await cohortiumJson(['verify', '--dir', directory])).toMatchObject({ verified: true });
    expect(await cohortiumJson(['replay', runs[0]?.runId ?? '', '--dir', directory])).toMatchObject({ identical: true });
    expect(await cohortiumJson(['doctor', '--dir', directory])).toMatchObject({ ok: true });
  });

  it('refuses to overwrite a directory that it did not make', async () => {
    const foreign = temporaryFolder();
    writeFileSync(join(foreign, 'precious.txt'), 'mine');
    const refused = await cohortium(['quickstart', '--out', foreign]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('ARGUMENT_INVALID');
    expect(existsSync(join(foreign, 'precious.txt'))).toBe(true);
  });
});
