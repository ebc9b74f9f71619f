import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { purposes } from '../../../skills/gate/schemas.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { type Facts, harmless } from '../../../test/fixtures/policy-triggers.ts';
import { type CedarEngine, createCedarEngine, type PolicyDecision } from '../../adapters/cedar/cedar-engine.ts';

const directory = import.meta.dirname;
let engine: CedarEngine;
beforeAll(() => {
  engine = createCedarEngine({ directory, content: createMemoryContent() });
});

const ask = (facts: Facts, purpose: string, asOf: string, sink = 'shop'): Promise<PolicyDecision> =>
  engine.examine({ facts, purpose, sink, asOf });

describe('three-valued decisions over the default policies', () => {
  const domains: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
    ...Object.fromEntries(Object.keys(harmless).map((name) => [name, [true, false]])),
    residency: ['EU', 'US-CA', 'US-VA', 'US-CO', 'US-CT', 'US-NY', 'US-MD', 'US-DE', 'US-UT', 'JP'],
    tier: ['high', 'medium', 'low', 'none'],
    eceBasisPoints: [0, 1000, 1050],
    holdoutCustomers: [0, 300, 1000],
    automation: ['solely-automated', 'human-reviewed', 'human-involved', 'decision-support'],
  };
  const anyFacts = fc.record(Object.fromEntries(Object.entries(domains).map(([name, values]) => [name, fc.constantFrom(...values)])));
  const anyCase = fc.record({
    facts: anyFacts,
    hidden: fc.subarray(Object.keys(domains)),
    purpose: fc.constantFrom(...purposes),
    asOf: fc.constantFrom('1997-09-30', '2019-06-01', '2024-12-31', '2026-06-30', '2026-07-01', '2027-01-01', '2027-12-02'),
  });
  const masked = (facts: Facts, hidden: readonly string[]): Facts =>
    Object.fromEntries(Object.entries(facts).filter(([name]) => !hidden.includes(name)));

  it('hiding facts gives the same outcome or counsel, so it never turns fail into pass', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ facts, hidden, purpose, asOf }) => {
        const known = await ask(facts, purpose, asOf);
        const open = await ask(masked(facts, hidden), purpose, asOf);
        expect([known.outcome, 'counsel']).toContain(open.outcome);
      }),
      { numRuns: 300 },
    );
  });

  it('the unknown facts that are named are enough to settle the case', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ facts, hidden, purpose, asOf }) => {
        const open = await ask(masked(facts, hidden), purpose, asOf);
        expect(hidden).toEqual(expect.arrayContaining([...open.unknownFacts]));
        const stillHidden = hidden.filter((name) => !open.unknownFacts.includes(name));
        const told = await ask(masked(facts, stillHidden), purpose, asOf);
        expect(told.outcome).toBe((await ask(facts, purpose, asOf)).outcome);
        expect(told.unknownFacts).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('the key rests on what the policies read, nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, anyFacts, async ({ facts, purpose, asOf }, others) => {
        const decision = await ask(facts, purpose, asOf);
        const read = Object.keys(decision.facts);
        const sameWhereRead = Object.fromEntries(
          Object.entries(others).map(([name, value]) => [name, read.includes(name) ? (facts[name] ?? '') : value]),
        );
        expect((await ask(sameWhereRead, purpose, asOf)).key).toBe(decision.key);
      }),
      { numRuns: 100 },
    );
  });
});
