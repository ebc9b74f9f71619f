/**
 * Fit of a Gaussian mixture: a sample of rows in an order of their own, several starts tried on few of them, the number of
 * cohorts by BIC, the climb on the sample, and one pass over all rows for sizes and profiles.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, makeRng } from '../../../../sdk/numeric/index.ts';
import type { FeatureColumns } from '../method.ts';
import { canonicalOrder, evenSample } from '../quality/canonical-order.ts';
import { checkFeatures } from '../quality/check-features.ts';
import { orderFreeSums } from '../quality/order-free-sums.ts';
import { profileCohorts } from '../quality/profile.ts';
import { scaleOf } from '../quality/standardise.ts';
import { assignRows } from './assign.ts';
import { type CheckedConfig, checkConfig, type GaussianMixtureConfig, shapeOf } from './config.ts';
import type { CovarianceShape, Mixture } from './covariance-shape.ts';
import { scaleStart } from './given-start.ts';
import { startFromKMeans } from './k-means-start.ts';
import { layOutRows, rowScale } from './lay-out-rows.ts';
import { maximize, type Maximized } from './maximize.ts';
import type { ChoicePoint, GaussianMixtureModel, MixtureProfile } from './model.ts';
import { numberComponents } from './number-components.ts';

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
  const rows = checkFeatures(data);
  const rng = makeRng(`gaussian-mixture/${seed}`);
  const shape = shapeOf(checked.kind);
  const width = data.names.length;
  const scale = scaleOf(data.columns);
  const toRow = rowScale(scale, checked.scaling);
  const chosen = evenSample(canonicalOrder(data.columns), checked.maxRows, rng.split('sample').uniform());
  const layOut = (part: Uint32Array): Float64Array => {
    const into = new Float64Array(part.length * width);
    layOutRows(data.columns, toRow, part, 0, part.length, into);
    return into;
  };

  const found = checked.start
    ? { start: scaleStart(checked.start, checked.kind, toRow), choice: [] }
    : findStart(shape, checked, layOut(evenSample(chosen, trialRows, rng.split('trial').uniform())), width, seed);
  const fitted = maximize(shape, found.start, layOut(chosen), checked);

  const { label: component, confidence } = assignRows(shape, fitted.mixture, data.columns, toRow);
  const { mixture, label } = numberComponents(fitted.mixture, component, checked.kind === 'tied');
  const certainty = orderFreeSums(confidence, mixture.size, label);
  const profile = profileCohorts(data, label, mixture.size, scale).map((cohort, index): MixtureProfile => ({
    ...cohort,
    confidence: cohort.size > 0 ? (certainty[index] ?? 0) / cohort.size : 0,
  }));
  return {
    method: 'gaussian-mixture',
    features: [...data.names],
    scaling: checked.scaling,
    scale,
    covariance: checked.kind,
    weights: Array.from(mixture.weights),
    means: inParts(mixture.means, width),
    covariances: inParts(mixture.covariances, checked.kind === 'diagonal' ? width : width * width),
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

function inParts(values: Float64Array, length: number): number[][] {
  return Array.from({ length: values.length / length }, (_, part) => Array.from(values.subarray(part * length, (part + 1) * length)));
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
