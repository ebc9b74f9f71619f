/** Predictive distributions of counts: where outcomes fell in them, and proper scores. Refuses outcomes that are no counts. */
import { exp, log, log1p } from '../../../sdk/numeric/index.ts';
import { checkColumns, fail } from '../conformal/rows.ts';
import type { PitRows } from './pit.ts';

/** Counts with a mean per row: Poisson, or negative binomial with variance mean + mean² / size. */
export interface CountForecast {
  /** > 0. */
  readonly mean: Float64Array;
  /** > 0; absent for Poisson. */
  readonly size?: Float64Array;
}

export interface CountScores {
  /** Ranked probability score: the CRPS of counts, in counts. */
  readonly rankedProbability: Float64Array;
  /** ((outcome − mean) / sd)² + 2·log(sd). */
  readonly dawidSebastiani: Float64Array;
}

/** Every count up to the outcome is looked at. */
const mostCount = 1e7;

/**
 * P(less) and P(or less) of each outcome, for the PIT histogram.
 * @param outcome integers ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN for outcomes that are no counts, means or sizes that are not above 0
 */
export function pitOfCounts(forecast: CountForecast, outcome: Float64Array): PitRows {
  checkCounts(forecast, outcome);
  const below = new Float64Array(outcome.length);
  const at = outcome.map((count, row) => {
    const next = masses(forecast, row);
    let total = 0;
    for (let k = 0; k < count; k++) total += next();
    below[row] = Math.min(1, total);
    return Math.min(1, total + next());
  });
  return { below, at };
}

/**
 * @param outcome integers ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN as pitOfCounts
 * @see Czado, Gneiting & Held (2009), "Predictive Model Assessment for Count Data", section 3
 */
export function scoreCounts(forecast: CountForecast, outcome: Float64Array): CountScores {
  checkCounts(forecast, outcome);
  const dawidSebastiani = outcome.map((count, row) => {
    const variance = varianceOf(forecast, row);
    const away = count - (forecast.mean[row] ?? 0);
    return (away * away) / variance + log(variance);
  });
  return { rankedProbability: outcome.map((count, row) => rankedProbability(forecast, row, count)), dawidSebastiani };
}

function rankedProbability(forecast: CountForecast, row: number, count: number): number {
  // Past the outcome and twelve deviations above the mean, what is left of the sum is below its rounding.
  const last = Math.max(count, (forecast.mean[row] ?? 0) + 12 * Math.sqrt(varianceOf(forecast, row)) + 40);
  const next = masses(forecast, row);
  let cumulative = 0;
  let total = 0;
  for (let k = 0; k <= last; k++) {
    cumulative += next();
    const off = cumulative - (count <= k ? 1 : 0);
    total += off * off;
    if (k >= count && 1 - cumulative < 1e-12) break;
  }
  return total;
}

/** P(0), P(1), … one after another: each from the one before, since gamma functions of a large size leave nothing of their difference. */
function masses({ mean, size }: CountForecast, row: number): () => number {
  const m = mean[row] ?? 1;
  const s = size?.[row];
  let k = 0;
  let logMass = s === undefined ? -m : -s * log1p(m / s);
  return () => {
    const mass = exp(logMass);
    k += 1;
    logMass += log(m / k) + (s === undefined ? 0 : log((k - 1 + s) / (m + s)));
    return mass;
  };
}

function varianceOf({ mean, size }: CountForecast, row: number): number {
  const m = mean[row] ?? 1;
  const s = size?.[row];
  return s === undefined ? m : m + (m * m) / s;
}

function checkCounts({ mean, size }: CountForecast, outcome: Float64Array): void {
  checkColumns({ outcome, mean, ...(size && { size }) });
  const wrong = outcome.findIndex((count) => !(Number.isInteger(count) && count >= 0));
  if (wrong >= 0) fail(`outcome ${outcome[wrong]} in row ${wrong} is no count; give whole numbers from 0`);
  for (const [name, column] of [['mean', mean] as const, ['size', size] as const]) {
    const low = column?.findIndex((value) => !(value > 0)) ?? -1;
    if (low >= 0) fail(`'${name}' has ${column?.[low]} in row ${low}; give a number above 0`);
  }
  const huge = outcome.findIndex((count, row) => Math.max(count, mean[row] ?? 0) > mostCount);
  if (huge >= 0) {
    fail(
      `row ${huge} has outcome ${outcome[huge]} and mean ${mean[huge]}; counts go to ${mostCount}: score larger amounts by draws or quantiles`,
    );
  }
}
