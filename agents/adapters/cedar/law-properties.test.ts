import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { truthOf } from '../../../skills/gate/core/policy/condition.ts';
import { isInForce } from '../../../skills/gate/core/policy/rule.ts';
import { purposes } from '../../../skills/gate/schemas.ts';
import { emptyPolicies } from '../../../test/fixtures/empty-policies.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { checkLaw } from '../../customer-data-graph/law/read-law.ts';
import { createCedarEngine, type PolicySession, type PolicyVerdict } from './cedar-engine.ts';

const { law } = checkLaw();
let session: PolicySession;
beforeAll(async () => {
  session = await createCedarEngine({ directory: emptyPolicies(), law, content: createMemoryContent() }).session();
});

type Facts = Readonly<Record<string, string | number | boolean | null>>;

const ask = (facts: Facts, purpose: string, asOf: string): PolicyVerdict => session.decide({ facts, purpose, sink: 'shop', asOf });

/** Values of facts that rules compare with, and what lies about them. */
const limits = [0, 1, 29, 30, 180, 300, 365, 366, 999, 1000, 1001, 7999, 8000, 8001, 10_000, 100_000];
const places = ['EU', 'US-CA', 'US-VA', 'US-CO', 'US-CT', 'US-NY', 'US-MD', 'US-DE', 'US-UT', 'US-FL', 'CA-QC', 'BR', 'IN', 'GB', 'JP'];
const domains = Object.fromEntries(
  Object.entries(law.facts).map(([name, { type, values }]) => [
    name,
    type === 'boolean' ? [true, false] : type === 'integer' ? limits : (values ?? places),
  ]),
);
const anyFacts = fc.record(Object.fromEntries(Object.entries(domains).map(([name, values]) => [name, fc.constantFrom(...values)])));
const anyCase = fc.record({
  facts: anyFacts,
  hidden: fc.subarray(Object.keys(domains)),
  purpose: fc.constantFrom(...purposes),
  asOf: fc.constantFrom('1997-09-30', '2019-06-01', '2024-12-31', '2026-06-30', '2026-07-01', '2027-01-01', '2027-12-02'),
});
/** Unknown, also where the vocabulary assumes something. */
const masked = (facts: Facts, hidden: readonly string[]): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, hidden.includes(name) ? null : value]));

describe('three-valued decisions over the whole law', () => {
  it('hiding facts gives the same outcome or counsel, so it never turns fail into pass', () => {
    fc.assert(
      fc.property(anyCase, ({ facts, hidden, purpose, asOf }) => {
        const known = ask(facts, purpose, asOf);
        const open = ask(masked(facts, hidden), purpose, asOf);
        expect([known.outcome, 'counsel']).toContain(open.outcome);
      }),
      { numRuns: 200 },
    );
  });

  it('the unknown facts that are named are enough to settle the case', () => {
    fc.assert(
      fc.property(anyCase, ({ facts, hidden, purpose, asOf }) => {
        const open = ask(masked(facts, hidden), purpose, asOf);
        expect(hidden).toEqual(expect.arrayContaining([...open.unknownFacts]));
        const stillHidden = hidden.filter((name) => !open.unknownFacts.includes(name));
        const told = ask(masked(facts, stillHidden), purpose, asOf);
        expect(told.outcome).toBe(ask(facts, purpose, asOf).outcome);
        expect(told.unknownFacts).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('Cedar says what the conditions say: which rules apply, and what is open', () => {
    fc.assert(
      fc.property(anyCase, ({ facts, hidden, purpose, asOf }) => {
        const given: Facts = { ...masked(facts, hidden), purpose, sink: 'shop' };
        const asked = law.rules.filter((rule) => isInForce(rule, asOf) && (rule.purposes?.includes(purpose) ?? true));
        const truths = asked.map((rule) => ({ rule, truth: rule.condition ? truthOf(rule.condition, given) : false }));
        const applying = truths.filter(({ truth }) => truth === true).map(({ rule }) => rule);
        const isFail = applying.some(({ outcome }) => outcome === 'fail');
        const open = truths.filter(({ rule, truth }) => typeof truth !== 'boolean' && (applying.length === 0 || rule.outcome === 'fail'));
        const verdict = ask(masked(facts, hidden), purpose, asOf);
        const ids = [...applying, ...(isFail ? [] : open.map(({ rule }) => rule))].map(({ id }) => id);
        expect(verdict.outcome).toBe(isFail ? 'fail' : ids.length > 0 ? 'counsel' : 'pass');
        expect(verdict.policies.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
        if (!isFail) {
          expect(verdict.unknownFacts).toEqual(
            [...new Set(open.flatMap(({ truth }) => (typeof truth === 'boolean' ? [] : [...truth])))].sort(),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the key rests on what the rules read, nothing else', () => {
    fc.assert(
      fc.property(anyCase, anyFacts, ({ facts, purpose, asOf }, others) => {
        const decision = ask(facts, purpose, asOf);
        const read = Object.keys(decision.facts);
        const sameWhereRead = Object.fromEntries(
          Object.entries(others).map(([name, value]) => [
            name,
            read.includes(name) || name === 'residency' || name === 'country' ? (facts[name] ?? null) : value,
          ]),
        );
        expect(ask(sameWhereRead, purpose, asOf).key).toBe(decision.key);
      }),
      { numRuns: 100 },
    );
  });
});
