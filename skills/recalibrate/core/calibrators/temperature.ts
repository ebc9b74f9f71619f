/**
 * Temperature scaling: log-odds divided by one number. Mends predictions that are too sure or not sure enough; ranks, and which
 * side of one half a prediction is on, stay. Says nothing about a rate that is off as a whole.
 */
import { sigmoid, sum } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';
import { clampedLogit } from './log-odds.ts';
import { minimizeLogistic } from './newton.ts';

export interface TemperatureModel {
  readonly kind: 'temperature';
  /** Above 1 draws towards one half; within [0.01, 100]. */
  readonly temperature: number;
  readonly n: number;
}

/** Rows that are told apart without error would ask for 0, predictions that tell nothing for infinity. */
const limits = { coldest: 0.01, hottest: 100 };

/** @see Guo, Pleiss, Sun & Weinberger (2017), "On calibration of modern neural networks" */
export const temperature = makeCalibrator<object, TemperatureModel>({
  id: 'temperature',
  target: 'probability',
  complexity: 1,
  isMonotone: true,
  needsBothClasses: true,
  fitTallies: (_, { predicted, weight, total }) => {
    const { coefficients } = minimizeLogistic({
      columns: [predicted.map(clampedLogit)],
      target: total.map((own, at) => own / (weight[at] ?? 1)),
      weight,
      precision: 0,
      centre: [1],
      start: [1],
      tolerance: 1e-9,
    });
    const [inverse = 1] = coefficients;
    const wanted = inverse > 0 ? 1 / inverse : limits.hottest;
    return { kind: 'temperature', temperature: Math.min(limits.hottest, Math.max(limits.coldest, wanted)), n: sum(weight) };
  },
  mapOf: (model) => (predicted) => sigmoid(clampedLogit(predicted) / model.temperature),
});
