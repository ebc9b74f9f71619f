/** The Kaplan–Meier curve: the share of customers to whom the event has not happened yet, and how surely that is known. */
import { exp, log, normalQuantile } from '../../../../sdk/numeric/index.ts';
import { checkSurvivalRows, type SurvivalRows } from './rows.ts';
import { countAtRanks, countUpTo, type RankCounts, type Timeline, timelineOf } from './timeline.ts';

/** Plain JSON; one entry per day on which the event happened. */
export interface SurvivalCurve {
  readonly day: readonly number[];
  /** Rows at risk just before, and events on that day. */
  readonly atRisk: readonly number[];
  readonly events: readonly number[];
  /** Share without the event after that day. */
  readonly survival: readonly number[];
  /** Greenwood's, of the share itself; 0 once the share is 0. */
  readonly standardError: readonly number[];
  /** Interval on the scale log(−log S); where the share is 0 the upper end stays where it was. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Of the interval, in (0, 1). */
  readonly level: number;
  /** Last day of any row. */
  readonly lastDay: number;
}

/** A day with its interval; null where too few events happened to say. */
export interface SurvivalDay {
  readonly day: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * @param level of the intervals, in (0, 1)
 * @throws {CohortiumError} NUMERIC_DOMAIN when the rows are not usable
 * @see Kaplan & Meier (1958); Greenwood (1926); Kalbfleisch & Prentice (2002), "The Statistical Analysis of Failure Time Data", 1.4
 */
export function kaplanMeier(data: SurvivalRows, level = 0.95): SurvivalCurve {
  checkSurvivalRows(data);
  const timeline = timelineOf(data);
  return curveOfCounts(timeline, countAtRanks(timeline, data.event), 0, level);
}

/** The curve of one group of counts. */
export function curveOfCounts({ times }: Timeline, { ranks, atRisk, events }: RankCounts, group: number, level: number): SurvivalCurve {
  const z = normalQuantile((1 + level) / 2);
  const out = {
    day: [] as number[],
    atRisk: [] as number[],
    events: [] as number[],
    survival: [] as number[],
    standardError: [] as number[],
    low: [] as number[],
    high: [] as number[],
  };
  let survival = 1;
  let variance = 0; // of log S
  let lastDay = 0;
  let before = { low: 1, high: 1 };
  for (let rank = 0; rank < ranks; rank++) {
    const present = atRisk[group * ranks + rank] ?? 0;
    const died = events[group * ranks + rank] ?? 0;
    if (present > 0) lastDay = times[rank] ?? 0;
    if (died === 0) continue;
    survival *= (present - died) / present;
    variance += died / (present * (present - died));
    before = survival > 0 ? logLogInterval(survival, Math.sqrt(variance), z) : { low: 0, high: before.high };
    out.day.push(times[rank] ?? 0);
    out.atRisk.push(present);
    out.events.push(died);
    out.survival.push(survival);
    out.standardError.push(survival > 0 ? survival * Math.sqrt(variance) : 0);
    out.low.push(before.low);
    out.high.push(before.high);
    if (survival === 0) variance = 0;
  }
  return { ...out, level, lastDay };
}

/** Share without the event after that many days. @param day ≥ 0; beyond the last event the share stays what it was */
export function survivalOn(curve: SurvivalCurve, day: number): { readonly survival: number; readonly low: number; readonly high: number } {
  const at = countUpTo(curve.day, day) - 1;
  return { survival: curve.survival[at] ?? 1, low: curve.low[at] ?? 1, high: curve.high[at] ?? 1 };
}

/**
 * Day by which a share of the customers has had the event, with an interval: where the curve and its bounds cross. Where the curve
 * lies on the share for a while, the middle of that while.
 * @param share in (0, 1); 0.5 is the median
 * @see Brookmeyer & Crowley (1982), "A confidence interval for the median survival time"
 */
export function dayOfShare(curve: SurvivalCurve, share = 0.5): SurvivalDay {
  return {
    day: crossing(curve, curve.survival, 1 - share),
    low: crossing(curve, curve.low, 1 - share),
    high: crossing(curve, curve.high, 1 - share),
  };
}

/**
 * Mean days without the event, up to a limit: the area under the curve.
 * @param limit days, > 0
 * @see Royston & Parmar (2013), "Restricted mean survival time"
 */
export function restrictedMean(curve: SurvivalCurve, limit: number): { readonly days: number; readonly standardError: number } {
  const events = countUpTo(curve.day, limit);
  let area = 0;
  let variance = 0;
  // From the end, so that the area to the right of each event is at hand.
  for (let at = events - 1, right = limit; at >= -1; at--) {
    const left = at < 0 ? 0 : (curve.day[at] ?? 0);
    area += (right - left) * (at < 0 ? 1 : (curve.survival[at] ?? 0));
    right = left;
    const present = curve.atRisk[at] ?? 0;
    const died = curve.events[at] ?? 0;
    if (at >= 0 && present > died) variance += (area * area * died) / (present * (present - died));
  }
  return { days: area, standardError: Math.sqrt(variance) };
}

/** Rows at risk just before each of these days. */
export function atRiskOn({ start, stop }: Pick<SurvivalRows, 'start' | 'stop'>, days: readonly number[]): number[] {
  return days.map((day) => {
    let count = 0;
    for (let row = 0; row < stop.length; row++) {
      if ((stop[row] ?? 0) >= day && (!start || (start[row] ?? 0) < day)) count += 1;
    }
    return count;
  });
}

/** @param error of log S */
function logLogInterval(survival: number, error: number, z: number): { readonly low: number; readonly high: number } {
  if (survival === 1) return { low: 1, high: 1 };
  const logSurvival = log(survival);
  const centre = log(-logSurvival);
  const half = (z * error) / -logSurvival;
  return { low: exp(-exp(centre + half)), high: exp(-exp(centre - half)) };
}

/** Shares that differ by less than this, as products of quotients do, are the same. */
const tolerance = 1.5e-8;

function crossing({ day, lastDay }: SurvivalCurve, values: readonly number[], level: number): number | null {
  const at = values.findIndex((value) => value <= level + tolerance);
  if (at < 0) return null;
  const from = day[at] ?? 0;
  if (Math.abs((values[at] ?? 0) - level) > tolerance) return from;
  const next = values.findIndex((value) => value < level - tolerance);
  return (from + (next < 0 ? lastDay : (day[next] ?? 0))) / 2;
}
