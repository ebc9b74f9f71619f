/** The pages of docs/concepts/law: they name only regimes and rules that there are, and what they say of an ordinary use holds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { checkLaw } from '../../agents/customer-data-graph/law/read-law.ts';
import { type Facts, truthOf } from '../../skills/gate/core/policy/condition.ts';
import { isInForce } from '../../skills/gate/core/policy/rule.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'concepts', 'law');
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const read = (page: string): string => readFileSync(join(folder, page), 'utf8');
const { law } = checkLaw();

const named = new Set<string>([
  ...law.files.map(({ regime }) => regime),
  ...law.rules.map(({ id }) => id),
  ...law.files.flatMap(({ retention }) => retention.map(({ id }) => id)),
]);
/** Words that begin names of regimes and rules: `gdpr-…`, `us-…`. */
const families = new Set([...named].map((name) => name.split('-')[0] ?? ''));

describe.each(pages)('docs/concepts/law/%s', (page) => {
  it('names only regimes and rules that there are', () => {
    const names = [...read(page).matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].flatMap(([, name = '']) => name);
    expect(names.filter((name) => families.has(name.split('-')[0] ?? '') && !named.has(name))).toEqual([]);
  });

  it('leads only to files that there are', () => {
    const targets = [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(join(folder, target)))).toEqual([]);
  });

  it('says that it is engineering', () => {
    expect(read(page)).toMatch(/^\*\*Engineering, not legal (or accounting )?advice\.\*\*/m);
  });
});

it('the shelf has every page', () => {
  const shelf = read('README.md');
  expect(pages.filter((page) => page !== 'README.md' && !shelf.includes(`](${page})`))).toEqual([]);
});

it('the page of privacy has every regime of the Union and of other countries, and a family for those of the states', () => {
  const foreign = law.files.filter(({ anchor, regime }) => anchor === 'privacy' && !/^(us|operator)-/.test(regime));
  expect(foreign.map(({ regime }) => regime).filter((regime) => !read('privacy.md').includes(`\`${regime}\``))).toEqual([]);
});

it('the page of what is misstated has thirty entries, each with what the gate does', () => {
  const entries = read('commonly-misstated.md').split(/^### /m).slice(1);
  expect(entries.map((entry) => Number.parseInt(entry, 10))).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
  expect(entries.filter((entry) => !entry.includes('*The gate*'))).toEqual([]);
});

describe('what the page of privacy has an operator state', () => {
  const [, yaml = ''] = /^```yaml\n(gate:[^]*?)^```/m.exec(read('privacy.md')) ?? [];
  const { gate } = parse(yaml) as { gate: { facts: Record<string, string | boolean> } }; // a fence of our own page
  const assumed: Facts = Object.fromEntries(
    Object.entries(law.facts).flatMap(([name, fact]) => (fact.default === undefined ? [] : [[name, fact.default]])),
  );
  const silent = Object.fromEntries(
    Object.entries(law.facts).flatMap(([name, fact]) => (fact.of === 'customer' && fact.type === 'boolean' ? [[name, false]] : [])),
  );
  const customer = { ...silent, residency: 'EU', country: 'EU', ageBand: 'not-on-record' };
  const privacyRules = law.rules.filter(({ anchor }) => anchor === 'privacy');
  const anchored = (facts: Facts, purpose: string): string[] =>
    privacyRules
      .filter((rule) => isInForce(rule, '2026-11-20') && (rule.purposes?.includes(purpose) ?? true))
      .filter(({ condition }) => condition && truthOf(condition, { ...assumed, ...facts, purpose, sink: 'any-sink' }) !== false)
      .map(({ id }) => id);

  it.each(['analytics', 'tier-assignment', 'offer-eligibility'])('lets %s pass for a customer in the Union', (purpose) => {
    expect(anchored({ ...customer, ...gate.facts }, purpose)).toEqual([]);
  });

  it.each(Object.keys(gate.facts))('needs %s', (fact) => {
    expect(anchored({ ...customer, ...gate.facts, [fact]: null }, 'tier-assignment')).not.toEqual([]);
  });

  it('asks for none of it of a customer in the United States', () => {
    const ofTheUnion = (id: string): boolean => /^(gdpr|aia|eu|uk)-/.test(id);
    expect(anchored({ ...customer, residency: 'US-VA', country: 'US' }, 'tier-assignment').filter(ofTheUnion)).toEqual([]);
  });
});
