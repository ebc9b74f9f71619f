/** Fits several families to the same histories and ranks them: by what they say of a holdout where there is one, else by AIC. */
import { isCohortiumError } from '../../../sdk/errors.ts';
import { log, sumOf } from '../../../sdk/numeric/index.ts';
import { timingFamily } from './families.ts';
import { type FitOptions, fitStatistics, type TimingModel } from './fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from './histories.ts';

/** What came after the histories: columns of the same rows. */
export interface HoldoutColumns {
  /** Purchases in the holdout, integers ≥ 0. */
  readonly x: ArrayLike<number>;
  /** Its length, in the time unit of the histories. */
  readonly duration: number;
}

export interface ComparedModel {
  readonly family: string;
  readonly title: string;
  readonly model: TimingModel;
  readonly holdout: {
    /** Mean log-probability per customer of the purchases that came, given the history; higher is better. */
    readonly logScore: number;
    /** Expected purchases of all customers. */
    readonly expected: number;
    readonly actual: number;
  } | null;
}

export interface Comparison {
  /** Best first. */
  readonly models: readonly ComparedModel[];
  /** Families that could not be fitted, with the reason. */
  readonly failed: readonly { readonly family: string; readonly reason: string }[];
  readonly rankedBy: 'holdout log-score' | 'AIC';
}

/**
 * @param families ids, as in timingFamilyIds
 * @throws {CohortiumError} NUMERIC_DOMAIN for an unknown family or rows that are no histories
 */
export function compareFamilies(
  data: HistoryColumns,
  families: readonly string[],
  { holdout, ...options }: FitOptions & { readonly holdout?: HoldoutColumns | undefined } = {},
): Comparison {
  const statistics = summarizeHistories(data);
  const models: ComparedModel[] = [];
  const failed: { family: string; reason: string }[] = [];
  for (const id of families) {
    const family = timingFamily(id);
    try {
      const model = fitStatistics(family, statistics, options);
      models.push({ family: id, title: family.title, model, holdout: holdout ? scoreHoldout(model, data, holdout) : null });
    } catch (error) {
      if (!isCohortiumError(error) || error.code === 'NUMERIC_DOMAIN') throw error;
      failed.push({ family: id, reason: error.message });
    }
  }
  models.sort((one, other) => (holdout ? (other.holdout?.logScore ?? 0) - (one.holdout?.logScore ?? 0) : one.model.aic - other.model.aic));
  return { models, failed, rankedBy: holdout ? 'holdout log-score' : 'AIC' };
}

/** A count that a model holds impossible costs this much, not everything. */
const leastLogProbability = -700;

function scoreHoldout(model: TimingModel, data: HistoryColumns, { x, duration }: HoldoutColumns): NonNullable<ComparedModel['holdout']> {
  const family = timingFamily(model.family);
  const rows = data.x.length;
  const known = new Map<string, readonly [logScore: number, expected: number]>();
  const scores = Array.from({ length: rows }, (_, row) => {
    const history = { x: data.x[row] ?? 0, tx: data.tx[row] ?? 0, T: data.T[row] ?? 0 };
    const count = x[row] ?? 0;
    const key = `${history.x} ${history.tx} ${history.T} ${count}`;
    const before = known.get(key);
    if (before) return before;
    const probability = family.futureCountProbability(model.params, history, count, duration);
    const score = [
      probability > 0 ? Math.max(leastLogProbability, log(probability)) : leastLogProbability,
      family.conditionalExpectation(model.params, history, duration),
    ] as const;
    known.set(key, score);
    return score;
  });
  const weight = (row: number): number => data.weight?.[row] ?? 1;
  return {
    logScore: sumOf(rows, (row) => weight(row) * (scores[row]?.[0] ?? 0)) / sumOf(rows, weight),
    expected: sumOf(rows, (row) => weight(row) * (scores[row]?.[1] ?? 0)),
    actual: sumOf(rows, (row) => weight(row) * (x[row] ?? 0)),
  };
}
