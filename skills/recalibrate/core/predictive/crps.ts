/**
 * Continuous ranked probability score: distance between a predictive distribution and what came true, in the unit of the
 * outcome; for a bare prediction it is the absolute error. One score per row; less is better.
 */
import { exp, normalCdf } from '../../../sdk/numeric/index.ts';
import { checkColumns, fail } from '../conformal/rows.ts';
import { checkEnsemble, type Ensemble } from './ensemble.ts';
import { pinballLoss, type QuantileForecast } from './quantile-forecast.ts';

export interface EnsembleOptions {
  /**
   * True takes the draws as a sample of the distribution that is judged, and is unbiased for any number of them (needs two);
   * false, the default, judges the draws themselves as the distribution.
   */
  readonly isFair?: boolean;
}

/**
 * mean |draw − outcome| − ½ · mean |draw − other draw|, by sorting.
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, values that are not finite, too few draws
 * @see Gneiting & Raftery (2007), eq. 21; Ferro (2014), "Fair scores for ensemble forecasts", for the fair one
 */
export function crpsOfEnsemble({ draws, perRow }: Ensemble, outcome: Float64Array, { isFair = false }: EnsembleOptions = {}): Float64Array {
  checkEnsemble({ draws, perRow }, outcome, isFair ? 2 : 1);
  return outcome.map((value, row) => {
    const sorted = draws.slice(row * perRow, (row + 1) * perRow).sort();
    let away = 0;
    // Σ over pairs of |difference|, each pair once: the k-th of m sorted draws counts 2k − m + 1 times.
    let spread = 0;
    sorted.forEach((draw, place) => {
      away += Math.abs(draw - value);
      spread += (2 * place - perRow + 1) * draw;
    });
    return away / perRow - spread / (perRow * (isFair ? perRow - 1 : perRow));
  });
}

/**
 * σ·(z·(2Φ(z) − 1) + 2φ(z) − 1/√π) of a normal distribution.
 * @param sd ≥ 0; 0 gives the absolute error
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, values that are not finite, or sd < 0
 * @see Gneiting & Raftery (2007), "Strictly Proper Scoring Rules, Prediction, and Estimation", eq. 5
 */
export function crpsOfNormal(mean: Float64Array, sd: Float64Array, outcome: Float64Array): Float64Array {
  checkColumns({ mean, sd, outcome });
  const wrong = sd.findIndex((value) => value < 0);
  if (wrong >= 0) fail(`'sd' has ${sd[wrong]} in row ${wrong}; give a standard deviation of 0 or more`);
  return outcome.map((value, row) => {
    const [middle, spread] = [mean[row] ?? 0, sd[row] ?? 0];
    if (spread === 0) return Math.abs(value - middle);
    const away = Math.abs(value - middle);
    // Infinite for a spread of next to nothing; the distance itself is not.
    const z = away / spread;
    const density = exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    return away * (2 * normalCdf(z) - 1) + spread * (2 * density - 1 / Math.sqrt(Math.PI));
  });
}

/**
 * 2 · Σ weight · pinball loss over the levels. Each level stands for the probabilities half-way to its neighbours, so levels
 * need not be evenly spaced; the finer they are, the closer to the integral.
 * @throws {CohortiumError} NUMERIC_DOMAIN as pinballLoss
 * @see Laio & Tamea (2007), "Verification tools for probabilistic forecasts of continuous hydrological variables"
 */
export function crpsOfQuantiles(forecast: QuantileForecast, outcome: Float64Array): Float64Array {
  const { levels } = forecast;
  const losses = pinballLoss(forecast, outcome);
  const edges = [0, ...levels.slice(1).map((level, index) => (level + (levels[index] ?? 0)) / 2), 1];
  return outcome.map((_, row) => {
    let total = 0;
    losses.forEach((loss, index) => {
      total += ((edges[index + 1] ?? 1) - (edges[index] ?? 0)) * (loss[row] ?? 0);
    });
    return 2 * total;
  });
}

/**
 * Score of the forecast that knows only how outcomes are spread over all rows: the reference for a skill.
 * @returns one score per row, mean ½ · mean |outcome − other outcome|
 */
export function crpsOfClimatology(outcome: Float64Array): Float64Array {
  checkColumns({ outcome });
  const n = outcome.length;
  const sorted = outcome.toSorted();
  const before = new Float64Array(n + 1);
  let spread = 0;
  sorted.forEach((value, place) => {
    before[place + 1] = (before[place] ?? 0) + value;
    spread += (2 * place - n + 1) * value;
  });
  const half = spread / (n * n);
  const total = before[n] ?? 0;
  const scores = new Map<number, number>();
  sorted.forEach((value, place) => {
    if (!scores.has(value)) scores.set(value, (value * (2 * place - n) + total - 2 * (before[place] ?? 0)) / n - half);
  });
  return outcome.map((value) => scores.get(value) ?? 0);
}
