/** What holds across the American privacy acts: signals are no opt-out of profiling, a right is only where its act grants it, every date is tried. */
import { describe, expect, it } from 'vitest';

import { checkLaw } from '../../agents/customer-data-graph/law/read-law.ts';
import { type Facts, truthOf } from '../../skills/gate/core/policy/condition.ts';
import type { RegimeFile } from '../../skills/gate/law/regime-schema.ts';

const { law } = checkLaw();
const acts = law.files.filter(({ anchor, jurisdiction }) => anchor === 'privacy' && jurisdiction.startsWith('US-'));
const significant = ['credit', 'instalment-plan', 'insurance', 'housing', 'employment', 'education', 'healthcare', 'essential-goods'];

const rulesOf = ({ regime }: RegimeFile) => law.rules.filter((rule) => rule.regime === regime);
const isAsked = (file: RegimeFile, purpose: string, facts: Facts): readonly string[] =>
  rulesOf(file)
    .filter(
      ({ purposes, condition }) =>
        (purposes?.includes(purpose) ?? true) && condition && truthOf(condition, { ...facts, purpose }) !== false,
    )
    .map(({ id }) => id);
const shifted = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

it('there are thirty of them', () => {
  expect(acts.length).toBe(30);
});

describe.each(acts.map((file) => [file.regime, file] as const))('%s', (_, file) => {
  it('asks about profiling only where it grants an opt-out of it', () => {
    const asked = rulesOf(file).some(({ facts }) => facts.includes('profilingOptOut'));
    expect(asked).toBe(file.optOut?.profiling);
  });

  it('asks for the signal of a browser only where it says what the signal counts for', () => {
    const asked = rulesOf(file).some(({ facts }) => facts.includes('gpc'));
    expect(asked && file.optOut?.universalSignal === undefined).toBe(false);
  });

  it.each(significant)('never takes a signal for an opt-out of %s', (purpose) => {
    const home = { residency: file.jurisdiction, sink: 'desk', saleOrShare: false };
    const withSignal = isAsked(file, purpose, { ...home, gpc: true });
    expect(withSignal).toEqual(isAsked(file, purpose, { ...home, gpc: false }));
  });

  it('asks nothing of analytics in the house', () => {
    expect(isAsked(file, 'analytics', { sink: 'score-store' })).toEqual([]);
  });

  it('tries the first day of each rule and the day before, the last day and the day after', () => {
    const days = new Set(file.cases.filter(({ kind }) => kind === 'boundary').map(({ asOf }) => asOf));
    const turns = file.rules.flatMap(({ effectiveFrom, effectiveTo }) => [
      ...(effectiveFrom === undefined ? [] : [shifted(effectiveFrom, -1), effectiveFrom]),
      ...(effectiveTo === undefined ? [] : [effectiveTo, shifted(effectiveTo, 1)]),
    ]);
    expect([...new Set(turns)].filter((day) => !days.has(day))).toEqual([]);
  });
});
