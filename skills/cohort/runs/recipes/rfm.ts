/** Scores of recency, frequency and money, and the segments that they make; only of customers who bought in the window. */
import { type Assignment, type FeatureColumns, orderFreeSums, rfm, rfmDetails, type RfmModel, segments } from '../../core/methods/index.ts';
import { standardise } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { runMethod } from '../run-method.ts';
import { sayTraits, type Trait } from '../words.ts';
import { saySize, takeColumns, tooFew, traitsOf } from './numbers.ts';

const names = ['recencyDays', 'orders', 'spendMinor'] as const;
const leastBuyers = 20;

export const rfmRecipe: CohortRecipe = {
  method: 'rfm',
  identity: 'name',
  compute({ frame: everybody, parameters, ...run }) {
    const { quantiles, cohorts } = parameterSchemas.rfm.parse(parameters);
    const bought = everybody.numbers('purchaseDays');
    const frame = everybody.where((position) => (bought[position] ?? 0) > 0);
    const few = tooFew(frame, leastBuyers, 'customers bought in the window');
    if (few) return few;
    const data: FeatureColumns = { names, columns: names.map((name) => frame.numbers(name)) };
    const { scale, columns: standard } = standardise(data.columns);
    const config = { quantiles, cohorts, recency: names[0], frequency: names[1], money: names[2] };
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takeColumns,
        fit: (rows) => rfm.fit(config, rows, ''),
        assign: rfm.assign,
        cohortsOf: (model) => model.profile.length,
        fitRows: Number.POSITIVE_INFINITY,
        resampling: { refits: 9, rows: 20_000 },
        silhouette: standard,
        describe: (model, assignment) => {
          const traits = traitsOf({ data, plain: data, scale, standard }, assignment.label, model.profile.length);
          return {
            cohorts: model.profile.map(({ name }, cohort) => wordsOf(name, traits[cohort] ?? [], assignment.label, cohort)),
            features: names,
            reasons: scoreReasons(model, data, assignment.label),
            own: { quantiles: model.quantiles },
            picture: gridOf(model, data, assignment),
          };
        },
      },
      run,
      frame,
    );
  },
};

function wordsOf(name: string, traits: readonly Trait[], label: Int32Array, cohort: number): CohortWords {
  const meaning = segments.find((segment) => segment.name === name)?.meaning;
  return { name, says: [saySize(label, cohort), ...(meaning === undefined ? [] : [meaning]), ...sayTraits(traits)], traits };
}

/** A score speaks for the cohort when it lies on the same side of the mean score as the cohort's mean score does. */
function scoreReasons(model: RfmModel, data: FeatureColumns, label: Int32Array): Reasons {
  const { scores } = rfmDetails(model, data);
  const reasons = keepReasons(label.length);
  const cohorts = model.profile.length;
  for (const [at, score] of [scores.recency, scores.frequency, scores.money].entries()) {
    const values = Float64Array.from(score);
    const mean = (orderFreeSums(values)[0] ?? 0) / Math.max(1, values.length);
    const sums = orderFreeSums(values, cohorts, label);
    const sizes = orderFreeSums(new Float64Array(values.length).fill(1), cohorts, label);
    for (const [row, own] of label.entries()) {
      const side = (sums[own] ?? 0) / Math.max(1, sizes[own] ?? 0) - mean;
      const gap = (values[row] ?? 0) - mean;
      reasons.offer(row, at, side < 0 ? -gap : gap);
    }
  }
  return reasons;
}

function gridOf(model: RfmModel, data: FeatureColumns, { label }: Assignment): CohortPicture {
  const { scores } = rfmDetails(model, data);
  const classes = model.quantiles;
  const cells = Array.from({ length: classes * classes }, () => ({ customers: 0, minor: 0, cohorts: new Map<number, number>() }));
  for (const [row, own] of label.entries()) {
    const cell = cells[((scores.frequency[row] ?? 1) - 1) * classes + (scores.recency[row] ?? 1) - 1];
    if (!cell) continue;
    cell.customers += 1;
    cell.minor += data.columns[2]?.[row] ?? 0;
    cell.cohorts.set(own, (cell.cohorts.get(own) ?? 0) + 1);
  }
  return {
    kind: 'grid',
    data: {
      across: 'recency',
      down: 'frequency',
      classes,
      cells: cells.map(({ customers, minor, cohorts }, at) => ({
        across: (at % classes) + 1,
        down: Math.floor(at / classes) + 1,
        customers,
        cohort: [...cohorts].sort((one, other) => other[1] - one[1] || one[0] - other[0])[0]?.[0] ?? -1,
        meanSpendMinor: customers > 0 ? minor / customers : 0,
      })),
    },
  };
}
