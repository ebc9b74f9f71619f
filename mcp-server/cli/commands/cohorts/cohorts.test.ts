import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { cli } from '../../../../test/fixtures/cli-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohorts-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the cohorts command', () => {
  it('lists definitions, and names what is overdue', async () => {
    const { out, exitCode } = await cli(['cohorts', 'list']);
    expect(out).toMatch(/rhythm +1 +k-means +1 +CRM +2025-12-31 \(overdue\) +2026-01-31 +2 +10/);
    expect(out).toMatch(/Declared no more[^]*: personas/);
    expect(exitCode).toBe(0);
  });

  it('computes with a list of names, and shows the windows that were computed', async () => {
    const { out } = await cli(['cohorts', 'compute', '--as-of', '2026-01-31', '--definition', 'rhythm,']);
    expect(out).toMatch(/rhythm +90d +2 +10/);
  });

  it('stops on Ctrl-C', async () => {
    const { exitCode } = await cli(['cohorts', 'compute', '--as-of', '2026-01-31'], {
      isTerminal: true,
      interruptWhen: (_, err) => err.includes('tick'),
    });
    expect(exitCode).toBe(130);
  });

  it('shows one in words and figures, and says what it would draw', async () => {
    const { out } = await cli(['cohorts', 'profile', 'rhythm']);
    expect(out).toMatch(/Buying rhythm[^]*c1 +buy often +6 +60[^]*agreement of refits +0\.90[^]*silhouette +0\.50[^]*--out pictures/);
  });

  it('draws where it is told to', async () => {
    const { out } = await cli(['cohorts', 'profile', 'rhythm', '--out', 'pictures'], { cwd: folder });
    expect(out).toContain(join('pictures', 'rhythm-90d-sizes.svg'));
  });

  it('compares two, and tells who moved', async () => {
    const { out } = await cli(['cohorts', 'compare', 'rhythm@2025-12-31', 'rhythm@2026-01-31']);
    expect(out).toMatch(/adjusted Rand index +0\.640[^]*moved +1[^]*c1 +c2 +1 +c-7/);
  });

  it('reads labels by the columns that are named', async () => {
    writeFileSync(join(folder, 'known.csv'), '\uFEFFcode,kind\nc-1,a\nc-2,b\nc-3,\n,a\n');
    const { out } = await cli(['cohorts', 'compare', 'rhythm', '--labels', 'known.csv', '--customer', 'code', '--label', 'kind'], {
      cwd: folder,
    });
    expect(out).toMatch(/labels +2[^]*purity +0\.900/);
  });

  it.each([
    [['cohorts', 'dance'], /'dance' is no action/],
    [['cohorts', 'compute'], /--as-of is needed/],
    [['cohorts', 'compute', '--as-of', '2026-01-31', '--window', ','], /--window is empty/],
    [['cohorts', 'profile'], /one definition is needed/],
    [['cohorts', 'profile', 'a', 'b'], /one definition is needed/],
    [['cohorts', 'profile', 'nobody'], /no run of 'nobody'/],
    [['cohorts', 'compare', 'rhythm'], /two are needed/],
    [['cohorts', 'compare', 'rhythm@31.1.2026', 'rhythm'], /neither a definition nor definition@/],
    [['cohorts', 'compare', 'a', 'b', '--labels', 'x.csv'], /one definition is needed/],
    [['cohorts', 'compare', 'rhythm', '--labels', 'absent.csv'], /absent\.csv cannot be read/],
  ])('refuses %j', async (argv, expected) => {
    const { err, exitCode } = await cli(argv, { cwd: folder });
    expect(err).toMatch(expected);
    expect(exitCode).toBe(2);
  });

  it.each([
    ['no such column', 'a,b\nc-1,x\n', /no column 'customerId' \(--customer\); it has: a, b/],
    ['two groups for one customer', 'customerId,label\nc-1,x\nc-1,y\n', /bad\.csv:3: customer 'c-1' is labelled 'x' and 'y'/],
    ['nobody', 'customerId,label\n', /labels nobody/],
    ['a broken row', 'customerId,label\n"c-1,x\n', /cannot be read/],
  ])('refuses labels with %s', async (_, text, expected) => {
    writeFileSync(join(folder, 'bad.csv'), text);
    const { err, exitCode } = await cli(['cohorts', 'compare', 'rhythm', '--labels', 'bad.csv'], { cwd: folder });
    expect(err).toMatch(expected);
    expect(exitCode).toBe(2);
  });
});
