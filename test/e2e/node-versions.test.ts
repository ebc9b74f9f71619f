import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { RunReport } from '../../agents/customer-data-graph/interface.ts';
import type { QuickstartReport } from '../../agents/customer-data-graph/quickstart/report-type.ts';
import { cohortiumJson, runCommand, temporaryFolder } from './command-line.ts';

/** Installs a Node of that major as an npm package, outside the project. */
async function nodeOfMajor(major: number): Promise<string> {
  const prefix = temporaryFolder();
  const installed = await runCommand('npm', ['install', '--prefix', prefix, '--no-save', '--loglevel=error', `node@${major}`]);
  if (installed.status !== 0) throw new Error(`node@${major} could not be installed: ${installed.stderr}`);
  return join(prefix, 'node_modules', '.bin', 'node');
}

describe('the same pipeline on two versions of Node', () => {
  it('gives the same digests, ledger root and numbers', async () => {
    const [older, newer] = [await nodeOfMajor(22), process.execPath];
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
