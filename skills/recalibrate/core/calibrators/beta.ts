/**
 * Beta calibration: odds of the form p^a / (1 − p)^b. Three parameters; unlike a line on the log-odds it can bend one end and
 * leave the other, and it contains the identity.
 */
import { log, log1p, sigmoid, sum } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';
import { awayFromEdges } from './log-odds.ts';
import { minimizeLogistic } from './newton.ts';
import type { Tallies } from './rows.ts';

export interface BetaModel {
  readonly kind: 'beta';
  /** Power of p, ≥ 0. */
  readonly a: number;
  /** Power of 1 − p, ≥ 0. */
  readonly b: number;
  readonly c: number;
  readonly n: number;
}

/** A hold on the identity, worth a ten-thousandth of a row: keeps rows that are told apart without error finite. */
const precision = 1e-4;

/** @see Kull, Silva Filho & Flach (2017), "Beta calibration", eq. 3 and algorithm 1 */
export const beta = makeCalibrator<object, BetaModel>({
  id: 'beta',
  target: 'probability',
  complexity: 3,
  isMonotone: true,
  needsBothClasses: true,
  fitTallies: (_, tallies) => {
    const n = sum(tallies.weight);
    const [a, b, c] = fit(tallies, true, true);
    if (a >= 0 && b >= 0) return { kind: 'beta', a, b, c, n };
    // A falling end is not allowed: without it the other is fitted again, and level where that would fall, too.
    const [again, bagain, cagain] = a < 0 ? fit(tallies, false, true) : fit(tallies, true, false);
    if (again >= 0 && bagain >= 0) return { kind: 'beta', a: again, b: bagain, c: cagain, n };
    return { kind: 'beta', a: 0, b: 0, c: fit(tallies, false, false)[2], n };
  },
  mapOf:
    ({ a, b, c }) =>
    (predicted) => {
      const p = awayFromEdges(predicted);
      return sigmoid(c + a * log(p) - b * log1p(-p));
    },
});

function fit({ predicted, weight, total }: Tallies, hasA: boolean, hasB: boolean): readonly [a: number, b: number, c: number] {
  const low = predicted.map((own) => log(awayFromEdges(own)));
  const high = predicted.map((own) => -log1p(-awayFromEdges(own)));
  const columns = [...(hasA ? [low] : []), ...(hasB ? [high] : []), predicted.map(() => 1)];
  const centre = [...(hasA ? [1] : []), ...(hasB ? [1] : []), 0];
  const { coefficients } = minimizeLogistic({
    columns,
    target: total.map((own, at) => own / (weight[at] ?? 1)),
    weight,
    precision,
    centre,
    start: centre,
    tolerance: 1e-9,
  });
  return [hasA ? (coefficients[0] ?? 0) : 0, hasB ? (coefficients[hasA ? 1 : 0] ?? 0) : 0, coefficients.at(-1) ?? 0];
}
