import { describe, expect, it } from 'vitest';

import { cli } from '../../test/fixtures/cli-host.ts';
import { asCalled, callerDirectory, commandName } from './npm-script.ts';

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
