import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { bgNbd } from '../../skills/cohort/core/clv/bg-nbd/index.ts';
import { fitStatistics } from '../../skills/cohort/core/clv/fit-timing.ts';
import { summarizeHistories } from '../../skills/cohort/core/clv/histories.ts';
import {
  bootstrapDraws,
  forecastTotals,
  importanceDraws,
  laplaceDraws,
  laplaceIntervals,
  type ParameterDraws,
  type ParameterIntervals,
  posteriorDraws,
  profileIntervals,
  summarizeDraws,
} from '../../skills/cohort/core/clv/intervals/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';

const shared = join(import.meta.dirname, '..', '..', '..', 'shared');
const cdnow = join(shared, 'data', 'cdnow', 'btyd_cdnowSummary_cbs.csv');
const vectors = join(shared, 'vectors', 'clv-reference-vectors.json');
const isThere = existsSync(cdnow) && existsSync(vectors);

type Ends = readonly [low: number, high: number];
type Table = Readonly<Record<'r' | 'alpha' | 'a' | 'b', Ends>>;
interface Reference {
  readonly laplace_log: Table;
  readonly profile: Table;
  readonly bootstrap_1000: Table;
  readonly hmc_flat_log: Table;
  readonly total39: {
    readonly point: number;
    readonly laplace: Ends;
    readonly hmc: Ends;
    readonly bootstrap_with_customer_resampling: Ends;
    readonly actual: number;
  };
}

/**
 * Standard error of the 2.5 % quantile of n draws in units of their standard deviation: √(0.025·0.975)/φ(1.96) = 2.67 over √n.
 * Both sides of a comparison have it; four of the combined error are the tolerance. The reference had 4,000 posterior draws and
 * 1,000 refits; how many draws its totals come from it does not say, and 1,000 are assumed.
 */
const tolerance = (ours: number, theirs: number): number => 4 * 2.67 * Math.sqrt(1 / ours + 1 / theirs);

describe.skipIf(!isThere)('intervals of BG/NBD on CDNOW (skipped where the shared folder is absent)', () => {
  const lines = isThere ? readFileSync(cdnow, 'utf8').trim().split('\n').slice(1) : [];
  const rows = lines.map((line) => line.split(',').slice(1).map(Number));
  const weeks = (index: number) => Float64Array.from(rows, (row) => Math.round((row[index] ?? 0) * 7) / 7);
  const data = { x: Float64Array.from(rows, (row) => row[0] ?? 0), tx: weeks(1), T: weeks(2) };
  // The file's own shape, as its test of the vectors checks it.
  const reference = isThere
    ? (JSON.parse(readFileSync(vectors, 'utf8')) as { interval_reference_cdnow_bgnbd: Reference }).interval_reference_cdnow_bgnbd
    : undefined;
  const statistics = summarizeHistories(data);
  const model = isThere ? fitStatistics(bgNbd, statistics) : undefined;

  function use(): { fit: NonNullable<typeof model>; expected: Reference } {
    if (!model || !reference) throw new Error('the shared folder is absent');
    return { fit: model, expected: reference };
  }

  /** Ends against the reference on the log scale, in units of the deviation on that side of the fit. */
  function compare({ intervals }: ParameterIntervals, table: Table, within: number): void {
    for (const { name, point, low, high } of intervals) {
      const [expectedLow, expectedHigh] = table[name as keyof Table]; // names of bgNbd
      expect(Math.abs(Math.log(low / expectedLow)) / (Math.log(point / expectedLow) / 1.96), `low end of ${name}`).toBeLessThan(within);
      expect(Math.abs(Math.log(high / expectedHigh)) / (Math.log(expectedHigh / point) / 1.96), `high end of ${name}`).toBeLessThan(within);
    }
  }

  function compareTotals(draws: ParameterDraws, ends: Ends, resampleCustomers = false): void {
    const { expected } = use();
    const { overall } = forecastTotals({
      family: bgNbd,
      data,
      draws,
      horizon: 39,
      rng: makeRng('total'),
      withFuture: false,
      resampleCustomers,
    });
    expect(overall.point).toBeCloseTo(expected.total39.point, 2);
    const deviation = (ends[1] - ends[0]) / 3.92;
    const within = tolerance(draws.draws.length / 4, 1000);
    expect(Math.abs(overall.low - ends[0]) / deviation).toBeLessThan(within);
    expect(Math.abs(overall.high - ends[1]) / deviation).toBeLessThan(within);
  }

  it('by Laplace are those of the reference, to its four digits', () => {
    const { fit, expected } = use();
    for (const { name, low, high } of laplaceIntervals(bgNbd, fit).intervals) {
      const ends = expected.laplace_log[name as keyof Table]; // names of bgNbd
      expect(low).toBeCloseTo(ends[0], 3);
      expect(high).toBeCloseTo(ends[1], 3);
    }
  });

  it('by profile likelihood are those of the reference, to its four digits', () => {
    const { fit, expected } = use();
    const { intervals, diagnostics } = profileIntervals(bgNbd, fit, statistics);
    for (const { name, low, high } of intervals) {
      const ends = expected.profile[name as keyof Table]; // names of bgNbd
      expect(low).toBeCloseTo(ends[0], 3);
      expect(high).toBeCloseTo(ends[1], 3);
    }
    expect(diagnostics).toMatchObject({ warnings: [] });
  });

  it('by the posterior are those of the reference within Monte-Carlo error, also of the 39-week total', () => {
    const { fit, expected } = use();
    const draws = posteriorDraws(bgNbd, fit, statistics, { seed: 'reference', draws: 500 });
    expect(draws.diagnostics).toMatchObject({ divergences: 0, far: 0, warnings: [] });
    compare(summarizeDraws(draws), expected.hmc_flat_log, tolerance(2000, 4000));
    compareTotals(draws, expected.total39.hmc);
  });

  it('by importance resampling are those of the posterior', () => {
    const { fit, expected } = use();
    const draws = importanceDraws(bgNbd, fit, statistics, { seed: 'reference', draws: 2000 });
    expect(draws.diagnostics.paretoK).toBeLessThan(0.7);
    compare(summarizeDraws(draws), expected.hmc_flat_log, tolerance(2000, 4000));
  });

  it('by the bootstrap are those of the reference, also of the 39-week total with resampled customers', () => {
    const { fit, expected } = use();
    const draws = bootstrapDraws(bgNbd, fit, statistics, { seed: 'reference' });
    expect(draws.diagnostics).toMatchObject({ refits: 1000, failed: 0 });
    compare(summarizeDraws(draws), expected.bootstrap_1000, tolerance(1000, 1000));
    compareTotals(draws, expected.total39.bootstrap_with_customer_resampling, true);
  });

  it('of the 39-week total by Laplace are those of the reference, and those with the future drawn are wider', () => {
    const { fit, expected } = use();
    const draws = laplaceDraws(bgNbd, fit, { seed: 'reference' });
    compareTotals(draws, expected.total39.laplace);
    const { overall, covers } = forecastTotals({ family: bgNbd, data, draws, horizon: 39, rng: makeRng('total'), withFuture: true });
    expect(covers).toBe('parameters and future purchases');
    // BG/NBD is 12 % low on CDNOW: no interval of the model's own holds the 1,882 that were bought.
    expect(overall.high).toBeLessThan(expected.total39.actual);
    expect(overall.high - overall.low).toBeGreaterThan(1.2 * (expected.total39.laplace[1] - expected.total39.laplace[0]));
  });
});
