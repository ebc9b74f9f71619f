/** docs/how-to/keep-consents-and-opt-outs.md: every command runs as printed, in order, with the file and output that are shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { openDatabase } from '../../agents/adapters/sqlite/open-database.ts';
import { consentPurposes } from '../../skills/signal-capture/signals/standing.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { blocks } = readGuide('keep-consents-and-opt-outs');
const folder = mkdtempSync(join(tmpdir(), 'consents-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to consents', () => {
  it('runs as printed', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'csv') writeFileSync(join(folder, 'consents.csv'), code);
      // What is shown of a longer answer is its beginning.
      if (language === 'text') expect(said.startsWith(code.trimEnd()), `${said}\n${code}`).toBe(true);
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const { out, err, exitCode } = await realCli(line, folder);
        expect(exitCode, `${line}\n${err}${out}`).toBe(0);
        said = out;
      }
    }
    const database = openDatabase(join(folder, 'shop', '.cohortium', 'consents.db'), '', { readonly: true });
    const rows = database.prepare('SELECT owner, purpose, granted, mode, method FROM consent').raw().all();
    database.close();
    expect(rows).toEqual(
      expect.arrayContaining([
        ['user:u-2', 'profiling', 0, null, 'phone'],
        ['user:u-3', 'gpc', 0, 'opt-out', 'gpp'],
        ['user:u-4', 'analytics', 1, 'opt-in', 'tcf'],
        ['user:u-4', 'profiling', 0, 'opt-in', 'tcf'],
      ]),
    );
    for (const purpose of new Set(rows.map((row) => (row as readonly unknown[])[1]))) expect(consentPurposes).toContain(purpose);
  });

  it('tells a refusal from a consent that was not given, and from a signal of a browser', async () => {
    const gpp = await realCli('cohortium consents record u-6 --gpp DBABLA~CAARAAAAAABA.YA --dir shop', folder);
    expect(gpp.out).toMatch(/^gpc: signal seen, event /m);
    expect(gpp.out).toMatch(/^sale: opted out, event /m);
    const tcf = await realCli('cohortium consents record u-6 --tcf COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA --dir shop', folder);
    expect(tcf.out).toMatch(/^profiling: no consent, event /m);
  });

  it('is right about what is refused', async () => {
    const bad = await realCli('cohortium consents record u-5 --gpp nonsense --dir shop', folder);
    expect(bad.exitCode).not.toBe(0);
    expect(bad.err).toContain('CONSENT_STRING_INVALID');
    expect(bad.err).not.toContain('nonsense');
    writeFileSync(join(folder, 'bad.csv'), 'customer,purpose,status,timestamp\nu-1,spying,ACTIVE,2026-01-05\n');
    const { out, exitCode } = await realCli('cohortium consents import bad.csv --dir shop', folder);
    expect(exitCode).not.toBe(0);
    expect(out).toContain('1 in quarantine');
    expect((await realCli('cohortium consents show nobody --dir shop', folder)).err).toContain('CUSTOMER_NOT_FOUND');
  });
});
