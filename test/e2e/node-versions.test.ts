import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { RunReport } from '../../agents/customer-data-graph/interface.ts';
import type { QuickstartReport } from '../../agents/customer-data-graph/quickstart/report-type.ts';
import { cohortiumJson, repositoryRoot, runCommand, temporaryFolder } from './command-line.ts';
import { installNode } from './install-node.ts';

describe('the same pipeline on two versions of Node', () => {
  it('gives the same digests, ledger root and numbers', async () => {
    const [older, newer] = [await installNode(22), process.execPath];
    const versions = await Promise.all(
      [older, newer].map(async (node) => (await runCommand(node, ['--version'])).stdout.trim().split('.')[0]),
    );
    expect(versions).toEqual(['v22', 'v24']);
    const results = [];
    for (const node of [older, newer]) {
      const directory = join(temporaryFolder(), 'merchant');
      const report = await cohortiumJson<QuickstartReport>(['quickstart', '--out', directory, '--customers', '800'], node);
      const { runs } = await cohortiumJson<{ readonly runs: readonly RunReport[] }>(['runs', '--dir', directory], node);
      results.push({ digest: runs[0]?.digest, root: report.ledger.root, clv: report.accountClv, calibration: report.calibration });
    }
    expect(results[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(results[1]).toEqual(results[0]);
  });
});

/** What a program of test/fixtures prints on Node 22, 24 and 26: digests by name. */
async function digestsOf(program: string): Promise<Readonly<Record<string, string>>[]> {
  const digests = [];
  const versions = [];
  for (const node of [await installNode(22), process.execPath, await installNode(26)]) {
    versions.push((await runCommand(node, ['--version'])).stdout.trim().split('.')[0]);
    const file = join(repositoryRoot, 'test', 'fixtures', program);
    const { status, stdout, stderr } = await runCommand(node, ['--conditions=cohortium-source', file]);
    expect(status, stderr).toBe(0);
    digests.push(JSON.parse(stdout) as Readonly<Record<string, string>>); // what the program prints
  }
  expect(versions).toEqual(['v22', 'v24', 'v26']);
  return digests;
}

describe('the cohort methods on three versions of Node', () => {
  it('give the same models, labels and confidences', async () => {
    const digests = await digestsOf('cohort-subjects.ts');
    expect(Object.keys(digests[0] ?? {})).toHaveLength(14);
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[2]).toEqual(digests[0]);
  });
});

describe('gradient boosting on three versions of Node', () => {
  it('gives the same models, predictions and Shapley values', async () => {
    const digests = await digestsOf('boosting-digests.ts');
    expect(Object.keys(digests[0] ?? {})).toEqual(['poisson', 'squared', 'quantile', 'monotone']);
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[2]).toEqual(digests[0]);
  });
});
