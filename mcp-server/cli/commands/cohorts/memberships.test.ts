import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { cli, type CliResult } from '../../../../test/fixtures/cli-host.ts';

const cwd = mkdtempSync(join(tmpdir(), 'cohortium-transitions-'));
const cohorts = (...argv: string[]): Promise<CliResult> => cli(['cohorts', ...argv], { cwd });

describe('cohorts customer', () => {
  it('lists memberships with confidence, reasons and effective window', async () => {
    const { out, exitCode } = await cohorts('customer', 'c-1', '--as-of', '2026-01-31');
    expect(exitCode).toBe(0);
    expect(out).toContain('c-1  on 2026-01-31, as known at version 1 (2026-02-01 00:00)');
    expect(out).toMatch(/rhythm +90d +buy often +83 % +2026-01-31 +2026-04-12 +moved +orders \+0\.62/);
    expect(out).toContain('cohorts customer c-1 --why rhythm --window 90d');
  });

  it('explains one with --why', async () => {
    const { out } = await cohorts('customer', 'c-1', '--why', 'rhythm', '--window', '90d');
    expect(out).toContain('In the cohort since 2026-01-31.');
  });

  it('gives the whole answer as JSON', async () => {
    const { out } = await cohorts('customer', 'c-1', '--json');
    expect(JSON.parse(out)).toMatchObject({ customerId: 'c-1', memberships: [{ definition: 'rhythm', confidence: 0.83 }] });
  });

  it('asks for a customer', async () => {
    expect((await cohorts('customer')).err).toContain('a customer id is needed');
  });
});

describe('cohorts transitions', () => {
  const days = ['--from', '2025-12-31', '--to', '2026-01-31'];

  it('counts who went where', async () => {
    const { out } = await cohorts('transitions', 'rhythm', ...days);
    expect(out).toContain('9 stayed, 1 moved, 1 entered, 0 left');
    expect(out).toMatch(/2 +buy seldom +1 +6 +0 +7/);
  });

  it.each([
    ['tiles', [], 'From cohort to cohort'],
    ['streams', ['--sankey'], 'Streams between cohorts'],
  ] as const)('draws %s with --out', async (name, flags, title) => {
    const { out, exitCode } = await cohorts('transitions', 'rhythm', ...days, '--out', `${name}.svg`, ...flags);
    expect(exitCode).toBe(0);
    expect(out).toContain(`picture: ${name}.svg`);
    expect(readFileSync(join(cwd, `${name}.svg`), 'utf8')).toContain(title);
  });

  it('asks for a definition and for both days', async () => {
    expect((await cohorts('transitions')).err).toContain('a cohort definition or an axis is needed');
    expect((await cohorts('transitions', 'rhythm', '--from', '2025-12-31')).err).toContain('--to is needed');
  });
});
