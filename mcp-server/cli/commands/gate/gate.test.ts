import { describe, expect, it } from 'vitest';

import { cli } from '../../../../test/fixtures/cli-host.ts';
import { gate } from './index.ts';

const ask = (...argv: readonly string[]) => cli(['gate', ...argv]);

describe('the gate command', () => {
  it('has each option once, and says for every one which actions take it', () => {
    const names = (gate.options ?? []).map(({ flags }) => flags.split(' ')[0]);
    expect(new Set(names).size).toBe(names.length);
    for (const { says } of gate.options ?? []) expect(says).toMatch(/^[a-z]+(, [a-z]+)*: /);
  });

  it('shows anchors, citations and what is unknown', async () => {
    const { out, exitCode } = await ask('evaluate', 'c-1', '--purpose', 'analytics', '--facts', 'profilingOptOut=true');
    expect(exitCode).toBe(1);
    expect(out).toContain('privacy fail · fair-treatment not-applicable');
    expect(out).toContain('fail  gdpr-objection  (privacy, eu-gdpr-21)');
    expect((await ask('evaluate', 'c-1', '--purpose', 'analytics')).exitCode).toBe(0);
  });

  it.each([
    [['shrug'], "'shrug' is no action of gate"],
    [['evaluate', '--purpose', 'analytics'], 'a customer id is needed'],
    [['evaluate', 'c-1'], '--purpose is needed'],
    [['evaluate', 'c-1', '--purpose', 'analytics', '--facts', 'residency'], "name=value was expected, found 'residency'"],
    [['evaluate', 'c-1', '--purpose', 'analytics', '--facts', 'a=b=c'], 'name=value was expected'],
    [['notice', 'farewell'], "there is no notice 'farewell'"],
    [['notice'], 'gate notice needs to know which; there are: adverse-action'],
    [['fairness'], 'gate fairness needs to know what to do; it does: audit'],
    [['notice', 'adverse-action'], 'a customer id is needed'],
    [['notice', 'logic', '--with', 'absent.yaml'], 'absent.yaml cannot be read'],
    [['approve'], 'a file is needed'],
    [['approve', 'policies/overlays/shop.yaml'], '--as is needed'],
  ])('refuses %j', async (argv, message) => {
    const { err, exitCode } = await ask(...argv);
    expect(err).toContain(message);
    expect(exitCode).not.toBe(0);
  });
});
