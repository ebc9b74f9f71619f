/** The roles that people are given, against those that a real cohortium.yaml names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { realCli } from '../../../test/fixtures/real-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-people-'));
beforeAll(() =>
  writeFileSync(
    join(folder, 'cohortium.yaml'),
    `cohortium: 1
merchant: Corner Shop
currency: EUR
acts: { roles: { erase: [eraser] } }
requests: { handle: [clerk] }
gate: { counsel: { recommend: [lawyer] }, fairness: { signers: [auditor] } }
`,
  ),
);
afterAll(() => rmSync(folder, { recursive: true }));

const named = 'auditor, clerk, counsel, eraser, lawyer, operator, privacy-officer';

describe('a role that cohortium.yaml does not name', () => {
  it('is taken by add, with a warning that lists those that it names', async () => {
    const { out, err, exitCode } = await realCli('cohortium people add bob --role nonsense,clerk', folder);
    expect(exitCode).toBe(0);
    expect(out).toContain('acts on reviews as clerk, nonsense');
    expect(err).toBe(
      `warning: nothing in cohortium.yaml is decided as nonsense; roles there: ${named}. Change it: cohortium people roles bob --role <roles>\n`,
    );
  });

  it('is taken by roles, with the same warning, and leaves --json one document', async () => {
    const { out, err, exitCode } = await realCli('cohortium people roles bob --role conusel --json', folder);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ id: 'bob', roles: ['conusel'] });
    expect(err).toContain('decided as conusel;');
  });

  it.each(named.split(', '))('is not %s', async (role) => {
    expect(await realCli(`cohortium people roles bob --role ${role}`, folder)).toMatchObject({ exitCode: 0, err: '' });
  });

  it('is none where no role is given', async () => {
    expect(await realCli('cohortium people add eve', folder)).toMatchObject({ exitCode: 0, err: '' });
  });
});
