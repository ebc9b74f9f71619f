import { beforeAll, describe, expect, it } from 'vitest';

import { purposes } from '../../../skills/gate/schemas.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { type Facts, harmless, triggers } from '../../../test/fixtures/policy-triggers.ts';
import { type CedarEngine, createCedarEngine, type PolicyDecision } from '../../adapters/cedar/cedar-engine.ts';
import { checkPolicyFolder } from '../../adapters/cedar/policy-files.ts';

const directory = import.meta.dirname;
let engine: CedarEngine;
beforeAll(() => {
  engine = createCedarEngine({ directory, content: createMemoryContent() });
});

const ask = (facts: Facts, purpose: string, asOf: string, sink = 'shop'): Promise<PolicyDecision> =>
  engine.examine({ facts, purpose, sink, asOf });

const solely = { automation: 'solely-automated' };
const ids = ({ policies }: PolicyDecision): string[] => policies.map(({ id }) => id);
const dayBefore = (date: string): string => shifted(date, -1);
const dayAfter = (date: string): string => shifted(date, 1);

function shifted(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

describe('the default policies', () => {
  it('have no fault and no warning', async () => {
    expect((await checkPolicyFolder(directory)).diagnostics).toEqual([]);
  });

  it('know the purposes of the gate skill, and no others', async () => {
    const { folder } = await checkPolicyFolder(directory);
    expect(folder.purposes).toEqual([...purposes].sort());
    expect(folder.rules.flatMap((rule) => rule.purposes ?? []).filter((purpose) => !folder.purposes.includes(purpose))).toEqual([]);
  });

  it('stand on all five anchors and are each tested below', async () => {
    const rules = await engine.describe();
    expect(new Set(rules.map(({ anchor }) => anchor)).size).toBe(5);
    expect(rules.map(({ id }) => id).sort()).toEqual([...triggers.map(({ policy }) => policy), 'sink-forbidden'].sort());
  });

  it.each(purposes)('let a harmless case pass for %s on any day', async (purpose) => {
    for (const asOf of ['1997-09-30', '2019-01-01', '2026-11-20', '2029-01-01']) {
      expect(await ask(harmless, purpose, asOf)).toMatchObject({ outcome: 'pass', policies: [] });
    }
  });
});

describe.each(triggers)('$policy', ({ policy, outcome, from, to, purpose, facts }) => {
  const day = from ?? '1997-09-30';

  it(`gives ${outcome} from its first day on, and is not law before`, async () => {
    const decision = await ask({ ...harmless, ...facts }, purpose, day);
    expect(decision.outcome).toBe(outcome);
    expect(ids(decision)).toContain(policy);
    if (from !== null) expect(ids(await ask({ ...harmless, ...facts }, purpose, dayBefore(from)))).not.toContain(policy);
  });

  it('ends after its last day, or not at all', async () => {
    const last = await ask({ ...harmless, ...facts }, purpose, to ?? '2035-01-01');
    expect(ids(last)).toContain(policy);
    if (to !== undefined) expect(ids(await ask({ ...harmless, ...facts }, purpose, dayAfter(to)))).not.toContain(policy);
  });

  it('needs each of its facts', async () => {
    for (const name of Object.keys(facts)) {
      const without = { ...harmless, ...facts, [name]: harmless[name] ?? '' };
      expect(ids(await ask(without, purpose, day))).not.toContain(policy);
    }
  });

  it('goes to counsel, naming the fact, while one of them is unknown', async () => {
    for (const name of Object.keys(facts)) {
      const decision = await ask({ ...harmless, ...facts, [name]: '' }, purpose, day);
      expect(decision.outcome).toBe('counsel');
      expect(decision.unknownFacts).toContain(name);
      expect(ids(decision)).toContain(policy);
    }
  });
});

describe('what the law does not say', () => {
  const day = '2026-11-20';

  it('a preference signal is no opt-out of profiling', async () => {
    expect((await ask({ ...harmless, residency: 'US-NJ', gpc: true }, 'insurance', day)).outcome).toBe('pass');
  });

  it('Utah and Iowa have no right to opt out of profiling', async () => {
    for (const residency of ['US-UT', 'US-IA']) {
      const decision = await ask({ ...harmless, residency, profilingObjection: true, ...solely }, 'insurance', day);
      expect(decision.outcome).toBe('pass');
    }
  });

  it('Californian rules on automated decisions reach neither advertising nor insurance', async () => {
    const facts = { ...harmless, residency: 'US-CA', profilingObjection: true, noticeGiven: false, ...solely };
    for (const purpose of ['ad-audience', 'offer-eligibility', 'insurance', 'essential-goods']) {
      expect((await ask(facts, purpose, '2027-06-01')).outcome).toBe('pass');
    }
  });

  it('offers and prices are not in Annex III', async () => {
    const facts = { ...harmless, residency: 'EU', ...solely };
    for (const purpose of ['offer-eligibility', 'price-personalization']) {
      expect(ids(await ask(facts, purpose, '2028-01-01'))).not.toContain('eu-ai-act-annex-iii');
    }
  });

  it('an American who objects to profiling may still be assigned a tier', async () => {
    expect((await ask({ ...harmless, residency: 'US-CA', profilingObjection: true }, 'tier-assignment', day)).outcome).toBe('pass');
  });

  it('analytics asks nothing about the customer', async () => {
    expect((await ask({}, 'analytics', day)).outcome).toBe('pass');
  });

  it('values of single customers never go to some sinks', async () => {
    expect(ids(await ask(harmless, 'analytics', day, 'data-broker'))).toEqual(['sink-forbidden']);
  });
});
