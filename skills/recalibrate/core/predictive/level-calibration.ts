/** Said against seen: for each probability said, the share of outcomes that were inside. A diagonal when right. */
import { fail } from '../conformal/rows.ts';
import { meanOf } from './mean-score.ts';
import { checkPit, meanPit, type PitRows, spreadShare } from './pit.ts';

/** `quantile`: outcomes at or below the quantile; `interval`: within the central interval. */
export type LevelKind = 'quantile' | 'interval';

export interface LevelCalibration {
  readonly kind: LevelKind;
  readonly n: number;
  readonly levels: readonly { readonly said: number; readonly seen: number }[];
  /** Means over the levels of the distance and of its square, the latter as a root. */
  readonly meanAbsoluteError: number;
  readonly rootMeanSquareError: number;
  /** Area between the lines through the points and the diagonal, from 0 (right) to 0.5. */
  readonly miscalibrationArea: number;
}

/**
 * @param levels number of levels from 0 to 1, evenly spaced, ≥ 2; default 101
 * @throws {CohortiumError} NUMERIC_DOMAIN unless 0 ≤ below ≤ at ≤ 1 in every row
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
 * @see Kuleshov, Fenner & Ermon (2018), "Accurate Uncertainties for Deep Learning Using Calibrated Regression", section 3.5
 */
export function levelCalibration(rows: PitRows, kind: LevelKind, levels = 101): LevelCalibration {
  if (!(Number.isInteger(levels) && levels >= 2)) fail(`${levels} levels; give a whole number from 2`);
  checkPit(rows);
  const said = Array.from({ length: levels }, (_, index) => index / (levels - 1));
  const seen = meanPit(rows, said, kind === 'quantile' ? spreadShare : shareWithin);
  const points = said.map((level, index) => ({ said: level, seen: seen[index] ?? 0 }));
  const off = points.map(({ said, seen }) => seen - said);
  let area = 0;
  for (let index = 1; index < points.length; index++) {
    const width = (points[index]?.said ?? 0) - (points[index - 1]?.said ?? 0);
    const [a, b] = [off[index - 1] ?? 0, off[index] ?? 0];
    // Where the line crosses the diagonal it leaves two triangles, not a trapezium.
    area += a * b >= 0 ? (width * Math.abs(a + b)) / 2 : (width * (a * a + b * b)) / (2 * (Math.abs(a) + Math.abs(b)));
  }
  return {
    kind,
    n: rows.at.length,
    levels: points,
    meanAbsoluteError: meanOf(Float64Array.from(off, Math.abs)),
    rootMeanSquareError: Math.sqrt(meanOf(Float64Array.from(off, (value) => value * value))),
    miscalibrationArea: area,
  };
}

/** Share of [below, at] within the central interval of a level. */
function shareWithin(below: number, at: number, level: number): number {
  const [from, to] = [(1 - level) / 2, (1 + level) / 2];
  if (below === at) return from <= at && at <= to ? 1 : 0;
  return spreadShare(below, at, to) - spreadShare(below, at, from);
}
