/** Whether effects hold over time: the score test for a drift of each coefficient, and scaled Schoenfeld residuals to look at. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { chiSquareTail, log } from '../../../../sdk/numeric/index.ts';
import { type ChiSquareTest, type CoxConfig, fitCoxWithSets, quadratic } from './cox.ts';
import { curveOfCounts } from './kaplan-meier.ts';
import { sweepRiskSets, unfold } from './risk-sets.ts';
import type { SurvivalRows } from './rows.ts';
import { solveIndependent } from './solve-independent.ts';
import { countAtRanks, countUpTo } from './timeline.ts';

/** How days are counted: by the share that has had the event before, as they are, or their logarithm. */
export type TimeScale = 'share' | 'identity' | 'log';

export interface Proportionality {
  readonly timeScale: TimeScale;
  /** A small p says that the hazard ratio changes with time. */
  readonly effects: readonly (ChiSquareTest & { readonly feature: string })[];
  readonly all: ChiSquareTest;
  /** By day with events: the coefficient as that day alone would have it, noisy; a trend in it is what the test looks for. */
  readonly residuals: { readonly day: readonly number[]; readonly coefficients: readonly (readonly number[])[] };
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN as the fit does, and for a logarithm where an event happened on day 0
 * @see Grambsch & Therneau (1994), "Proportional hazards tests and diagnostics based on weighted residuals"
 */
export function testProportionality(config: CoxConfig, data: SurvivalRows, timeScale: TimeScale = 'share'): Proportionality {
  const { model, sets, timeline, beta } = fitCoxWithSets(config, data);
  const { width } = sets;
  const curve = curveOfCounts(timeline, countAtRanks(timeline, data.event), 0, model.level);
  const scaleOf = (day: number): number => {
    if (timeScale === 'identity') return day;
    if (timeScale === 'share') return 1 - (curve.survival[countUpTo(curve.day, day) - 2] ?? 1);
    if (day > 0) return log(day);
    throw new CohortiumError('NUMERIC_DOMAIN', 'an event on day 0 has no logarithm; take another time scale');
  };
  const days: {
    readonly day: number;
    readonly deaths: number;
    readonly scale: number;
    readonly score: Float64Array;
    readonly information: Float64Array;
  }[] = [];
  sweepRiskSets(sets, beta, model.ties, ({ rank, deaths, score, information }) => {
    const day = timeline.times[rank] ?? 0;
    days.push({ day, deaths, scale: scaleOf(day), score: score.slice(), information: information.slice() });
  });
  // Drifts are measured from the mean time, which leaves the test as it is and keeps the two halves of the system apart.
  const events = days.reduce((total, { deaths }) => total + deaths, 0);
  const middle = days.reduce((total, { deaths, scale }) => total + deaths * scale, 0) / events;
  const drift = new Float64Array(width);
  const parts = [
    new Float64Array((width * (width + 1)) / 2),
    new Float64Array((width * (width + 1)) / 2),
    new Float64Array((width * (width + 1)) / 2),
  ];
  for (const { scale, score, information } of days) {
    const off = scale - middle;
    for (let j = 0; j < width; j++) drift[j] = (drift[j] ?? 0) + off * (score[j] ?? 0);
    let factor = 1;
    for (const part of parts) {
      for (let at = 0; at < part.length; at++) part[at] = (part[at] ?? 0) + factor * (information[at] ?? 0);
      factor *= off;
    }
  }
  const [same, mixed, moved] = parts.map((part) => unfold(part, width));
  const testOf = (drifting: readonly number[]): ChiSquareTest => {
    const n = width + drifting.length;
    const matrix = new Float64Array(n * n);
    const right = new Float64Array(n);
    for (let row = 0; row < width; row++)
      for (let column = 0; column < width; column++) matrix[row * n + column] = same?.[row * width + column] ?? 0;
    for (const [index, own] of drifting.entries()) {
      right[width + index] = drift[own] ?? 0;
      for (let row = 0; row < width; row++) {
        matrix[row * n + width + index] = mixed?.[row * width + own] ?? 0;
        matrix[(width + index) * n + row] = mixed?.[row * width + own] ?? 0;
      }
      for (const [place, other] of drifting.entries()) matrix[(width + index) * n + width + place] = moved?.[own * width + other] ?? 0;
    }
    const { solution, rank } = solveIndependent(matrix, right);
    const degrees = Math.max(0, rank - width);
    const chiSquare = quadratic(right, solution);
    return { chiSquare, degrees, p: degrees > 0 ? chiSquareTail(chiSquare, degrees) : 1 };
  };
  const sd = model.effects.map(({ feature }) => model.sd[model.features.indexOf(feature)] ?? 1);
  return {
    timeScale,
    effects: model.effects.map(({ feature }, at) => ({ feature, ...testOf([at]) })),
    all: testOf(model.effects.map((_, at) => at)),
    residuals: {
      day: days.map(({ day }) => day).toReversed(),
      coefficients: model.effects.map((effect, at) =>
        days
          .map(({ deaths, score }) => {
            // Residuals by the mean information of a death.
            const { solution } = solveIndependent(same ?? new Float64Array(), score);
            return effect.coefficient + ((solution[at] ?? 0) * events) / deaths / (sd[at] ?? 1);
          })
          .toReversed(),
      ),
    },
  };
}
