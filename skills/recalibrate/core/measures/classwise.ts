/** Calibration of several exclusive classes, such as the cohorts that a customer may be in. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows } from '../calibrators/rows.ts';
import { type Binning, reliabilityBins } from './bins.ts';
import { expectedCalibrationError } from './calibration-error.ts';

export interface ClassRows {
  /** One column per class; the probabilities of a row add up to 1. */
  readonly probability: readonly Float64Array[];
  /** Number of the class that each row turned out to be. */
  readonly label: ArrayLike<number>;
  readonly weight?: Float64Array;
}

export interface ClasswiseError {
  /** Expected calibration error of each class against all others. */
  readonly classes: readonly number[];
  readonly mean: number;
  readonly maximum: number;
  /** Of the probability of the likeliest class, whichever it is; a tie goes to the lower number. */
  readonly confidence: number;
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer than two classes, a label that is none, columns of another length, or rows that do not add up to 1
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
 * @see Kull et al. (2019), "Beyond temperature scaling"; Guo, Pleiss, Sun & Weinberger (2017), for the confidence
 */
export function classwiseError({ probability, label, weight }: ClassRows, binning: Binning = {}): ClasswiseError {
  const count = probability.length;
  if (count < 2) throw new CohortiumError('NUMERIC_DOMAIN', `classes are told apart by at least two columns; found ${count}`);
  const ragged = probability.findIndex((column) => column.length !== label.length);
  if (ragged >= 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `every row has a probability for each class; column ${ragged} has ${probability[ragged]?.length}, for ${label.length} labels`,
    );
  }
  for (let row = 0; row < label.length; row++) {
    const own = label[row] ?? -1;
    if (!(Number.isInteger(own) && own >= 0 && own < count)) {
      throw new CohortiumError('NUMERIC_DOMAIN', `row ${row}: a label is 0 to ${count - 1}; found ${own}`);
    }
    const mass = sum(probability.map((column) => column[row] ?? Number.NaN));
    if (!(Math.abs(mass - 1) < 1e-6)) throw new CohortiumError('NUMERIC_DOMAIN', `row ${row}: probabilities add up to 1; found ${mass}`);
  }
  const rowsOf = (predicted: Float64Array, isSeen: (row: number) => boolean): CalibrationRows => ({
    predicted,
    outcome: predicted.map((_, row) => (isSeen(row) ? 1 : 0)),
    ...(weight && { weight }),
  });
  const error = (rows: CalibrationRows): number => expectedCalibrationError(reliabilityBins(rows, binning));
  const classes = probability.map((column, at) => error(rowsOf(column, (row) => label[row] === at)));
  const top = Uint32Array.from({ length: label.length }, (_, row) =>
    probability.reduce((best, column, at) => ((column[row] ?? 0) > (probability[best]?.[row] ?? 0) ? at : best), 0),
  );
  const highest = Float64Array.from(top, (best, row) => probability[best]?.[row] ?? 0);
  return {
    classes,
    mean: sum(classes) / count,
    maximum: Math.max(...classes),
    confidence: error(rowsOf(highest, (row) => label[row] === top[row])),
  };
}
