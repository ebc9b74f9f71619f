/** What every cohort method promises, checked on all of them in the same way. */
import { describe, expect, it } from 'vitest';

import { methodIds } from '../../skills/cohort/definitions/definition.ts';
import { CohortiumError } from '../../skills/sdk/errors.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { cohortSubjects } from '../fixtures/cohort-subjects.ts';

it('covers every method that definitions can name', () => {
  expect(new Set(cohortSubjects.map(({ id }) => id))).toEqual(new Set([...methodIds, 'hdbscan']));
});

/** A shuffle of the rows. */
function shuffled(rows: number, seed: string): number[] {
  const rng = makeRng(seed);
  const order = Array.from({ length: rows }, (_, row) => row);
  for (let last = rows - 1; last > 0; last--) {
    const other = rng.integer(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

describe.each(cohortSubjects.map((subject) => [subject.id, subject] as const))('%s', (id, subject) => {
  const model = subject.fit('seed');
  const { label, confidence, kind } = subject.assign(model);

  it('gives the same seed and rows the same bytes', () => {
    expect(subject.fit('seed') === model).toBe(true);
  });

  it.each(['one', 'another'])('gives the same model and labels whatever the order of rows (%s)', (seed) => {
    const order = shuffled(subject.rows, seed);
    const turned = subject.fit('seed', order);
    expect(turned === model).toBe(true);
    const assigned = subject.assign(turned, order);
    expect([...assigned.label]).toEqual(order.map((row) => label[row]));
    expect([...assigned.confidence]).toEqual(order.map((row) => confidence[row]));
  });

  it('names its cohorts from 0 without gaps, and says how sure it is between 0 and 1', () => {
    expect(label).toHaveLength(subject.rows);
    expect(label.every((cohort) => cohort >= -1)).toBe(true);
    expect(confidence.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(['posterior', 'margin', 'density', 'frequency', 'rule']).toContain(kind);
    expect(new Set(label).size).toBeGreaterThan(1);
  });

  it('keeps its model through JSON', () => {
    expect(model).not.toContain('null,null');
    expect(JSON.stringify(JSON.parse(model)) === model).toBe(true);
    expect(model).toContain(`"method":"${id}"`);
  });

  it('takes customers that it was not fitted on', () => {
    const { assigned, rows } = subject.assignUnseen(model);
    expect(assigned.label).toHaveLength(rows);
    expect(assigned.label.every((cohort) => Number.isInteger(cohort) && cohort >= -1)).toBe(true);
    expect(assigned.confidence.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(new Set(assigned.label).size).toBeGreaterThan(1);
  });

  it.each(subject.refused)('refuses %s, and says what to do', (_, fit) => {
    let refusal: unknown;
    try {
      fit();
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(CohortiumError);
    expect(refusal).toMatchObject({ code: 'NUMERIC_DOMAIN' });
    expect(String(refusal).length).toBeGreaterThan(40);
  });
});
