import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { formatDiagnostic } from '../../../skills/sdk/index.ts';
import { operatorPaths } from '../config.ts';
import { requireSoundSchedules, scheduleDiagnostics } from './check-schedules.ts';

/** Faults of a cohortium.yaml whose schedules are these lines; the first one is line 5. */
function faults(...lines: readonly string[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-schedules-'));
  mkdirSync(join(directory, 'pipelines'));
  for (const name of ['clv.yaml', 'clv.test.yaml', 'cohorts.yaml']) writeFileSync(join(directory, 'pipelines', name), '');
  const text = ['cohortium: 1', 'merchant: A', 'currency: EUR', 'schedules:', ...lines, ''].join('\n');
  writeFileSync(join(directory, 'cohortium.yaml'), text);
  return scheduleDiagnostics(operatorPaths(directory)).map(formatDiagnostic);
}

const at = (place: string): string => `cohortium.yaml:${place}: error CONFIG_INVALID: `;

describe('schedules in cohortium.yaml', () => {
  it('may be of every shape', () => {
    expect(
      faults(
        '  - { id: a, run: clv, cron: "0 6 * * 1", timezone: Europe/Berlin }',
        '  - { id: b, run: cohorts, every: first monday, at: 06:00, missed: run-all, with: { daysBack: 2 } }',
        '  - { id: c, command: verify, every: 14 days, from: 2026-01-05, retry: { attempts: 3, backoff: 10m } }',
        '  - { id: d, run: clv, every: monthly, on: last, missed: skip, startWithin: 30m, paused: true }',
      ),
    ).toEqual([]);
  });

  it('need a pipeline that is there', () => {
    expect(faults('  - id: a', '    run: clw', '    every: daily')).toEqual([
      `${at('6:5')}schedules[0].run: there is no pipelines/clw.yaml; pipelines are: clv, cohorts`,
    ]);
  });

  it('need a command that is one, also where its name is one of JavaScript', () => {
    expect(faults('  - { id: a, command: recalibrat, every: daily }', '  - { id: b, command: constructor, every: daily }')).toEqual([
      expect.stringContaining(`${at('5:14')}schedules[0].command: 'recalibrat' is no command that a schedule may start; they are: verify`),
      expect.stringContaining(`schedules[1].command: 'constructor' is no command`),
    ]);
  });

  it('need parameters that the pipeline run or the command knows', () => {
    expect(
      faults(
        '  - { id: a, run: clv, every: daily, with: { daysBack: -1 } }',
        '  - { id: b, command: verify, every: daily, with: { day: 1 } }',
      ),
    ).toEqual([
      expect.stringMatching(/^cohortium\.yaml:5:46: error CONFIG_INVALID: schedules\[0\]\.with\.daysBack: .*found -1$/),
      `${at('6:53')}unknown key 'day' in schedules[1].with`,
    ]);
  });

  it('need a zone that there is, and are told of one with that name', () => {
    expect(faults('  - { id: a, run: clv, every: daily, timezone: Europe/Berln }')).toEqual([
      `${at('5:38')}schedules[0].timezone: no time zone of this name is known; names are such as Europe/Berlin or UTC; found "Europe/Berln"`,
    ]);
    expect(faults('  - { id: a, run: clv, every: daily, timezone: berlin }')[0]).toContain('did you mean Europe/Berlin?');
    expect(faults('  - { id: a, run: clv, every: daily, timezone: "+02:00" }')[0]).toContain('no time zone of this name');
    expect(faults('  - { id: a, run: clv, every: daily, timezone: "" }')[0]).toContain('no time zone of this name');
  });

  it('need a pattern that is one and happens', () => {
    expect(faults('  - { id: a, run: clv, cron: "61 6 * * 1" }', '  - { id: b, run: clv, cron: "0 6 30 2 *" }')).toEqual([
      `${at('5:24')}schedules[0].cron: no cron pattern: invalid value for minute: 61; found "61 6 * * 1"`,
      `${at('6:24')}schedules[1].cron: this cron pattern never happens; found "0 6 30 2 *"`,
    ]);
  });

  it('have a name of their own', () => {
    expect(
      faults('  - { id: a, run: clv, every: daily }', '  - { id: b, run: clv, every: daily }', '  - { id: a, run: clv, every: weekly }'),
    ).toEqual([`${at('7:7')}schedules[2].id: schedules[0] has this id already; found "a"`]);
  });

  it.each([
    ['{ id: a, every: daily }', 'schedules[0].run: a schedule needs `run` (a pipeline) or `command`'],
    ['{ id: a, run: clv, command: verify, every: daily }', 'schedules[0].command: a schedule has either `run` or `command`'],
    ['{ id: a, run: clv }', 'schedules[0].cron: a schedule needs `cron` or `every`'],
    ['{ id: a, run: clv, cron: "0 6 * * 1", every: daily }', 'schedules[0].every: a schedule has either `cron` or `every`'],
    ['{ id: a, run: clv, cron: "0 6 * * 1", at: 06:00 }', 'schedules[0].at: the time of day is in the cron pattern'],
    ['{ id: a, run: clv, every: daily, on: monday }', 'schedules[0].on: `on` goes with `every: weekly` and `every: monthly`'],
    ['{ id: a, run: clv, every: weekly, on: 3 }', 'schedules[0].on: a weekday was expected; found 3'],
    [
      '{ id: a, run: clv, every: monthly, on: monday }',
      "schedules[0].on: a day from 1 to 31 or 'last' was expected; a weekday of the month",
    ],
    ['{ id: a, run: clv, every: monthly, on: 32 }', 'schedules[0].on: '],
    ['{ id: a, run: clv, every: 14 days }', 'schedules[0].from: `every: 14 days` counts from a day; name it with `from`'],
    ['{ id: a, run: clv, every: 0 days, from: 2026-01-05 }', 'schedules[0].every: '],
    ['{ id: a, run: clv, every: fifth monday }', 'schedules[0].every: '],
    ['{ id: a, run: clv, every: daily, at: 24:00 }', "schedules[0].at: a time of day such as '06:00' was expected"],
    ['{ id: a, run: clv, every: daily, from: 2026-02-30 }', 'schedules[0].from: an ISO date such as 2026-01-05 was expected'],
    ['{ id: a, run: clv, every: daily, missed: sometimes }', 'schedules[0].missed: '],
    ['{ id: a, run: clv, every: daily, startWithin: soon }', 'schedules[0].startWithin: a duration such as'],
    ['{ id: a, run: clv, every: daily, retry: { attempts: 0 } }', 'schedules[0].retry.attempts: '],
    ['{ id: a, run: ../clv, every: daily }', 'schedules[0].run: a kebab-case name was expected'],
    ['{ id: a, run: clv, evry: daily }', "unknown key 'evry' in schedules[0]"],
  ])('refuses %s', (entry, message) => {
    const found = faults(`  - ${entry}`);
    expect(found.join('\n')).toContain(message);
    expect(found.every((one) => /^cohortium\.yaml:5:\d+: error CONFIG_INVALID: /.test(one))).toBe(true);
  });

  it('say every fault at once where they are needed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-schedules-'));
    const text =
      'cohortium: 1\nmerchant: A\ncurrency: EUR\nschedules:\n  - { id: a, run: x, every: daily }\n  - { id: b, run: y, every: daily }\n';
    writeFileSync(join(directory, 'cohortium.yaml'), text);
    expect(() => requireSoundSchedules(operatorPaths(directory))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', diagnostics: [expect.anything(), expect.anything()] }),
    );
  });
});
