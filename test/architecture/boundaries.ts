/**
 * Checks the import rules, and first that the check itself can fail: a file with deliberate violations is written, must be
 * reported, and is removed. Without that canary a parser that reads no TypeScript would pass everything.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const folders = ['skills', 'registries', 'orchestrator', 'agents', 'mcp-server'];
const expectedRules = [
  'cores-stay-pure',
  'skills-know-only-the-sdk',
  'nothing-imports-the-edge',
  'protected-attributes-only-for-the-audit',
  'fairness-audit-behind-its-door',
];

const canary = join(root, 'skills', 'gate', 'core', 'canary.ts');
mkdirSync(join(root, 'skills', 'gate', 'core'), { recursive: true });
const forbidden = [
  '../../cohort/skill.ts',
  '../../../mcp-server/sdk.ts',
  '../../../agents/adapters/sqlite/fairness-store.ts',
  '../../../agents/customer-data-graph/fairness/fairness-door.ts',
];
writeFileSync(canary, forbidden.map((path) => `import '${path}';\n`).join(''));
const caught = (() => {
  try {
    return cruise(['skills/gate/core/canary.ts']);
  } finally {
    rmSync(canary);
  }
})();
const missed = expectedRules.filter((rule) => !caught.output.includes(rule));
if (caught.status === 0 || missed.length > 0) {
  console.error(`The boundary check is blind: the canary did not trip ${missed.join(', ') || 'anything'}.\n${caught.output}`);
  process.exit(1);
}

const real = cruise(folders);
console.error(real.output.trim());
process.exit(real.status);

function cruise(paths: readonly string[]): { readonly status: number; readonly output: string } {
  const binary = join(root, 'node_modules', '.bin', 'depcruise');
  const result = spawnSync(binary, ['--config', '.dependency-cruiser.json', '--output-type', 'err', ...paths], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status: result.status ?? 1, output: `${result.stdout}${result.stderr}` };
}
