import { describe, expect, it } from 'vitest';

import { cli, type CliResult } from '../../../test/fixtures/cli-host.ts';

const schedules = (...argv: string[]): Promise<CliResult> => cli(['schedules', ...argv, '--dir', '/shop']);

describe('cohortium schedules', () => {
  it('lists them with the next time in their zone and in UTC, and why the last one failed', async () => {
    const { out, exitCode } = await schedules('list');
    expect(out).toMatch(
      /value-weekly +pipeline clv +weekly on monday at 06:00 +Europe\/Berlin +Mon 2026-01-12 06:00 +2026-01-12 05:00 +failed/,
    );
    expect(out).toContain('value-weekly failed: GRAPH_EMPTY: there are no purchases');
    expect(exitCode).toBe(0);
  });

  it('says what happens while it runs, and that something failed', async () => {
    const { out, exitCode } = await schedules('run', '--once');
    expect(out.split('\n').slice(0, 3)).toEqual([
      'Mon 2026-01-05 06:00 Europe/Berlin  value-weekly  started  run-1',
      'Mon 2026-01-05 06:00 Europe/Berlin  value-weekly  failed (attempt 3)  run-1  GRAPH_EMPTY: there are no purchases',
      '1 failed',
    ]);
    expect(exitCode).toBe(1);
  });

  it('prints one document with --json', async () => {
    const documents = await Promise.all(
      [['list'], ['due'], ['run', '--once'], ['history'], ['run-now', 'value-weekly']].map((argv) => schedules(...argv, '--json')),
    );
    expect(documents.map(({ out }) => Object.keys(JSON.parse(out) as object)[0])).toEqual([
      'schedules',
      'due',
      'occurrences',
      'occurrences',
      'schedule',
    ]);
  });

  it('shows what is due, what was, and a start by hand with where to look next', async () => {
    expect((await schedules('due')).out).toMatch(/value-weekly +Mon 2026-01-05 06:00 +Europe\/Berlin +2026-01-05 05:00 +due/);
    expect((await schedules('history')).out).toMatch(/value-weekly .* failed +3 +run-1 +GRAPH_EMPTY/);
    const { out, exitCode } = await schedules('run-now', 'value-weekly');
    expect(out).toMatch(/value-weekly {2}completed {2}run-1\n\nNext: cohortium runs run-1/);
    expect(exitCode).toBe(0);
  });

  it.each([
    [['dance'], 'ARGUMENT_INVALID', "'dance' is no action of schedules; they are:"],
    [['toString'], 'ARGUMENT_INVALID', "'toString' is no action"],
    [['run-now'], 'ARGUMENT_INVALID', 'run-now needs the name of a schedule'],
    [['run-now', 'other'], 'SCHEDULE_NOT_FOUND', 'there are: value-weekly'],
    [['list', '--times', '0'], 'ARGUMENT_INVALID', "--times is '0'"],
  ])('refuses %j', async (argv, code, message) => {
    const { err, exitCode } = await schedules(...argv);
    expect(err).toContain(code);
    expect(err).toContain(message);
    expect(exitCode).toBeGreaterThan(0);
  });
});
