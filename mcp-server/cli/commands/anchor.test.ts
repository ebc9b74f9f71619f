/** What `cohortium anchor` says of places, on a real operator directory. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { type AnchoredShop, makeAnchoredShop } from '../../../test/fixtures/anchored-shop.ts';
import type { CliResult } from '../../../test/fixtures/cli-host.ts';
import { realCli } from '../../../test/fixtures/real-cli.ts';

async function open(): Promise<AnchoredShop & { readonly anchor: (action: string) => Promise<CliResult> }> {
  const shop = await makeAnchoredShop(['folder: ELSEWHERE']);
  onTestFinished(() => shop.remove());
  await shop.record('first');
  return { ...shop, anchor: (action) => realCli(`cohortium anchor ${action}`, shop.directory) };
}

it('says that the rest is custody when all else stands outside', async () => {
  const { anchor, elsewhere } = await open();
  await anchor('now');
  const { out } = await anchor('list');
  expect(out).toContain('6 of 7 records stand outside; the rest (1) is custody, such as of anchors themselves');
  expect(out).toContain(`folder ${elsewhere}: 6 records\n`);
  expect((await anchor('now')).out).toContain('Up to date');
});

it('says of a new place that nothing was put there, and puts it there', async () => {
  const { anchor, elsewhere, directory } = await open();
  await anchor('now');
  const yaml = join(directory, 'cohortium.yaml');
  writeFileSync(yaml, readFileSync(yaml, 'utf8').replace(elsewhere, `${elsewhere}-2`));
  expect((await anchor('list')).out).toMatch(
    /0 of 7 records stand outside.*\nfolder \S+-2: nothing was put there yet, records since \S+ wait/,
  );
  const empty = await anchor('check');
  expect(empty.out).toContain('No place remembers anything yet');
  expect(empty.out).not.toContain('as every place remembers it');
  const now = await anchor('now');
  expect(now).toMatchObject({ exitCode: 0, out: expect.stringMatching(/7 {2}file {2}\S+-2/) });
  expect((await anchor('check')).out).toContain('as every place remembers it');
});

it('exits with 1 when a place was emptied, and when it remembers another history', async () => {
  const { anchor, elsewhere, forget } = await open();
  await anchor('now');
  forget();
  expect(await anchor('now')).toMatchObject({ exitCode: 1, err: expect.stringContaining('LEDGER_ROLLED_BACK') });
  rmSync(elsewhere, { recursive: true });
  const { anchor: other, elsewhere: place } = await open();
  await other('now');
  rmSync(place, { recursive: true });
  const { exitCode, out } = await other('check');
  expect({ exitCode, out }).toMatchObject({ exitCode: 1, out: expect.stringContaining('error ANCHOR_UNREACHABLE') });
  expect(out).not.toContain('as every place remembers it');
});
