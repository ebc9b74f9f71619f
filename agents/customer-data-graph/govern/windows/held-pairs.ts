/**
 * Which pairs of a grid a log can hold: a history, the outcome that a model learns from and the outcome that it is judged on, one after
 * the other. Pairs that do not fit are left out and told; refuses a grid of which none is left.
 */
import { CohortiumError, type SealReport } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../../skills/sdk/numeric/index.ts';
import type { ModelWindows } from '../models/model-interface.ts';
import { holdsHistory } from '../training/evaluate.ts';
import { latestCutoff, shifted } from '../training/month-windows.ts';

/** A pair that was not tried. */
export interface LeftOutPair extends ModelWindows {
  /** ISO date by which the log would have to begin. */
  readonly neededFrom: string;
}

export interface HeldPairs {
  /** Months of history by prediction months, ascending; prediction months without any are absent. */
  readonly held: ReadonlyMap<number, readonly number[]>;
  /** By history and then by prediction. */
  readonly leftOut: readonly LeftOutPair[];
}

/**
 * @param history ascending
 * @param pred ascending
 * @throws {CohortiumError} GRAPH_HISTORY_SHORT when no pair is left
 */
export function heldPairs(history: readonly number[], pred: readonly number[], log: Pick<SealReport, 'firstDate' | 'lastDate'>): HeldPairs {
  const first = dayOfIsoDate(log.firstDate) ?? 0;
  const held = new Map<number, readonly number[]>();
  const leftOut: LeftOutPair[] = [];
  for (const predMonths of pred) {
    const judgedDay = dayOfIsoDate(latestCutoff(log.lastDate, predMonths)) ?? 0;
    const trainedDay = shifted(judgedDay, -predMonths);
    const fitting = history.filter((historyMonths) => holdsHistory(trainedDay, historyMonths, first));
    if (fitting.length > 0) held.set(predMonths, fitting);
    for (const historyMonths of history.slice(fitting.length)) {
      leftOut.push({ historyMonths, predMonths, neededFrom: isoDate(shifted(trainedDay, -historyMonths)) });
    }
  }
  if (held.size === 0) {
    const nearest = leftOut.reduce((best, pair) => (pair.neededFrom > best.neededFrom ? pair : best));
    throw new CohortiumError(
      'GRAPH_HISTORY_SHORT',
      `the log begins on ${log.firstDate} and ends on ${log.lastDate}, too short for each of ${leftOut.length} pairs; the shortest, ${nearest.historyMonths} months of history and ${nearest.predMonths} of prediction, would need it to begin by ${nearest.neededFrom}: name fewer months`,
    );
  }
  leftOut.sort((a, b) => a.historyMonths - b.historyMonths || a.predMonths - b.predMonths);
  return { held, leftOut };
}
