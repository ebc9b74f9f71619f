/**
 * Totals per axis after calibration. The total is the sum over the accounts and every axis adds up to it; each raw
 * interval is scaled with its total and widened by the doubt about the money scale.
 */
import { sum } from '../../sdk/numeric/index.ts';
import { type GrainSource, grainTotals } from './grain-totals.ts';
import { type Interval, rescaleInterval } from './interval.ts';
import { cohortErrorOf, type ScaleMap } from './scale.ts';

export interface MoneyInterval {
  readonly clvMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
}

export interface GrainIntervals {
  readonly total: MoneyInterval;
  readonly axes: readonly (MoneyInterval & { readonly axis: string; readonly value: string })[];
  /** Sum over the location × channel totals: every combination of the grid is in exactly one. */
  readonly cellTotalMinor: number;
  readonly coherenceMaxRelError: number;
}

export interface GrainCalibration {
  readonly source: GrainSource;
  /** Cohort (home location) of each account. */
  readonly cohort: readonly string[];
  readonly rawMinor: Float64Array;
  readonly calibratedMinor: Float64Array;
  readonly moneyScale: ScaleMap;
  readonly z: number;
}

/** @param raw totals before calibration; an axis value that is absent there gets an interval of the scale's doubt only */
export function calibrateGrain(calibration: GrainCalibration, raw: Pick<GrainIntervals, 'total' | 'axes'>): GrainIntervals {
  const { source, calibratedMinor, moneyScale, z, cohort } = calibration;
  const grandTotal = sum(calibratedMinor);
  const rawOf = new Map(raw.axes.map((entry) => [`${entry.axis}\n${entry.value}`, entry]));
  const spread = pooledCohortError(cohort, calibratedMinor, moneyScale);
  const totals = grainTotals(source, calibratedMinor);
  const axes = totals.map(({ axis, value, totalMinor }) => {
    const own = axis === 'location' ? cohortErrorOf(moneyScale, value) : axis === 'location-channel' ? moneyScale.cohortSpread : spread;
    const before = rawOf.get(`${axis}\n${value}`) ?? { clvMinor: totalMinor, lowMinor: totalMinor, highMinor: totalMinor };
    return { axis, value, ...scaled(before, totalMinor, root(moneyScale.relativeError, own), z) };
  });
  const cellTotalMinor = sum(totals.filter(({ axis }) => axis === 'location-channel').map(({ totalMinor }) => totalMinor));
  const worst = ['location', 'channel', 'brand', 'location-channel'].map((axis) => {
    const total = sum(totals.filter((entry) => entry.axis === axis).map(({ totalMinor }) => totalMinor));
    return grandTotal === 0 ? Math.abs(total) : Math.abs(total - grandTotal) / Math.abs(grandTotal);
  });
  return {
    total: scaled(raw.total, grandTotal, root(moneyScale.relativeError, spread), z),
    axes,
    cellTotalMinor,
    coherenceMaxRelError: Math.max(...worst),
  };
}

function scaled(before: MoneyInterval, totalMinor: number, relativeError: number, z: number): MoneyInterval {
  const scale = before.clvMinor > 0 ? totalMinor / before.clvMinor : 1;
  const interval: Interval = {
    value: before.clvMinor,
    low: Math.min(before.lowMinor, before.clvMinor),
    high: Math.max(before.highMinor, before.clvMinor),
  };
  const { low, high } = rescaleInterval(interval, scale, relativeError, z);
  return { clvMinor: totalMinor, lowMinor: low, highMinor: high };
}

/** Relative error of a total from the cohorts' own errors, taken as independent of each other. */
function pooledCohortError(cohort: readonly string[], valueMinor: Float64Array, moneyScale: ScaleMap): number {
  const totals = new Map<string, number>();
  cohort.forEach((name, row) => totals.set(name, (totals.get(name) ?? 0) + (valueMinor[row] ?? 0)));
  const grandTotal = sum(valueMinor);
  if (!(grandTotal > 0)) return 0;
  const squares = [...totals.keys()].sort().map((name) => {
    const error = (cohortErrorOf(moneyScale, name) * (totals.get(name) ?? 0)) / grandTotal;
    return error * error;
  });
  return Math.sqrt(sum(squares));
}

function root(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}
