/** Every regime of the law says what it should about the cases written down beside it, and has the kinds of cases that it needs. */
import { describe, expect, it } from 'vitest';

import { checkLaw } from '../../agents/customer-data-graph/law/read-law.ts';
import { type Facts, truthOf } from '../../skills/gate/core/policy/condition.ts';
import { applicability } from '../../skills/gate/core/policy/regime.ts';
import { isInForce } from '../../skills/gate/core/policy/rule.ts';
import type { RegimeCase, RegimeFile } from '../../skills/gate/law/regime-schema.ts';
import { formatDiagnostic } from '../../skills/sdk/index.ts';

const { law, diagnostics } = checkLaw();

/** Facts that every case starts from: what the vocabulary assumes where nothing is stated. */
const assumed: Facts = Object.fromEntries(
  Object.entries(law.facts).flatMap(([name, fact]) => (fact.default === undefined ? [] : [[name, fact.default]])),
);

interface Said {
  readonly expect: RegimeCase['expect'];
  readonly rules: readonly string[];
  readonly unknown: readonly string[];
}

/** What a regime says of a case, by the reference semantics of conditions. */
function said(file: RegimeFile, { facts, purpose, sink, asOf }: RegimeCase): Said {
  const all: Facts = { ...assumed, ...facts, purpose, sink };
  const regime = law.regimes.find(({ id }) => id === file.regime);
  if (!regime) throw new Error(`no regime ${file.regime}`);
  const scope = applicability(regime, all, asOf);
  if (scope.applies === 'not-in-force') return { expect: 'not-in-force', rules: [], unknown: [] };
  const asked = law.rules.filter(
    (rule) => rule.regime === file.regime && isInForce(rule, asOf) && (rule.purposes?.includes(purpose) ?? true) && rule.condition,
  );
  const truths = asked.map((rule) => ({ rule, truth: rule.condition ? truthOf(rule.condition, all) : false }));
  const applying = truths.filter(({ truth }) => truth === true).map(({ rule }) => rule);
  if (applying.some(({ outcome }) => outcome === 'fail')) {
    return { expect: 'fail', rules: applying.map(({ id }) => id), unknown: [] };
  }
  const open = truths.filter(({ rule, truth }) => typeof truth !== 'boolean' && (applying.length === 0 || rule.outcome === 'fail'));
  const unknown = [...new Set(open.flatMap(({ truth }) => (typeof truth === 'boolean' ? [] : [...truth])))].sort();
  const rules = [...applying, ...open.map(({ rule }) => rule)].map(({ id }) => id);
  if (rules.length > 0) return { expect: 'counsel', rules, unknown };
  return { expect: scope.applies === 'no' ? 'not-applicable' : 'pass', rules: [], unknown: [] };
}

/** What an operator adopts, or says of a use by naming it: not named is a no, and no law on customers hangs on it. */
const adopted = [
  'badDebtClaim',
  'cardDataInScope',
  'iso42001InScope',
  'languageModelCall',
  'liftReported',
  'occupancyCost',
  'soc2InScope',
  'thirdPartyAssurance',
];

it('assumes only the stricter reading of what was never stated', () => {
  const lenient = Object.entries(law.facts).filter(([, fact]) => fact.default !== undefined && String(fact.default) === fact.opensOn);
  expect(lenient.map(([name]) => name).toSorted()).toEqual(adopted);
});

it('reads without a fault', () => {
  expect(diagnostics.map(formatDiagnostic)).toEqual([]);
});

describe.each(law.files.map((file) => [file.regime, file] as const))('%s', (_, file) => {
  it.each(file.cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    const found = said(file, one);
    expect(found.expect).toBe(one.expect);
    if (one.rules) expect(found.rules.toSorted()).toEqual(one.rules.toSorted());
    if (one.unknown) expect(found.unknown).toEqual(one.unknown.toSorted());
  });
});

const asking = law.files.filter(({ rules }) => rules.length > 0);

describe('every regime that asks something of the gate', () => {
  it.each(asking.map((file) => [file.regime, file] as const))('%s has a case of every kind, and one for every rule', (_, file) => {
    const kinds = new Set(file.cases.map(({ kind }) => kind));
    const needed = ['positive', 'negative', 'unknown', ...(file.effectiveFrom === undefined ? [] : ['boundary'])];
    expect(needed.filter((kind) => !kinds.has(kind as RegimeCase['kind']))).toEqual([]); // kinds are checked by the schema
    const met = new Set(file.cases.flatMap((one) => said(file, one).rules));
    expect(file.rules.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
  });

  it.each(asking.flatMap((file) => (file.effectiveFrom === undefined ? [] : [[file.regime, file.effectiveFrom, file] as const])))(
    '%s is tried on the day before %s and on that day',
    (_, from, file) => {
      const before = new Date(Date.parse(`${from}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
      const days = file.cases.filter(({ kind }) => kind === 'boundary').map(({ asOf }) => asOf);
      expect([before, from].filter((day) => !days.includes(day))).toEqual([]);
    },
  );
});
