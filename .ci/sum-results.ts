/** Adds up vitest result files and prints one closing line; fails when nothing ran or something failed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface SuiteResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

const folder = process.argv[2] ?? '.';
let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of readdirSync(folder).sort()) {
  const result = JSON.parse(readFileSync(join(folder, file), 'utf8')) as SuiteResult; // written by vitest a moment ago
  console.log(
    `${file.replace('.json', '')}: ${result.numPassedTests} passed, ${result.numFailedTests} failed, ${result.numPendingTests} skipped`,
  );
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped += result.numPendingTests;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
