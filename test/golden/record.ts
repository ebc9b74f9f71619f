/**
 * Records the golden runs of this release: `node --conditions=cohortium-source test/golden/record.ts`. Refuses to write over one that
 * is there, for a golden run is what a release gave, and never what it should have given.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openAgent, runQuickstart } from '../../agents/customer-data-graph/index.ts';

const root = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
const folder = join(import.meta.dirname, version);
mkdirSync(folder, { recursive: true });

const directory = join(mkdtempSync(join(tmpdir(), 'golden-')), 'merchant');
try {
  // With this seed one Math.exp in a core shows on arm64; with some, sums round it away.
  const { runId } = await runQuickstart({ directory, seed: 's1', customers: 250, onProgress: () => {} });
  const agent = await openAgent(directory, { readonly: true });
  try {
    const { digest, bytes } = await agent.replays.export(runId, join(folder, 'clv.bundle'));
    process.stdout.write(`${version}/clv.bundle  ${bytes} bytes  ${digest}\n`);
  } finally {
    await agent.close();
  }
} finally {
  rmSync(join(directory, '..'), { recursive: true });
}
