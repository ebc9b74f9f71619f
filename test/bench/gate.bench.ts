/**
 * What a decision costs: one that is made anew, against Cedar asked directly with the same rules; one that is remembered; and a run of
 * the gate over a million customers, from facts to the table of decisions. Processor time of this process throughout.
 *
 * node --conditions=cohortium-source test/bench/gate.bench.ts [--customers 1000000]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';

import { createCedarEngine, type PolicyQuestion } from '../../agents/adapters/cedar/cedar-engine.ts';
import { createContentStore } from '../../agents/adapters/files/content-store.ts';
import { checkLaw } from '../../agents/customer-data-graph/law/read-law.ts';
import { isInForce, type PolicyRule } from '../../skills/gate/core/policy/rule.ts';
import { buildVectors, joinDecisions } from '../../skills/gate/effects.ts';
import type { Use } from '../../skills/gate/schemas.ts';
import { codedColumn, type Column, column, makeTable } from '../../skills/sdk/index.ts';

const { values: given } = parseArgs({ options: { customers: { type: 'string', default: '1000000' } } });
const customers = Number(given.customers);
const asOf = '2026-11-20';
const directory = mkdtempSync(join(tmpdir(), 'gate-bench-'));
mkdirSync(join(directory, 'policies'));
const content = createContentStore(join(directory, 'content'));
const { law } = checkLaw();
const engine = createCedarEngine({ directory: join(directory, 'policies'), law, content });
const session = await engine.session();

/** Linear congruence: the same customers on every machine. */
let state = 20_261_120;
const draw = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const pick = <T>(values: readonly T[]): T => values[draw(values.length)] as T; // below the length
const places = ['EU', 'EU', 'EU', 'US-CA', 'US-VA', 'US-CO', 'US-CT', 'US-NY', 'US-TX', 'US-UT', 'CA-QC', 'BR', 'JP'];

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function question(purpose: string, isAllKnown: boolean): PolicyQuestion {
  const facts: Record<string, unknown> = {};
  for (const [name, { type, values }] of Object.entries(law.facts)) {
    if (!isAllKnown && draw(8) === 0) facts[name] = null;
    else facts[name] = type === 'boolean' ? draw(2) === 0 : type === 'integer' ? draw(12_000) : pick(values ?? ['any']);
  }
  const residency = pick(places);
  return { facts: { ...facts, residency, country: residency.slice(0, 2) }, purpose, sink: 'shop', asOf };
}

/** Rules as Cedar would be given them, by whoever asks it directly. */
function rawRules(asked: PolicyQuestion, isSliced: boolean): readonly PolicyRule[] {
  return law.rules.filter((rule) => {
    if (!isInForce(rule, asOf) || !(rule.purposes?.includes(asked.purpose) ?? true)) return false;
    const tests = rule.condition?.kind === 'all' ? rule.condition.of : rule.condition ? [rule.condition] : [];
    return (
      !isSliced ||
      tests.every((test) => {
        if (test.kind !== 'one-of' || (test.fact !== 'residency' && test.fact !== 'country')) return true;
        return test.values.includes(String(asked.facts[test.fact]));
      })
    );
  });
}

const texts = (rules: readonly PolicyRule[]): Record<string, string> => Object.fromEntries(rules.map(({ id, cedar: text }) => [id, text]));
const request = (asked: PolicyQuestion) => ({
  principal: { type: 'Customer', id: 'any' },
  action: { type: 'Action', id: asked.purpose },
  resource: { type: 'Sink', id: asked.sink },
  entities: [],
});

console.log(`${law.regimes.length} regimes, ${law.rules.length} rules, ${Object.keys(law.facts).length} facts`);
console.log('\nA decision made anew, microseconds of processor time; the ratio is to Cedar alone with the rules that can matter there');
for (const [purpose, isAllKnown] of [
  ['credit', true],
  ['ad-audience', true],
  ['credit', false],
  ['ad-audience', false],
] as const) {
  const questions = Array.from({ length: isAllKnown ? 400 : 100 }, () => question(purpose, isAllKnown));
  const raw = questions.map((asked) => ({ asked, all: rawRules(asked, false), sliced: rawRules(asked, true) }));
  const read = ({ facts }: PolicyQuestion, rules: readonly PolicyRule[]) => {
    const names = [...new Set(rules.flatMap((rule) => rule.facts))];
    return Object.fromEntries(names.map((name) => [name, facts[name] ?? { __extn: { fn: 'unknown', arg: name } }]));
  };
  const sets = new Map<string, string>();
  const preparsed = (rules: readonly PolicyRule[]): string => {
    const key = rules.map(({ id }) => id).join(' ');
    const known = sets.get(key);
    if (known !== undefined) return known;
    const id = `raw-${purpose}-${isAllKnown}-${sets.size}`;
    cedar.preparsePolicySet(id, { staticPolicies: texts(rules) });
    sets.set(key, id);
    return id;
  };
  const askRaw = (isSliced: boolean): (() => void) => {
    const calls = raw.map(({ asked, all, sliced }) => {
      const rules = isSliced ? sliced : all;
      const context = read(asked, rules) as Record<string, cedar.CedarValueJson>; // scalars and unknowns
      if (isAllKnown) {
        const call = { ...request(asked), context, preparsedPolicySetId: preparsed(rules) };
        return () => cedar.statefulIsAuthorized(call);
      }
      const call = { ...request(asked), context, policies: { staticPolicies: texts(rules) } };
      return () => cedar.isAuthorizedPartial(call);
    });
    return () => calls.forEach((call) => call());
  };
  const [rawAll, rawSliced] = [askRaw(false), askRaw(true)];
  rawAll();
  rawSliced();
  const best = { ours: Infinity, all: Infinity, sliced: Infinity };
  for (let round = 0; round < (isAllKnown ? 7 : 3); round++) {
    // Another sink each round, so that nothing is remembered.
    const fresh = questions.map((asked) => ({ ...asked, sink: `shop-${round}` }));
    fresh.slice(0, 40).forEach((asked) => session.decide({ ...asked, sink: `warm-${round}` }));
    best.ours = Math.min(
      best.ours,
      cpuMs(() => fresh.forEach((asked) => session.decide(asked))),
    );
    best.all = Math.min(best.all, cpuMs(rawAll));
    best.sliced = Math.min(best.sliced, cpuMs(rawSliced));
  }
  const each = (ms: number): string => ((ms * 1000) / questions.length).toFixed(0).padStart(6);
  console.log(
    `${purpose.padEnd(12)} ${isAllKnown ? 'all known  ' : 'some unknown'} ours ${each(best.ours)}  Cedar ${each(best.sliced)}  ratio ${(best.ours / best.sliced).toFixed(2)}  (Cedar with every rule of the purpose ${each(best.all)}, ratio ${(best.ours / best.all).toFixed(2)})`,
  );
}

{
  const ofCustomers = Object.entries(law.facts).filter(([, { of: who }]) => who === 'customer' || who === 'run');
  const questions = Array.from({ length: 1000 }, (): PolicyQuestion => {
    const asked = question('offer-eligibility', draw(2) === 0);
    return { ...asked, facts: Object.fromEntries(ofCustomers.map(([name]) => [name, asked.facts[name]])) };
  });
  questions.forEach((asked) => session.decide(asked));
  let ms = Infinity;
  for (let round = 0; round < 7; round++) {
    ms = Math.min(
      ms,
      cpuMs(() => {
        for (let again = 0; again < 200; again++) for (const asked of questions) session.decide(asked);
      }),
    );
  }
  console.log(`\nA decision remembered, ${ofCustomers.length} facts given: ${((ms * 1e6) / 200_000).toFixed(0)} ns`);
}

{
  const names = Object.entries(law.facts).filter(([, fact]) => fact.of === 'customer');
  const people = Array.from({ length: customers }, (_, at) => `customer-${at}`);
  const facts: Record<string, Column> = { customerId: column.text(people) };
  const residencies = people.map(() => pick(places));
  // What people say comes in a few patterns: nothing, all refused, all allowed, a browser signal, an unsubscription; one in a thousand has
  // a mixture of their own.
  const patterns: readonly ((name: string) => string)[] = [
    () => '',
    () => '',
    (name) => (name.endsWith('OptOut') ? 'true' : 'false'),
    (name) => (name.endsWith('Consent') ? 'true' : 'false'),
    (name) => (name === 'gpc' ? 'true' : ''),
    (name) => (name === 'marketingOptOut' ? 'true' : ''),
  ];
  const patternOf = people.map(() => draw(patterns.length));
  const isMixed = people.map(() => draw(1000) === 0);
  for (const [name, { type }] of names) {
    const silence = /Consent$|erasure/.test(name) ? 'false' : '';
    const said = patterns.map((pattern) => pattern(name) || silence);
    if (name === 'residency') facts[name] = codedColumn(residencies);
    else if (name === 'country') facts[name] = codedColumn(residencies.map((place) => place.slice(0, 2)));
    else if (type === 'boolean')
      facts[name] = codedColumn(patternOf.map((pattern, at) => (isMixed[at] ? pick(['true', 'false', silence]) : (said[pattern] ?? ''))));
    else facts[name] = codedColumn(people.map(() => (draw(8) > 0 ? 'not-on-record' : pick(['adult', 'adult', '16-17', 'under-13']))));
  }
  const uses: readonly Use[] = [
    { subscriber: 'loyalty-desk', purpose: 'tier-assignment', sink: 'loyalty-desk' },
    { subscriber: 'offers', purpose: 'offer-eligibility', sink: 'offers' },
  ];
  const calibrated = content.putTable(
    makeTable({ customerId: column.text(people), tier: column.text(people.map(() => pick(['high', 'medium', 'low']))) }),
  );
  const factsRef = content.putTable(makeTable(facts));
  const ofUses = content.putJson([{}, {}, {}]);
  const context = { readTable: content.getTable, readJson: content.getJson, writeTable: content.putTable, writeJson: content.putJson };
  const steps: [string, number, number][] = [];
  const timed = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const [at, before] = [performance.now(), process.cpuUsage()];
    const result = await work();
    const { user, system } = process.cpuUsage(before);
    steps.push([name, performance.now() - at, (user + system) / 1000]);
    return result;
  };
  const built = await timed('vectors.build', () =>
    buildVectors(
      { facts: factsRef, ofUses, calibrated, reliability: { eceAfter: 0.02, n: 100_000 }, uses: [...uses], asOf },
      context as never,
    ),
  ); // the four methods are all that it calls
  const decided = await timed('policy.decide', () =>
    engine.decide({ vectors: built.vectors, asOf }, { signal: new AbortController().signal, idempotencyKey: 'bench' }),
  );
  const joined = await timed('decisions.join', () =>
    joinDecisions({ verdicts: decided.decisions, vectors: built.vectors, classes: built.classes, uses: built.uses }, context as never),
  ); // as above
  const vectors = content.getJson(built.vectors) as readonly unknown[]; // just written
  console.log(`\n${customers} customers, ${uses.length + 1} uses, ${vectors.length} distinct vectors; ${JSON.stringify(joined.counts)}`);
  for (const [name, wall, cpu] of steps)
    console.log(`${name.padEnd(16)} wall ${(wall / 1000).toFixed(2)} s  cpu ${(cpu / 1000).toFixed(2)} s`);
  const total = steps.reduce((sum, [, wall, cpu]) => [sum[0] + wall, sum[1] + cpu] as const, [0, 0] as readonly [number, number]);
  console.log(
    `${'all'.padEnd(16)} wall ${(total[0] / 1000).toFixed(2)} s  cpu ${(total[1] / 1000).toFixed(2)} s  ${(process.resourceUsage().maxRSS / 1024 ** 2).toFixed(2)} GB at most`,
  );
}
rmSync(directory, { recursive: true });
