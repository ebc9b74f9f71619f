/** Copies what tsc does not: SQL, policies and the operator template, to the same places under dist. */
import { cpSync, globSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
for (const file of globSync(['{agents,skills,registries,orchestrator,mcp-server}/**/*.{sql,cedar,cedarschema,yaml,json}'], { cwd: root })) {
  const target = join(root, 'dist', file);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, file), target);
}
