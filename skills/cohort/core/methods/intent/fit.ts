/** Fit of an intent: regression on the earlier part, calibration and judgement on the later one, bands over all. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { invertCholesky } from '../../../../sdk/numeric/index.ts';
import { bandOf, bandsBetween, bandsOfShares, type ScoreBands } from '../bands/score-bands.ts';
import { takeRows } from '../quality/canonical-order.ts';
import { orderFreeSums } from '../quality/order-free-sums.ts';
import { profileCohorts } from '../quality/profile.ts';
import { inverseScale, type Scale, scaleOf } from '../quality/standardise.ts';
import { fitLogistic } from './logistic.ts';
import type { IntentConfig, IntentModel, IntentQuality, IntentRows, ScoreMap } from './model.ts';
import { leastOutcomes, partRows } from './parts.ts';
import { measureQuality } from './quality.ts';
import { fitScoreMap, probabilityOf, scoreOfProbability } from './score-map.ts';
import { type Regression, scoresOf } from './scores.ts';

/** @throws {CohortiumError} NUMERIC_DOMAIN when rows or configuration are not usable, or either outcome is too rare */
export function fitIntent(config: IntentConfig, data: IntentRows): IntentModel {
  const { bands = 3, level = 0.9 } = config;
  checkConfig(config, bands, level);
  const { fitted, later, counts } = partRows(data);
  const columns = takeRows(data.columns, fitted);
  const scale = scaleOf(columns);
  const outcome = Uint8Array.from(fitted, (row) => data.outcome[row] ?? 0);
  const points = rowMajor(columns, scale);
  const width = data.columns.length;
  let ridge = config.ridge ?? 1;
  let found = fitLogistic(points, width, outcome, ridge);
  const isEndless = ridge === 0 && found.isEndless;
  if (isEndless) {
    ridge = 1;
    found = fitLogistic(points, width, outcome, ridge);
  }
  const size = width + 1;
  const covariance = Array.from(invertCholesky(found.factor, size));
  const standardised = Array.from(found.beta.subarray(1), (value, at) => ((scale.sd[at] ?? 0) > 0 ? value + 0 : 0));
  const intercept = found.beta[0] ?? 0;
  const regression: Regression = { scale, intercept, standardised, covariance };
  const { score } = scoresOf(regression, data.columns);

  const laterScore = Float64Array.from(later, (row) => score[row] ?? 0);
  const laterOutcome = Uint8Array.from(later, (row) => data.outcome[row] ?? 0);
  const map = fitScoreMap(laterScore, laterOutcome, level, config.calibration);
  const cut =
    typeof bands === 'number'
      ? bandsOfShares(score, bands)
      : bandsBetween(
          score,
          bands.map((at) => scoreOfProbability(map, at)),
        );
  const fittedScore = Float64Array.from(fitted, (row) => score[row] ?? 0);
  const inverse = inverseScale(scale);
  return {
    method: 'intent',
    features: data.names,
    scale,
    rows: score.length,
    events: counts.fitted[1] + counts.calibrated[1],
    parts: counts,
    isThin: Math.min(counts.fitted[0] + counts.calibrated[0], counts.fitted[1] + counts.calibrated[1]) < leastOutcomes.trusted,
    ridge,
    intercept,
    effects: data.names.map((feature, at) => ({
      feature,
      coefficient: (standardised[at] ?? 0) * (inverse[at] ?? 0),
      standardised: standardised[at] ?? 0,
    })),
    covariance,
    iterations: found.iterations,
    separating: data.names.filter((_, at) => isApart(columns[at] ?? new Float64Array(), outcome)),
    isSeparated: isEndless || isApart(fittedScore, outcome),
    map,
    level,
    bands: cut,
    quality: judge(laterScore, laterOutcome, level, map.kind),
    profile: describe(data, score, cut, map),
  };
}

/** Either half of the later part is judged by the map of the other, so that no row is judged by a map that it was in. */
function judge(score: Float64Array, outcome: Uint8Array, level: number, kind: ScoreMap['kind']): IntentQuality {
  const seen = [0, 0];
  const half = Uint8Array.from(outcome, (own) => {
    seen[own] = (seen[own] ?? 0) + 1;
    return (seen[own] ?? 0) % 2;
  });
  const maps = [0, 1].map((other) => {
    const isOther = (_: number, row: number): boolean => half[row] === other;
    return fitScoreMap(score.filter(isOther), outcome.filter(isOther), level, kind);
  });
  const probability = score.map((value, row) => {
    const map = maps[1 - (half[row] ?? 0)];
    return map ? probabilityOf(map, value) : 0;
  });
  return measureQuality(score, probability, outcome);
}

function describe(data: IntentRows, score: Float64Array, bands: ScoreBands, map: ScoreMap): IntentModel['profile'] {
  const label = Int32Array.from(score, (value) => bandOf(bands, value));
  const count = bands.names.length;
  const predicted = orderFreeSums(
    score.map((value) => probabilityOf(map, value)),
    count,
    label,
  );
  const events = new Float64Array(count);
  for (let row = 0; row < label.length; row++) events[label[row] ?? 0] = (events[label[row] ?? 0] ?? 0) + (data.outcome[row] ?? 0);
  return profileCohorts(data, label, count, scaleOf(data.columns)).map((profile, band) => ({
    ...profile,
    name: bands.names[band] ?? '',
    events: events[band] ?? 0,
    predicted: profile.size > 0 ? (predicted[band] ?? 0) / profile.size : 0,
    observed: profile.size > 0 ? (events[band] ?? 0) / profile.size : 0,
  }));
}

/** Whether values of one outcome all lie above those of the other. */
function isApart(values: Float64Array, outcome: Uint8Array): boolean {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const most = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < values.length; row++) {
    const own = outcome[row] ?? 0;
    const value = values[row] ?? 0;
    least[own] = Math.min(least[own] ?? 0, value);
    most[own] = Math.max(most[own] ?? 0, value);
  }
  const [[least0 = 0, least1 = 0], [most0 = 0, most1 = 0]] = [least, most];
  return least1 > most0 || least0 > most1;
}

function rowMajor(columns: readonly Float64Array[], scale: Scale): Float64Array {
  const width = columns.length;
  const rows = columns[0]?.length ?? 0;
  const inverse = inverseScale(scale);
  const points = new Float64Array(rows * width);
  for (const [at, column] of columns.entries()) {
    const mean = scale.mean[at] ?? 0;
    const factor = inverse[at] ?? 0;
    for (let row = 0; row < rows; row++) points[row * width + at] = ((column[row] ?? 0) - mean) * factor;
  }
  return points;
}

function checkConfig({ ridge = 1, calibration }: IntentConfig, bands: number | readonly number[], level: number): void {
  if (!(ridge >= 0 && ridge < Number.POSITIVE_INFINITY)) fail(`ridge is ${ridge}; give a number from 0`);
  if (!(level > 0 && level < 1)) fail(`level is ${level}; give a number between 0 and 1`);
  if (calibration !== undefined && calibration !== 'isotonic' && calibration !== 'platt') {
    fail(`calibration is '${String(calibration)}'; give isotonic or platt`);
  }
  if (typeof bands === 'number') {
    if (!(Number.isInteger(bands) && bands >= 2 && bands <= 20)) fail(`${bands} bands; give a whole number from 2 to 20`);
  } else if (bands.length === 0 || !bands.every((at, index) => at > 0 && at < 1 && at > (bands[index - 1] ?? 0))) {
    fail(`bands between ${bands.join(', ')}; give probabilities between 0 and 1, ascending`);
  }
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
