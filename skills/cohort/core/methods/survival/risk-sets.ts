/**
 * The sums over risk sets that Cox's partial likelihood is made of, in one sweep from the last day to the first. Rows lie by
 * stratum and descending day, in an order that their values alone decide, so that the sums are the same bits for every order
 * of the caller's rows.
 */
import { log } from '../../../../sdk/numeric/index.ts';
import { fastExp } from '../../../../sdk/numeric/kernels/index.ts';
import { canonicalOrder } from '../quality/canonical-order.ts';
import { inverseScale, type Scale } from '../quality/standardise.ts';
import type { SurvivalRows } from './rows.ts';
import type { Timeline } from './timeline.ts';

export type Ties = 'efron' | 'breslow';

export interface RiskSets {
  readonly width: number;
  /** Standardised covariates, row-major. */
  readonly points: Float64Array;
  readonly stopRank: Uint32Array;
  readonly event: Uint8Array;
  /** First row of each stratum, and the number of rows. */
  readonly bounds: readonly number[];
  /** Rank at which each row enters; absent where all are at risk from the first. */
  readonly enterRank: Uint32Array | undefined;
  /** Rows of each stratum by descending entry, those at risk from the first left out; same bounds idea. */
  readonly entries: readonly Uint32Array[];
  /** Row of the caller's that lies at each place. */
  readonly order: Uint32Array;
}

/** What a sweep finds. */
export interface RiskSums {
  readonly logLikelihood: number;
  readonly score: Float64Array;
  /** Minus the second derivatives, row-major and symmetric. */
  readonly information: Float64Array;
}

/** Called for each day with events, in descending order within a stratum; the arrays are used again. */
export type VisitDay = (day: {
  readonly stratum: number;
  readonly rank: number;
  readonly deaths: number;
  /** Step of the cumulative baseline hazard. */
  readonly hazard: number;
  readonly score: Float64Array;
  readonly information: Float64Array;
}) => void;

/** @param stratumOf number of each row's stratum, 0 … strata − 1 */
export function layOutRiskSets(
  data: SurvivalRows,
  columns: readonly Float64Array[],
  scale: Scale,
  timeline: Timeline,
  stratumOf: Int32Array | undefined,
  strata: number,
): RiskSets {
  const rows = data.stop.length;
  const event = Float64Array.from(data.event);
  const canonical = canonicalOrder([data.stop, event, ...(data.start ? [data.start] : []), ...columns]);
  const ranks = timeline.times.length;
  // A counting sort, so that the canonical order stays within a day.
  const starts = new Uint32Array(strata * ranks + 1);
  const cellOf = (row: number): number => (stratumOf?.[row] ?? 0) * ranks + (ranks - 1 - (timeline.stopRank[row] ?? 0));
  for (let row = 0; row < rows; row++) starts[cellOf(row) + 1] = (starts[cellOf(row) + 1] ?? 0) + 1;
  for (let cell = 0; cell < strata * ranks; cell++) starts[cell + 1] = (starts[cell + 1] ?? 0) + (starts[cell] ?? 0);
  const bounds = Array.from({ length: strata + 1 }, (_, stratum) => starts[stratum * ranks] ?? rows);
  const order = new Uint32Array(rows);
  for (const row of canonical) {
    const cell = cellOf(row);
    const place = starts[cell] ?? 0;
    order[place] = row;
    starts[cell] = place + 1;
  }
  const width = columns.length;
  const inverse = inverseScale(scale);
  const points = new Float64Array(rows * width);
  for (const [feature, column] of columns.entries()) {
    const mean = scale.mean[feature] ?? 0;
    const factor = inverse[feature] ?? 0;
    for (let place = 0; place < rows; place++) points[place * width + feature] = ((column[order[place] ?? 0] ?? 0) - mean) * factor;
  }
  const enterRank = timeline.enterRank && Uint32Array.from(order, (row) => timeline.enterRank?.[row] ?? 0);
  return {
    width,
    points,
    stopRank: Uint32Array.from(order, (row) => timeline.stopRank[row] ?? 0),
    event: Uint8Array.from(order, (row) => data.event[row] ?? 0),
    bounds,
    enterRank,
    entries: bounds.slice(1).map((to, stratum) => lateEntries(enterRank, bounds[stratum] ?? 0, to)),
    order,
  };
}

/**
 * Log partial likelihood with its derivatives.
 * @param beta per standard deviation of each covariate
 * @see Efron (1977), "The efficiency of Cox's likelihood function for censored data"; Therneau & Grambsch (2000), "Modeling Survival Data", 3.3
 */
export function sweepRiskSets(sets: RiskSets, beta: Float64Array, ties: Ties, visit?: VisitDay): RiskSums {
  const { width, points, stopRank, event, bounds, enterRank, entries } = sets;
  const triangle = (width * (width + 1)) / 2;
  const size = 1 + width + triangle;
  const risk = new Float64Array(size);
  const dying = new Float64Array(size);
  const score = new Float64Array(width);
  const information = new Float64Array(triangle);
  const dayScore = new Float64Array(width);
  const dayInformation = new Float64Array(triangle);
  const full = new Float64Array(width * width);
  let logLikelihood = 0;

  const addRow = (sums: Float64Array, place: number, sign: number): void => {
    const base = place * width;
    let eta = 0;
    for (let j = 0; j < width; j++) eta += (points[base + j] ?? 0) * (beta[j] ?? 0);
    const weight = sign * fastExp(eta);
    sums[0] = (sums[0] ?? 0) + weight;
    let at = 1 + width;
    for (let j = 0; j < width; j++) {
      const weighted = weight * (points[base + j] ?? 0);
      sums[1 + j] = (sums[1 + j] ?? 0) + weighted;
      for (let k = 0; k <= j; k++, at++) sums[at] = (sums[at] ?? 0) + weighted * (points[base + k] ?? 0);
    }
  };

  for (let stratum = 0; stratum + 1 < bounds.length; stratum++) {
    const end = bounds[stratum + 1] ?? 0;
    const late = entries[stratum] ?? new Uint32Array();
    risk.fill(0);
    let present = 0;
    let removed = 0;
    for (let place = bounds[stratum] ?? 0; place < end;) {
      const rank = stopRank[place] ?? 0;
      for (; removed < late.length && (enterRank?.[late[removed] ?? 0] ?? 0) > rank; removed++, present--) {
        addRow(risk, late[removed] ?? 0, -1);
      }
      // What rounding left of rows that are gone would count as risk.
      if (present === 0) risk.fill(0);
      dying.fill(0);
      dayScore.fill(0);
      let deaths = 0;
      let etas = 0;
      for (; place < end && stopRank[place] === rank; place++, present++) {
        if (event[place] === 0) {
          addRow(risk, place, 1);
          continue;
        }
        deaths += 1;
        addRow(dying, place, 1);
        for (let j = 0; j < width; j++) {
          const value = points[place * width + j] ?? 0;
          etas += value * (beta[j] ?? 0);
          dayScore[j] = (dayScore[j] ?? 0) + value;
        }
      }
      if (deaths === 0) continue;
      for (let at = 0; at < size; at++) risk[at] = (risk[at] ?? 0) + (dying[at] ?? 0);

      // One denominator per event of the day; sums of their powers are all that the derivatives need.
      const whole = risk[0] ?? 0;
      const part = ties === 'efron' ? (dying[0] ?? 0) / deaths : 0;
      let one = 0;
      let oneShare = 0;
      let two = 0;
      let twoShare = 0;
      let twoShares = 0;
      let logs = 0;
      let product = 1;
      for (let index = 0; index < deaths; index++) {
        const left = whole - index * part;
        const inverse = 1 / left;
        const share = ties === 'efron' ? index / deaths : 0;
        one += inverse;
        oneShare += share * inverse;
        two += inverse * inverse;
        twoShare += share * inverse * inverse;
        twoShares += share * share * inverse * inverse;
        product *= left;
        if (!(product > 1e-200 && product < 1e200)) {
          logs += log(product);
          product = 1;
        }
      }
      logLikelihood += etas - logs - log(product);
      let at = 0;
      for (let j = 0; j < width; j++) {
        const riskJ = risk[1 + j] ?? 0;
        const dyingJ = dying[1 + j] ?? 0;
        const difference = (dayScore[j] ?? 0) - (riskJ * one - dyingJ * oneShare);
        dayScore[j] = difference;
        score[j] = (score[j] ?? 0) + difference;
        for (let k = 0; k <= j; k++, at++) {
          const riskK = risk[1 + k] ?? 0;
          const dyingK = dying[1 + k] ?? 0;
          const second = 1 + width + at;
          const spread =
            (risk[second] ?? 0) * one -
            (dying[second] ?? 0) * oneShare -
            (riskJ * riskK * two - (riskJ * dyingK + dyingJ * riskK) * twoShare + dyingJ * dyingK * twoShares);
          dayInformation[at] = spread;
          information[at] = (information[at] ?? 0) + spread;
        }
      }
      visit?.({ stratum, rank, deaths, hazard: one, score: dayScore, information: dayInformation });
    }
  }
  unfold(information, width, full);
  return { logLikelihood, score, information: full };
}

/** A triangle row by row as a full symmetric matrix. */
export function unfold(triangle: Float64Array, width: number, full: Float64Array = new Float64Array(width * width)): Float64Array {
  for (let j = 0, at = 0; j < width; j++) {
    for (let k = 0; k <= j; k++, at++) {
      full[j * width + k] = triangle[at] ?? 0;
      full[k * width + j] = triangle[at] ?? 0;
    }
  }
  return full;
}

function lateEntries(enterRank: Uint32Array | undefined, from: number, to: number): Uint32Array {
  if (!enterRank) return new Uint32Array();
  const late: number[] = [];
  for (let place = from; place < to; place++) if ((enterRank[place] ?? 0) > 0) late.push(place);
  return Uint32Array.from(late).sort((one, other) => (enterRank[other] ?? 0) - (enterRank[one] ?? 0) || one - other);
}
