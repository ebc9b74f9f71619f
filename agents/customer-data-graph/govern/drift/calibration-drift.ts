/** Whether predicted money is the money that came: in the large with an interval, and by tenths. */
import { decileLift, measureMeans } from '../../../../skills/recalibrate/core/measures/index.ts';
import type { CalibrationDrift } from '../scoring/scoring-interface.ts';
import type { ScoredRows } from '../training/value-metrics.ts';

export function calibrationOf({ predicted, actual }: Pick<ScoredRows, 'predicted' | 'actual'>, seed: string): CalibrationDrift {
  const rows = { predicted, outcome: actual };
  const { observedOverExpected } = measureMeans(rows, { seed });
  return {
    observedOverExpected: observedOverExpected && {
      value: observedOverExpected.value,
      low: observedOverExpected.low,
      high: observedOverExpected.high,
    },
    isOff: observedOverExpected !== null && (observedOverExpected.low > 1 || observedOverExpected.high < 1),
    tenths: decileLift(rows).map(({ n, meanPredicted, observed }) => ({ customers: n, predicted: meanPredicted, actual: observed })),
  };
}
