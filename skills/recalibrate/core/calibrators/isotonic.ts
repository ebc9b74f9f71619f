/**
 * Isotonic regression: the never falling map nearest to the outcomes. Bends as the data say, so it needs some hundreds of rows;
 * a probability may become 0 or 1, which no number of rows could show.
 */
import { isotonicBlocks, sum } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';
import type { Tallies } from './rows.ts';

interface Knots {
  /** Predictions, ascending. */
  readonly x: readonly number[];
  /** Calibrated values there, never falling; straight between, level beyond. */
  readonly y: readonly number[];
  readonly n: number;
}

export interface IsotonicModel extends Knots {
  readonly kind: 'isotonic';
}

export interface IsotonicMeanModel extends Knots {
  readonly kind: 'isotonic-mean';
}

/** @see Zadrozny & Elkan (2002), "Transforming classifier scores into accurate multiclass probability estimates" */
export const isotonic = makeCalibrator<object, IsotonicModel>({
  id: 'isotonic',
  target: 'probability',
  complexity: 4,
  isMonotone: true,
  needsBothClasses: true,
  fitTallies: (_, tallies) => ({ kind: 'isotonic', ...knotsOf(tallies) }),
  mapOf: between,
});

/** Of expected counts and amounts. Level beyond the largest prediction seen: it knows no slope to go on with. */
export const isotonicMean = makeCalibrator<object, IsotonicMeanModel>({
  id: 'isotonic-mean',
  target: 'mean',
  complexity: 4,
  isMonotone: true,
  needsBothClasses: false,
  fitTallies: (_, tallies) => ({ kind: 'isotonic-mean', ...knotsOf(tallies) }),
  mapOf: between,
});

/** Equal predictions are one observation of their mean; each pool gives its two ends. */
function knotsOf({ predicted, weight, total }: Tallies): Knots {
  const blocks = isotonicBlocks(
    total.map((own, at) => own / (weight[at] ?? 1)),
    weight,
  );
  const ends = blocks.flatMap(({ from, to, level }) =>
    (to - from > 1 ? [from, to - 1] : [from]).map((at) => [predicted[at] ?? 0, level] as const),
  );
  return { x: ends.map(([x]) => x), y: ends.map(([, y]) => y), n: sum(weight) };
}

function between({ x, y }: Knots): (predicted: number) => number {
  return (predicted) => {
    let low = 0;
    let high = x.length - 1;
    if (predicted <= (x[0] ?? 0)) return y[0] ?? 0;
    if (predicted >= (x[high] ?? 0)) return y[high] ?? 0;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((x[middle] ?? 0) <= predicted) low = middle;
      else high = middle;
    }
    const [from = 0, to = 0] = [x[low], x[high]];
    const [start = 0, end = 0] = [y[low], y[high]];
    // Rounding may carry the line a hair past its ends, and past 1.
    return Math.min(end, start + ((end - start) * (predicted - from)) / (to - from));
  };
}
