/** The log-rank test: whether groups differ in when the event comes to them, over all days alike. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { chiSquareTail } from '../../../../sdk/numeric/index.ts';
import { checkSurvivalRows, strataOf, type SurvivalRows } from './rows.ts';
import { solveIndependent } from './solve-independent.ts';
import { countAtRanks, type Timeline, timelineOf } from './timeline.ts';

export interface LogRankGroup {
  readonly rows: number;
  readonly observed: number;
  /** Events that would be expected if all groups were alike. */
  readonly expected: number;
}

/** Plain JSON. */
export interface LogRank {
  readonly chiSquare: number;
  /** Groups that can be told apart, less one. */
  readonly degrees: number;
  /** Probability of as large a difference where there is none; 1 without degrees of freedom. */
  readonly p: number;
  readonly groups: readonly LogRankGroup[];
}

export interface LogRankPair {
  readonly one: number;
  readonly other: number;
  readonly chiSquare: number;
  readonly p: number;
  /** Holm's: what p is worth after so many comparisons. */
  readonly adjusted: number;
}

/**
 * Test over any number of groups; strata of the rows are compared within themselves and summed.
 * @param group group of each row, 0 … groups − 1, negative to leave it out
 * @throws {CohortiumError} NUMERIC_DOMAIN when rows or groups are not usable
 * @see Mantel (1966); Peto & Peto (1972); Collett (2015), "Modelling Survival Data in Medical Research", 2.6 and 2.8
 */
export function logRank(data: SurvivalRows, group: Int32Array, groups: number): LogRank {
  const rows = checkSurvivalRows(data);
  checkGroups(group, groups, rows);
  return logRankOf(timelineOf(data), data, group, groups);
}

/**
 * Every two groups against each other.
 * @see Holm (1979), "A simple sequentially rejective multiple test procedure"
 */
export function logRankPairs(data: SurvivalRows, group: Int32Array, groups: number): LogRankPair[] {
  const rows = checkSurvivalRows(data);
  checkGroups(group, groups, rows);
  const timeline = timelineOf(data);
  const pairs: Omit<LogRankPair, 'adjusted'>[] = [];
  for (let one = 0; one < groups; one++) {
    for (let other = one + 1; other < groups; other++) {
      const side = group.map((own) => (own === one ? 0 : own === other ? 1 : -1));
      const { chiSquare, p } = logRankOf(timeline, data, side, 2);
      pairs.push({ one, other, chiSquare, p });
    }
  }
  const adjusted = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, index) => ({ ...pair, adjusted: adjusted[index] ?? 1 }));
}

/** Holm's adjustment of probabilities: each is controlled over all of them together. */
export function holm(p: readonly number[]): number[] {
  const ranked = [...p.keys()].sort((one, other) => (p[one] ?? 0) - (p[other] ?? 0) || one - other);
  const adjusted = p.slice();
  let least = 0;
  for (const [rank, index] of ranked.entries()) {
    least = Math.max(least, Math.min(1, (p.length - rank) * (p[index] ?? 1)));
    adjusted[index] = least;
  }
  return adjusted;
}

/** Without checks, for rows and a timeline that are known. */
export function logRankOf(timeline: Timeline, data: SurvivalRows, group: Int32Array, groups: number): LogRank {
  const { strata: names, stratumOf } = strataOf(data);
  const strata = names.length;
  const cell = stratumOf ? group.map((own, row) => (own < 0 ? -1 : (stratumOf[row] ?? 0) * groups + own)) : group;
  const counts = countAtRanks(timeline, data.event, groups * strata, cell);
  const difference = new Float64Array(groups);
  const expected = new Float64Array(groups);
  const observed = new Float64Array(groups);
  const variance = new Float64Array(groups * groups);
  const { ranks, atRisk, events } = counts;
  for (let part = 0; part < strata; part++) {
    for (let rank = 0; rank < ranks; rank++) {
      let present = 0;
      let died = 0;
      for (let own = 0; own < groups; own++) {
        const at = (part * groups + own) * ranks + rank;
        present += atRisk[at] ?? 0;
        died += events[at] ?? 0;
      }
      if (died === 0) continue;
      const spread = present > 1 ? (died * (present - died)) / (present - 1) : 0;
      for (let own = 0; own < groups; own++) {
        const share = (atRisk[(part * groups + own) * ranks + rank] ?? 0) / present;
        observed[own] = (observed[own] ?? 0) + (events[(part * groups + own) * ranks + rank] ?? 0);
        expected[own] = (expected[own] ?? 0) + died * share;
        for (let other = 0; other < groups; other++) {
          const otherShare = (atRisk[(part * groups + other) * ranks + rank] ?? 0) / present;
          const at = own * groups + other;
          variance[at] = (variance[at] ?? 0) + spread * share * ((own === other ? 1 : 0) - otherShare);
        }
      }
    }
  }
  for (let own = 0; own < groups; own++) difference[own] = (observed[own] ?? 0) - (expected[own] ?? 0);
  const { solution, rank: degrees } = solveIndependent(variance, difference);
  let chiSquare = 0;
  for (let own = 0; own < groups; own++) chiSquare += (solution[own] ?? 0) * (difference[own] ?? 0);
  const sizes = new Float64Array(groups);
  for (const own of group) if (own >= 0) sizes[own] = (sizes[own] ?? 0) + 1;
  return {
    chiSquare,
    degrees,
    p: degrees > 0 ? chiSquareTail(chiSquare, degrees) : 1,
    groups: Array.from(sizes, (rows, own) => ({ rows, observed: observed[own] ?? 0, expected: expected[own] ?? 0 })),
  };
}

function checkGroups(group: Int32Array, groups: number, rows: number): void {
  if (group.length !== rows || !(Number.isInteger(groups) && groups >= 1)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `${group.length} group numbers for ${rows} rows and ${groups} groups; give one per row`);
  }
  const row = group.findIndex((own) => own >= groups);
  if (row >= 0) throw new CohortiumError('NUMERIC_DOMAIN', `row ${row} is in group ${group[row]}; there are ${groups}, from 0`);
}
