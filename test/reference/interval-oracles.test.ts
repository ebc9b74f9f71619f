/**
 * Measures of predictive distributions against the oracle file: uncertainty-toolbox, MAPIE, properscoring and the count example.
 * Needs ../shared, and skips, saying so, without it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  continuousPit,
  crpsOfEnsemble,
  crpsOfNormal,
  crpsOfQuantiles,
  intervalQuality,
  levelCalibration,
  logScoreOfNormal,
  meanScore,
  pinballLoss,
  pitHistogram,
  pitOfCounts,
  scoreCounts,
  winklerScores,
} from '../../skills/recalibrate/core/predictive/index.ts';
import { normalCdf, normalQuantile } from '../../skills/sdk/numeric/index.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'gate-oracles.json');

interface Oracles {
  readonly uct: {
    readonly y_pred: number[];
    readonly y_std: number[];
    readonly y_true: number[];
    readonly crps_gaussian: number;
    readonly expected_uct: Readonly<Record<string, number>>;
  };
  readonly crps_ensemble: { readonly ens: number[]; readonly y: number; readonly crps: number; readonly crps_fair: number };
  readonly pit_count_nonrandomised_poisson: {
    readonly y: number[];
    readonly lam: number[];
    readonly hist10: number[];
    readonly dss: number;
    readonly rps: number;
  };
  readonly winkler_mapie: {
    readonly y: number[];
    readonly lo: number[];
    readonly hi: number[];
    readonly alpha: number;
    readonly expected_mean: number;
  };
  readonly coverage_mapie: {
    readonly y: number[];
    readonly lo: number[];
    readonly hi: number[];
    readonly coverage: number;
    readonly mean_width: number;
  };
}

describe.skipIf(!existsSync(file))('measures of intervals and distributions (skipped where the folder of vectors is absent)', () => {
  const oracles = (): Oracles => JSON.parse(readFileSync(file, 'utf8')) as Oracles;
  const column = (values: readonly number[]): Float64Array => Float64Array.from(values);

  describe('as uncertainty-toolbox has them for μ = 1, 2, 3, σ = 0.1, 0.5, 1', () => {
    const [mean, sd, outcome] = [Float64Array.of(1, 2, 3), Float64Array.of(0.1, 0.5, 1), Float64Array.of(1.5, 3, 2)];
    const pit = continuousPit(outcome.map((value, row) => normalCdf((value - mean[row]!) / sd[row]!)));
    const expected = (name: string): number => oracles().uct.expected_uct[name]!;
    const levels = Array.from({ length: 99 }, (_, index) => (index + 1) / 100);

    it('on the same rows', () => {
      expect([oracles().uct.y_pred, oracles().uct.y_std, oracles().uct.y_true]).toEqual([[...mean], [...sd], [...outcome]]);
    });

    it('CRPS of a normal distribution to 11 digits, and the logarithmic score', () => {
      const { mean: score } = meanScore(crpsOfNormal(mean, sd, outcome));
      expect(score).toBeCloseTo(expected('crps'), 10);
      expect(score).toBeCloseTo(oracles().uct.crps_gaussian, 14);
      expect(meanScore(logScoreOfNormal(mean, sd, outcome)).mean).toBeCloseTo(expected('nll'), 13);
    });

    it('calibration of intervals at 100 levels: root mean square, mean absolute, area', () => {
      const found = levelCalibration(pit, 'interval', 100);
      expect(found.rootMeanSquareError).toBeCloseTo(expected('rmsce_interval'), 12);
      expect(found.meanAbsoluteError).toBeCloseTo(expected('mace_interval'), 12);
      expect(found.miscalibrationArea).toBeCloseTo(expected('miscal_area_interval'), 12);
    });

    it('calibration of quantiles at 100 levels, to the seven digits of the reference', () => {
      const found = levelCalibration(pit, 'quantile', 100);
      expect(found.rootMeanSquareError).toBeCloseTo(0.3036257, 7);
      expect(found.meanAbsoluteError).toBeCloseTo(0.2375758, 7);
      expect(found.miscalibrationArea).toBeCloseTo(0.2391625, 7);
    });

    it('check score of 99 quantiles, and the CRPS that it is half of but for the spacing', () => {
      const forecast = { levels, quantiles: levels.map((level) => mean.map((value, row) => value + sd[row]! * normalQuantile(level))) };
      const losses = pinballLoss(forecast, outcome).map((loss) => meanScore(loss).mean);
      expect(meanScore(column(losses)).mean).toBeCloseTo(expected('check_score'), 12);
      expect(meanScore(crpsOfQuantiles(forecast, outcome)).mean).toBeCloseTo(expected('crps'), 2);
    });

    it('interval score over 99 levels', () => {
      const scores = levels.map((level) => {
        const half = sd.map((value) => value * normalQuantile((1 + level) / 2));
        const interval = { low: mean.map((value, row) => value - half[row]!), high: mean.map((value, row) => value + half[row]!) };
        return meanScore(winklerScores(interval, outcome, level)).mean;
      });
      expect(meanScore(column(scores)).mean).toBeCloseTo(expected('interval_score'), 11);
    });

    it('sharpness, the root of the mean variance', () => {
      expect(Math.sqrt(meanScore(sd.map((value) => value * value)).mean)).toBeCloseTo(expected('sharpness'), 14);
    });
  });

  it('CRPS of an ensemble, and the fair one', () => {
    const { crps_ensemble: crps } = oracles();
    const ensemble = { draws: column(crps.ens), perRow: 5 };
    expect(crpsOfEnsemble(ensemble, Float64Array.of(crps.y))[0]).toBeCloseTo(crps.crps, 14);
    expect(crpsOfEnsemble(ensemble, Float64Array.of(crps.y), { isFair: true })[0]).toBeCloseTo(crps.crps_fair, 14);
  });

  it('non-randomised PIT, RPS and DSS of Poisson counts', () => {
    const { pit_count_nonrandomised_poisson: counts } = oracles();
    const [forecast, outcome] = [{ mean: column(counts.lam) }, column(counts.y)];
    const { bins } = pitHistogram(pitOfCounts(forecast, outcome));
    bins.forEach(({ share }, index) => expect(share).toBeCloseTo(counts.hist10[index]!, 13));
    expect(bins.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1, 14);
    const scores = scoreCounts(forecast, outcome);
    expect(meanScore(scores.rankedProbability).mean).toBeCloseTo(counts.rps, 12);
    expect(meanScore(scores.dawidSebastiani).mean).toBeCloseTo(counts.dss, 12);
  });

  it('Winkler score of MAPIE, its crossed interval turned round and counted', () => {
    const { winkler_mapie: winkler } = oracles();
    const interval = { low: column(winkler.lo), high: column(winkler.hi) };
    const found = intervalQuality(interval, column(winkler.y), 1 - winkler.alpha);
    expect(found).toMatchObject({ meanScore: expect.closeTo(winkler.expected_mean, 11), crossed: 1 });
  });

  it('coverage and width of MAPIE', () => {
    const { coverage_mapie: coverage } = oracles();
    const found = intervalQuality({ low: column(coverage.lo), high: column(coverage.hi) }, column(coverage.y), 0.9);
    expect(found.coverage).toBe(coverage.coverage);
    expect(found.meanWidth).toBeCloseTo(coverage.mean_width, 14);
  });
});
