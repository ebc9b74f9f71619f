import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../sdk/numeric/index.ts';
import { mbgNbd } from '../clv/bg-nbd/index.ts';
import { type AnyTimingFamily, timingFamily } from '../clv/families.ts';
import { outOfFold, stackModels } from './index.ts';

/** Customers of an MBG/NBD, by week, who began within half a year. */
function purchases(customers: number): { customerId: string[]; day: number[] } {
  const rng = makeRng('out of fold');
  const rows = { customerId: [] as string[], day: [] as number[] };
  for (let customer = 0; customer < customers; customer++) {
    const first = rng.integer(182);
    for (const time of [0, ...mbgNbd.simulate({ r: 0.7, alpha: 5, a: 0.6, b: 2 }, 78, rng)]) {
      rows.customerId.push(`c${customer}`);
      rows.day.push(first + Math.floor(time * 7));
    }
  }
  return rows;
}

const request = {
  purchases: purchases(500),
  families: ['nbd', 'bg-nbd', 'mbg-nbd'].map(timingFamily),
  origins: [250, 341],
  horizonDays: 91,
};

describe('predictions out of fold', () => {
  const found = outOfFold(request);

  it('have one row per origin and customer known then', () => {
    expect(found.families).toEqual(['nbd', 'bg-nbd', 'mbg-nbd']);
    expect(found.predictions.map((column) => column.length)).toEqual([1000, 1000, 1000]);
    expect([...new Set(found.origin)]).toEqual([250, 341]);
    const bought = new Set(
      request.purchases.day.flatMap((day, row) => (day > 250 && day <= 341 ? [`${request.purchases.customerId[row]} ${day}`] : [])),
    );
    expect(sum(found.actual.filter((_, row) => found.origin[row] === 250))).toBe(bought.size);
    expect(new Set(found.group).size).toBe(500);
    expect(found.models.map((models) => models.map(({ family }) => family))).toEqual([found.families, found.families]);
  });

  it('stack to something no worse than any family, within chance', () => {
    const { overall } = stackModels(found);
    expect(overall.n).toBe(1000);
    expect(overall.deviance.crossValidated).toBeLessThan(1.02 * Math.min(...overall.deviance.single));
  });

  it('leave out a family that cannot be fitted, and say why', () => {
    const broken: AnyTimingFamily = { ...timingFamily('nbd'), id: 'broken', start: () => [1], limits: [] };
    const failing: AnyTimingFamily = {
      ...broken,
      objective: () => (_, gradient) => {
        gradient.fill(1);
        return 0;
      },
    };
    const partial = outOfFold({ ...request, families: [failing, timingFamily('nbd')], origins: [250] });
    expect(partial.families).toEqual(['nbd']);
    expect(partial.leftOut).toHaveLength(1);
    expect(partial.leftOut[0]!.reason).toMatch(/day 250: /);
    expect(() => outOfFold({ ...request, families: [failing] })).toThrow(/no family could be fitted on every origin/);
  });

  it('say what is wrong with bad input', () => {
    expect(() => outOfFold({ ...request, origins: [] })).toThrow(/found 0, 3 and 91/);
    expect(() => outOfFold({ ...request, horizonDays: 0 })).toThrow(/a horizon above 0/);
  });
});
