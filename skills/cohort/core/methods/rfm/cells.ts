/** Cells are the combinations of three scores; cohorts are named cells, or named groups of them. */
import { rfmCohort } from '../../rfm.ts';
import { segmentOf, segments } from './segments.ts';

export type CohortsBy = 'segment' | 'scores';

/** Number of a combination of scores, 0 … quantiles³ − 1. */
export function cellOf(recency: number, frequency: number, money: number, quantiles: number): number {
  return ((recency - 1) * quantiles + (frequency - 1)) * quantiles + (money - 1);
}

/** Every name that a cohort can have, the best first. */
export function namesOf(cohorts: CohortsBy, quantiles: number): string[] {
  if (cohorts === 'segment') return segments.map(({ name }) => name);
  const scores = Array.from({ length: quantiles }, (_, index) => quantiles - index);
  return scores.flatMap((recency) => scores.flatMap((frequency) => scores.map((money) => rfmCohort(recency, frequency, money))));
}

/** @param names of cohorts by their number @returns the cohort of each cell */
export function cohortOfCells(cohorts: CohortsBy, quantiles: number, names: readonly string[]): Int32Array {
  const numberOf = new Map(names.map((name, cohort) => [name, cohort]));
  const cells = new Int32Array(quantiles * quantiles * quantiles);
  for (let recency = 1; recency <= quantiles; recency++) {
    for (let frequency = 1; frequency <= quantiles; frequency++) {
      for (let money = 1; money <= quantiles; money++) {
        const name = cohorts === 'segment' ? segmentOf(recency, frequency, money, quantiles).name : rfmCohort(recency, frequency, money);
        cells[cellOf(recency, frequency, money, quantiles)] = numberOf.get(name) ?? -1;
      }
    }
  }
  return cells;
}
