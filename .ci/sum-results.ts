/** Adds up vitest result files, names what failed, and prints one closing line; fails when nothing ran or something failed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

interface SuiteResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] }[];
}

/** One line for each test that failed, and one for a file that failed outside its tests, with the beginning of what it said. */
function failuresOf(file: TestFile): string[] {
  const failures = file.assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => `${test.fullName}\n    ${begin(test.failureMessages.join('\n'))}`);
  if (file.status === 'failed' && failures.length === 0) {
    failures.push(begin(file.message));
  }
  return failures.map((failure) => `failed: ${relative(process.cwd(), file.name)}: ${failure}`);
}

function begin(message: string): string {
  return message.split('\n').slice(0, 6).join('\n    ').slice(0, 1_000);
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
  for (const failure of result.testResults.flatMap(failuresOf)) {
    console.log(failure);
  }
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped += result.numPendingTests;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
