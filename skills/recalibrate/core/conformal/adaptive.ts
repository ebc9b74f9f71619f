/**
 * Conformal intervals under drift: matured windows are gone through in the order of time, and after each the share that the
 * next one may miss is moved against the error made. Holds the level in the long run over windows whatever the world does;
 * promises nothing for a single window.
 */
import { type Bound, conformalBound, marginOf } from './bound.ts';
import { intervalsOf, type Reach, reachOf, scoresOf } from './nonconformity.ts';
import { checkIntervals, checkLevel, checkOutcomes, fail, type IntervalOutcomes } from './rows.ts';
import type { ConformalConfig, IntervalCalibrator } from './split.ts';

export interface WindowIntervals extends IntervalOutcomes {
  /** Matured window of each row, numbered in the order of time; numbers may be left out. */
  readonly window: Int32Array;
}

export interface AdaptiveConfig extends ConformalConfig {
  /** How fast the share missed is corrected, > 0; default 0.05. Faster follows drift sooner and is less steady. */
  readonly rate?: number;
  /** Windows whose rows make the bound, integer ≥ 1; default all so far. Fewer forget what no longer holds. */
  readonly memory?: number | null;
}

export interface AdaptiveStep {
  readonly window: number;
  readonly n: number;
  /** Share that the window's intervals were allowed to miss; outside [0, 1] they are everything or nothing. */
  readonly allowed: number;
  /** Share of the window's rows that they missed. */
  readonly missed: number;
}

/** Plain JSON. */
export interface AdaptiveModel extends Reach {
  readonly kind: 'adaptive';
  readonly level: number;
  readonly rate: number;
  readonly memory: number | null;
  /** Share that the next window may miss. */
  readonly allowed: number;
  readonly bound: Bound;
  /** Every window but the first, which has nothing before it to be judged by. */
  readonly steps: readonly AdaptiveStep[];
}

/**
 * Measures as in `Nonconformity`, `interval` unless told otherwise.
 *
 * After T windows the mean share missed is within (max(1 − level, level) + rate) / (rate·T) of 1 − level, for any outcomes
 * without ties between scores.
 * @see Gibbs & Candès (2021), "Adaptive Conformal Inference Under Distribution Shift", eq. 2 and proposition 4.1
 */
export const adaptiveConformal: IntervalCalibrator<AdaptiveConfig, AdaptiveModel, IntervalOutcomes, WindowIntervals> = {
  id: 'adaptive',
  fit(config, rows) {
    const { level, rate = 0.05, memory = null } = config;
    const reach = reachOf(config, 'interval');
    checkLevel(level);
    if (!(rate > 0 && Number.isFinite(rate))) fail(`rate ${rate}; give a number above 0, such as 0.05`);
    if (memory !== null && !(Number.isInteger(memory) && memory >= 1)) fail(`memory ${memory}; give a whole number of windows, or null`);
    checkOutcomes(rows, reach.floor);
    if (rows.window.length !== rows.outcome.length) {
      fail(`${rows.window.length} windows for ${rows.outcome.length} rows; give the window of every row`);
    }
    const scores = scoresOf(rows, reach);
    const byWindow = Map.groupBy(rows.window.keys(), (row) => rows.window[row] ?? 0);
    const windows = [...byWindow.keys()].sort((a, b) => a - b);
    const scoresIn = windows.map((window) => Float64Array.from(byWindow.get(window) ?? [], (row) => scores[row] ?? 0));

    let allowed = 1 - level;
    const steps: AdaptiveStep[] = [];
    for (const [at, window] of windows.entries()) {
      const own = scoresIn[at] ?? new Float64Array();
      if (at === 0) continue;
      const margin = marginOf(conformalBound(remembered(scoresIn, at, memory), 1 - allowed));
      const missed = own.filter((score) => score > margin).length / own.length;
      steps.push({ window, n: own.length, allowed, missed });
      allowed = nextAllowed(allowed, missed, level, rate);
    }
    const bound = conformalBound(remembered(scoresIn, windows.length, memory), 1 - allowed);
    return { kind: 'adaptive', level, rate, memory, ...reach, allowed, bound, steps };
  },
  predict(model, rows) {
    checkIntervals(rows);
    const margin = marginOf(model.bound);
    return intervalsOf(rows, model, () => margin);
  },
};

/**
 * Share that the next window may miss: less after too many misses, more after too few.
 * @param missed share of the window that was missed
 */
export function nextAllowed(allowed: number, missed: number, level: number, rate: number): number {
  return allowed + rate * (1 - level - missed);
}

/** Scores of the windows before a place, ascending. */
function remembered(scoresIn: readonly Float64Array[], before: number, memory: number | null): Float64Array {
  const kept = scoresIn.slice(memory === null ? 0 : Math.max(0, before - memory), before);
  const all = new Float64Array(kept.reduce((total, scores) => total + scores.length, 0));
  let at = 0;
  for (const scores of kept) {
    all.set(scores, at);
    at += scores.length;
  }
  return all.sort();
}
