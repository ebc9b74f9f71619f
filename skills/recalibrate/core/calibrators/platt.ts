/**
 * Platt scaling: a line on the log-odds. Two parameters, so a few dozen rows are enough; it cannot mend a map that is bent.
 * Never falls: where the data would have it fall, it is level at their mean.
 */
import { logit, sigmoid, sum } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';
import { clampedLogit } from './log-odds.ts';
import { minimizeLogistic } from './newton.ts';
import type { Tallies } from './rows.ts';

export interface PlattModel {
  readonly kind: 'platt';
  readonly intercept: number;
  /** ≥ 0. */
  readonly slope: number;
  readonly n: number;
}

export interface PlattConfig {
  /** Largest component of the gradient at the end; default 1e-9. */
  readonly tolerance?: number;
}

/** @see Platt (1999), "Probabilistic outputs for support vector machines" */
export const platt = makeCalibrator<PlattConfig, PlattModel>({
  id: 'platt',
  target: 'probability',
  complexity: 2,
  isMonotone: true,
  needsBothClasses: true,
  fitTallies: (config, tallies) => {
    const { intercept, slope } = fitPlattScores({ ...tallies, predicted: tallies.predicted.map(clampedLogit) }, config);
    const n = sum(tallies.weight);
    if (slope >= 0) return { kind: 'platt', intercept, slope, n };
    const { target } = plattTargets(tallies);
    return { kind: 'platt', intercept: logit(sum(target.map((own, at) => own * (tallies.weight[at] ?? 0))) / n), slope: 0, n };
  },
  mapOf:
    ({ intercept, slope }) =>
    (predicted) =>
      sigmoid(intercept + slope * clampedLogit(predicted)),
});

/**
 * The line on any scores, probabilities or not. In the words of the paper A is −slope and B is −intercept.
 * @see Lin, Lin & Weng (2007), "A note on Platt's probabilistic outputs for support vector machines"
 */
export function fitPlattScores(
  scores: Tallies,
  { tolerance = 1e-9 }: PlattConfig = {},
): { readonly intercept: number; readonly slope: number } {
  const { target, events, others } = plattTargets(scores);
  const { coefficients } = minimizeLogistic({
    columns: [scores.predicted, scores.predicted.map(() => 1)],
    target,
    weight: scores.weight,
    precision: 0,
    centre: [0, 0],
    start: [0, logit((events + 1) / (events + others + 2))],
    tolerance,
  });
  return { slope: coefficients[0] ?? 0, intercept: coefficients[1] ?? 0 };
}

/** In place of 1 and 0, what one more row of either outcome would leave: (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2). */
function plattTargets({ weight, total }: Tallies): { readonly target: Float64Array; readonly events: number; readonly others: number } {
  const events = sum(total);
  const others = sum(weight) - events;
  const high = (events + 1) / (events + 2);
  const low = 1 / (others + 2);
  const target = weight.map((own, at) => low + ((high - low) * (total[at] ?? 0)) / own);
  return { target, events, others };
}
