import { describe, expect, it } from 'vitest';

import { formatDiagnostic } from '../../skills/sdk/index.ts';
import { cli } from '../../test/fixtures/cli-host.ts';
import { failureLines } from './failure-lines.ts';
import { asCalled, callerDirectory, commandName } from './npm-script.ts';
import { makeStyle } from './style.ts';

describe('a command that npm runs from a clone', () => {
  it('takes paths from where the person is, not from the package', () => {
    expect(callerDirectory({ npm_lifecycle_event: 'cohortium', INIT_CWD: '/shop' }, '/clone')).toBe('/shop');
    expect(callerDirectory({ npm_lifecycle_event: 'quickstart', INIT_CWD: '/shop' }, '/clone')).toBe('/shop');
  });

  it('takes paths from the working directory when something else started it', () => {
    expect(callerDirectory({ INIT_CWD: '/shop' }, '/here')).toBe('/here');
    expect(callerDirectory({ npm_lifecycle_event: 'test', INIT_CWD: '/shop' }, '/here')).toBe('/here');
    expect(callerDirectory({ npm_lifecycle_event: 'cohortium' }, '/here')).toBe('/here');
  });

  it('is named as a person has to type it', () => {
    expect(commandName('/clone/mcp-server/cli/main.ts')).toBe('npm run cohortium --');
    expect(commandName('/lib/dist/mcp-server/cli/main.js')).toBe('cohortium');
    expect(asCalled("run 'cohortium init' or `cohortium runs`; cohortium stays", 'npm run cohortium --')).toBe(
      "run 'npm run cohortium -- init' or `npm run cohortium -- runs`; cohortium stays",
    );
  });
});

describe('the message of a failure', () => {
  const at = (line: number) => ({ file: 'map.yaml', line, column: 3 });
  const diagnostics = [
    { code: 'CSV_MAP_INVALID', severity: 'error', message: "unknown key 'a'", at: at(2) },
    { code: 'CSV_MAP_INVALID', severity: 'error', message: "unknown key 'b'", at: at(4) },
  ] as const;
  const report = { code: 'CSV_MAP_INVALID', help: 'Fix them.', isRetryable: false, diagnostics } as const;

  it('says each of several faults once, on a line of its own', () => {
    const message = "the import map has 2 fault(s): map.yaml:2:3: unknown key 'a'; map.yaml:4:3: unknown key 'b'";
    expect(failureLines({ ...report, message }, makeStyle(false))).toEqual([
      'error CSV_MAP_INVALID: the import map has 2 fault(s)',
      "map.yaml:2:3: error CSV_MAP_INVALID: unknown key 'a'",
      "map.yaml:4:3: error CSV_MAP_INVALID: unknown key 'b'",
      'help: Fix them.',
    ]);
  });

  it('says once what is the message and a fault as well, and its code once', () => {
    const [one, two] = diagnostics;
    const message = formatDiagnostic(one);
    expect(failureLines({ ...report, message, diagnostics: [one] }, makeStyle(false))).toEqual([
      "error CSV_MAP_INVALID: map.yaml:2:3: unknown key 'a'",
      'help: Fix them.',
    ]);
    expect(failureLines({ ...report, message }, makeStyle(false))).toEqual([
      'error CSV_MAP_INVALID: 2 faults',
      message,
      formatDiagnostic(two),
      'help: Fix them.',
    ]);
  });

  it('lets no file steer the terminal by the names of its columns', () => {
    const message = "'a' is not a column of it; its columns are a\r\u001b[2Jb";
    expect(failureLines({ ...report, message, diagnostics: [] }, makeStyle(false))[0]).toBe(
      "error CSV_MAP_INVALID: 'a' is not a column of it; its columns are a··[2Jb",
    );
  });
});

describe('what to do next', () => {
  it('can be pasted: as the program was called, with the directory that was given', async () => {
    const { out } = await cli(['score', 'c-1', '--dir', 'my shop'], { command: 'npm run cohortium --' });
    expect(out).toContain("Next: npm run cohortium -- explain c-1 --dir 'my shop'");
    expect((await cli(['score', 'c-1'])).out).toContain('Next: cohortium explain c-1');
  });

  it('stands in the help of an error too', async () => {
    const { err } = await cli(['runs', 'run-9'], { command: 'npm run cohortium --' });
    expect(err).toContain('`npm run cohortium -- runs`');
  });
});
