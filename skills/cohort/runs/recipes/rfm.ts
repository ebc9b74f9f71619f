/** Scores of recency, frequency and money, and the segments that they make; only of customers who bought in the window. */
import { type Assignment, type FeatureColumns, orderFreeSums, rfm, rfmDetails, type RfmModel, segments } from '../../core/methods/index.ts';
import { standardise } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { type MoneyUnit, sayTraits, type Trait } from '../words.ts';
import { saySizes, takeColumns, tooFew, traitsOf } from './numbers.ts';

const names = ['recencyDays', 'orders', 'spendMinor'] as const;
const leastBuyers = 20;

export const rfmRecipe: CohortRecipe = {
  method: 'rfm',
  identity: 'name',
  compute({ frame: everybody, parameters, ...run }) {
    const { quantiles, cohorts } = parameterSchemas.rfm.parse(parameters);
    const frame = buyersOf(everybody);
    const few = tooFew(frame, leastBuyers, 'customers bought in the window');
    if (few) return few;
    const data: FeatureColumns = { names, columns: names.map((name) => frame.numbers(name)) };
    const { columns: standard } = standardise(data.columns);
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
          const context = scoreSides(model, data, assignment.label);
          const traits = traitsOf({ plain: data }, assignment.label, model.profile.length);
          const sizes = saySizes(assignment.label, model.profile.length);
          return {
            cohorts: model.profile.map(({ name }, cohort) => wordsOf(name, traits[cohort] ?? [], sizes[cohort] ?? '', frame.money)),
            features: names,
            reasons: scoreReasons(model, data, assignment.label, context),
            context: { ...context },
            own: { quantiles: model.quantiles },
            picture: gridOf(model, data, assignment),
          };
        },
      },
      run,
      frame,
    );
  },
  assign({ frame: everybody, context, ...models }) {
    const frame = buyersOf(everybody);
    const data: FeatureColumns = { names, columns: names.map((name) => frame.numbers(name)) };
    return placeCustomers(
      frame,
      {
        data,
        assign: rfm.assign,
        features: names,
        reasons: (model: RfmModel, { label }) => scoreReasons(model, data, label, context as ScoreSides), // put there by compute
      },
      models,
    );
  },
};

function buyersOf(frame: Frame): Frame {
  const bought = frame.numbers('purchaseDays');
  return frame.where((position) => (bought[position] ?? 0) > 0);
}

/** Of recency, frequency and money: the mean score, and which cohorts lie below it; plain JSON. */
interface ScoreSides {
  readonly means: readonly number[];
  readonly isBelow: readonly (readonly boolean[])[];
}

function wordsOf(name: string, traits: readonly Trait[], size: string, money: MoneyUnit): CohortWords {
  const meaning = segments.find((segment) => segment.name === name)?.meaning;
  return { name, says: [size, ...(meaning === undefined ? [] : [meaning]), ...sayTraits(traits, money)], traits };
}

function scoreSides(model: RfmModel, data: FeatureColumns, label: Int32Array): ScoreSides {
  const cohorts = model.profile.length;
  const sides = scoresOf(model, data).map((score) => {
    const values = Float64Array.from(score);
    const mean = (orderFreeSums(values)[0] ?? 0) / Math.max(1, values.length);
    const sums = orderFreeSums(values, cohorts, label);
    const sizes = orderFreeSums(new Float64Array(values.length).fill(1), cohorts, label);
    return { mean, isBelow: Array.from(sums, (sum, own) => sum / Math.max(1, sizes[own] ?? 0) - mean < 0) };
  });
  return { means: sides.map(({ mean }) => mean), isBelow: sides.map(({ isBelow }) => isBelow) };
}

/** A score speaks for the cohort when it lies on the same side of the mean score as the cohort's mean score does. */
function scoreReasons(model: RfmModel, data: FeatureColumns, label: Int32Array, { means, isBelow }: ScoreSides): Reasons {
  const reasons = keepReasons(label.length);
  for (const [at, score] of scoresOf(model, data).entries()) {
    for (const [row, own] of label.entries()) {
      const gap = (score[row] ?? 0) - (means[at] ?? 0);
      reasons.offer(row, at, isBelow[at]?.[own] === true ? -gap : gap);
    }
  }
  return reasons;
}

function scoresOf(model: RfmModel, data: FeatureColumns): readonly Int32Array[] {
  const { recency, frequency, money } = rfmDetails(model, data).scores;
  return [recency, frequency, money];
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
