/**
 * Fit of a Gaussian mixture: a sample of rows in an order of their own, several starts tried on few of them, the number of
 * cohorts by BIC, the climb on the sample, and one pass over all rows for sizes and profiles.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, makeRng } from '../../../../sdk/numeric/index.ts';
import { canonicalOrder, everyNth } from '../canonical-order.ts';
import { type FeatureScale, countRows, layOutRows, measureScale } from '../feature-rows.ts';
import type { FeatureColumns } from '../method.ts';
import { type CheckedConfig, checkConfig, type GaussianMixtureConfig, shapeOf } from './config.ts';
import type { CovarianceShape, Mixture } from './covariance-shape.ts';
import { scaleStart } from './given-start.ts';
import { startFromKMeans } from './k-means-start.ts';
import { maximize, type Maximized } from './maximize.ts';
import type { ChoicePoint, GaussianMixtureModel } from './model.ts';
import { profileCohorts } from './profile.ts';

/** Rows on which starts are compared and the number of cohorts is chosen. */
const trialRows = 20_000;
/** Iterations after which starts are compared. @see Biernacki, Celeux & Govaert (2003), "Choosing starting values for the EM algorithm" */
const trialIterations = 15;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for no rows, no features, values that are not finite, a configuration out of its limits, or a
 *   covariance that is singular because its floor is 0
 */
export function fitMixture(config: GaussianMixtureConfig, data: FeatureColumns, seed: string): GaussianMixtureModel {
  const checked = checkConfig(config);
  const rows = countRows(data);
  if (rows === 0 || data.names.length === 0) {
    throw new CohortiumError('NUMERIC_DOMAIN', `a fit needs a row and a feature; found ${rows} rows, ${data.names.length} features`);
  }
  const rng = makeRng(`gaussian-mixture/${seed}`);
  const shape = shapeOf(checked.kind);
  const width = data.names.length;
  const order = canonicalOrder(data.columns, rows);
  const chosen = everyNth(order, checked.maxRows, rng.split('sample').uniform());
  const measured = measureScale(data, chosen);
  const scale: FeatureScale = checked.isStandard ? measured : { ...measured, scale: measured.scale.map(() => 1) };
  const layOut = (part: Uint32Array): Float64Array => {
    const into = new Float64Array(part.length * width);
    layOutRows(data.columns, scale, part, 0, part.length, into);
    return into;
  };
  const sample = layOut(chosen);

  const found = checked.start
    ? { start: scaleStart(checked.start, checked.kind, scale), choice: [] }
    : findStart(shape, checked, layOut(everyNth(chosen, trialRows, rng.split('trial').uniform())), width, seed);
  const fitted = maximize(shape, found.start, sample, checked);
  const { ranking, profile } = profileCohorts(shape, fitted.mixture, data, scale, order);
  const { weights, means, covariances } = fitted.mixture;
  const matrices = checked.kind === 'tied' ? [0] : ranking;
  const perMatrix = checked.kind === 'diagonal' ? width : width * width;
  return {
    method: 'gaussian-mixture',
    features: [...data.names],
    covariance: checked.kind,
    ...scale,
    weights: ranking.map((component) => weights[component] ?? 0),
    means: ranking.map((component) => Array.from(means.subarray(component * width, (component + 1) * width))),
    covariances: matrices.map((matrix) => Array.from(covariances.subarray(matrix * perMatrix, (matrix + 1) * perMatrix))),
    logLikelihood: fitted.logLikelihood,
    bic: bicOf(shape, fitted, chosen.length),
    iterations: fitted.iterations,
    converged: fitted.converged,
    rows,
    fittedRows: chosen.length,
    choice: found.choice,
    profile,
  };
}

interface FoundStart {
  readonly start: Mixture;
  readonly choice: readonly ChoicePoint[];
}

/** The best of several starts; for a range of sizes that of the size with the lowest BIC, each climbed to its end. */
function findStart(shape: CovarianceShape, config: CheckedConfig, trial: Float64Array, width: number, seed: string): FoundStart {
  const distinct = countDistinct(trial, width, config.to);
  const from = Math.min(config.from, distinct);
  const to = Math.min(config.to, distinct);
  const count = trial.length / width;
  if (from === to) return { start: bestStart(shape, config, trial, width, to, seed).mixture, choice: [] };
  const choice: ChoicePoint[] = [];
  let best: { readonly mixture: Mixture; readonly bic: number } | undefined;
  for (let size = from; size <= to; size++) {
    const climbed = maximize(shape, bestStart(shape, config, trial, width, size, seed).mixture, trial, config);
    const bic = bicOf(shape, climbed, count);
    choice.push({ cohorts: size, rows: count, logLikelihood: climbed.logLikelihood, bic });
    if (!best || bic < best.bic) best = { mixture: climbed.mixture, bic };
  }
  if (!best) throw new CohortiumError('NUMERIC_DOMAIN', `no number of cohorts from ${from} to ${to}; give a range that is not empty`);
  return { start: best.mixture, choice };
}

function bestStart(
  shape: CovarianceShape,
  config: CheckedConfig,
  trial: Float64Array,
  width: number,
  size: number,
  seed: string,
): Maximized {
  const climb = (restart: number): Maximized => {
    const rng = makeRng(`gaussian-mixture/${seed}`).split(`${size} cohorts, start ${restart}`);
    const start = startFromKMeans(shape, trial, width, size, rng, config.floor);
    return maximize(shape, start, trial, { ...config, maxIterations: Math.min(trialIterations, config.maxIterations) });
  };
  let best = climb(0);
  for (let restart = 1; restart < (size === 1 ? 1 : config.restarts); restart++) {
    const other = climb(restart);
    if (other.logLikelihood > best.logLikelihood) best = other;
  }
  return best;
}

/** @see Schwarz (1978), "Estimating the dimension of a model" */
function bicOf(shape: CovarianceShape, { mixture, logLikelihood }: Maximized, rows: number): number {
  const { size, width } = mixture;
  const free = size - 1 + size * width + shape.freeNumbers(size, width);
  return -2 * logLikelihood * rows + free * log(rows);
}

/** How many rows differ, counted up to a limit; identical rows stand together. */
function countDistinct(rows: Float64Array, width: number, limit: number): number {
  let distinct = 1;
  for (let at = width; at < rows.length && distinct < limit; at += width) {
    for (let feature = 0; feature < width; feature++) {
      if (rows[at + feature] !== rows[at - width + feature]) {
        distinct += 1;
        break;
      }
    }
  }
  return distinct;
}
