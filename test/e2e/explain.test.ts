import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { Explanation, WhyAnswer } from '../../agents/customer-data-graph/interface.ts';
import { cohortium, cohortiumJson, temporaryFolder } from './command-line.ts';

const directory = join(temporaryFolder(), 'shop');
type Answer = Explanation & { readonly why: WhyAnswer | null };
const explain = (customer: string, ...more: string[]): Promise<Answer> => cohortiumJson(['explain', customer, '--dir', directory, ...more]);
let shown: Answer;

beforeAll(async () => {
  await cohortiumJson(['quickstart', '--out', directory, '--customers', '300']);
  for (let number = 1; number <= 300; number++) {
    const customer = `c${String(number).padStart(3, '0')}`;
    const { status, stdout } = await cohortium(['explain', customer, '--dir', directory, '--json']);
    const answer = status === 0 ? (JSON.parse(stdout) as Answer) : undefined; // the shape that the command documents
    if (!answer?.why || answer.why.breakdown.valueMinor < 1000) continue;
    shown = answer;
    break;
  }
});

describe('why a value is what it is', () => {
  it('adds up: base, groups and calibration to the value, models to what was there before calibration', () => {
    const { breakdown } = shown.why as WhyAnswer; // chosen with one
    const { baseMinor, groups, models, calibrationMinor, valueMinor } = breakdown;
    const byGroup = baseMinor + groups.reduce((total, { minor }) => total + minor, 0);
    expect(groups.map(({ group }) => group)).toEqual(['frequency', 'recency', 'tenure', 'monetary']);
    expect(byGroup + calibrationMinor).toBeCloseTo(valueMinor, 6);
    expect(models.reduce((total, { minor }) => total + minor, 0)).toBeCloseTo(byGroup, 6);
    expect(models.reduce((total, { weight }) => total + weight, 0)).toBeCloseTo(1, 9);
    const stated = shown.facts.find(({ id }) => id === 'value')?.value;
    expect(Math.abs(Number(stated) - valueMinor / 100)).toBeLessThan(0.01);
  });

  it('computes the value again from the history as it was, and another one where it was not', () => {
    const { breakdown, variations } = shown.why as WhyAnswer;
    expect(variations[0]?.change).toBe('as it was');
    expect(variations[0]?.valueMinor).toBeCloseTo(breakdown.valueMinor, 6);
    expect(new Set(variations.map(({ valueMinor }) => Math.round(valueMinor))).size).toBeGreaterThan(1);
  });

  it('tells the nearest history that the model would have scored otherwise, which it would', async () => {
    const target = Math.ceil((shown.why?.breakdown.valueMinor ?? 0) / 100) + 5;
    const { why } = await explain(shown.customerId, '--reach', String(target));
    const found = why?.counterfactual?.found;
    expect(found?.valueMinor).toBeGreaterThanOrEqual(target * 100);
    expect(found?.changes.length).toBeGreaterThan(0);
    expect(found?.changes.map(({ feature }) => feature)).not.toContain('weeks as a customer');
  });

  it('draws the graph, and says it in words', async () => {
    const drawn = await cohortium(['explain', shown.customerId, '--dir', directory, '--dot']);
    expect(drawn.stdout).toMatch(/^digraph attribution \{\n[^]*\}\n$/);
    for (const edge of ['"group:frequency" -> "model:', '"calibration" -> "value"', '"ensemble" -> "value"'])
      expect(drawn.stdout).toContain(edge);
    const said = await cohortium(['explain', shown.customerId, '--dir', directory]);
    expect(said.stdout).toContain('How it came about:');
    expect(said.stdout).toContain('one repeat purchase more');
  });

  it('is not told for a purpose that the gate does not pass, nor for an amount that is none', async () => {
    const refused = await cohortium(['explain', shown.customerId, '--dir', directory, '--purpose', 'credit', '--json']);
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: 'counsel', why: null });
    const wrong = await cohortium(['explain', shown.customerId, '--dir', directory, '--reach', '-5']);
    expect(wrong.status).not.toBe(0);
    expect(wrong.stderr).toContain('expected an amount such as 500 or 49.90');
  });
});
