/**
 * Whether predicted spend adds up to what was spent, in sum and by tenths, as `cohortium/calibration` measures it. The interval of one
 * origin draws rows, which are its customers; that of all origins draws customers, who have several rows, and comes with the bias.
 */
import { decileLift, measureMeans, poissonDeviance } from '../../../../skills/recalibrate/core/measures/index.ts';
import type { Measured, ModelCalibration } from '../models/model-interface.ts';
import { drawsFor, type ScoredRows } from './value-metrics.ts';

/** @param bias of the same rows */
export function calibrationOf({ predicted, actual }: ScoredRows, bias: Measured | null): ModelCalibration {
  const rows = { predicted, outcome: actual };
  return { observedOverExpected: bias && inTheLarge(bias), poissonDeviance: poissonDeviance(rows), lift: decileLift(rows) };
}

/** Of one origin. */
export function observedOverExpected(predicted: Float64Array, actual: Float64Array, seed: string): Measured | null {
  const found = measureMeans({ predicted, outcome: actual }, { seed, draws: drawsFor(predicted.length) }).observedOverExpected;
  return found && { value: found.value, low: found.low, high: found.high };
}

/** What was spent over what was predicted is 1 / (1 + bias), which turns the ends of the interval around. */
function inTheLarge({ value, low, high }: Measured): Measured | null {
  return low > -1 ? { value: 1 / (1 + value), low: 1 / (1 + high), high: 1 / (1 + low) } : null;
}
