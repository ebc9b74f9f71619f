/**
 * Several timing models at once, mixed with weights per cohort: no one family is right for every merchant, nor for all of its
 * customers. A mix of one model is that model.
 */
import { type Rng, sum } from '../../sdk/numeric/index.ts';
import { type AnyTimingFamily, drawLogNormal, type NamedParameters, timingFamily, type TimingModel } from './clv/index.ts';

export interface CohortWeights {
  /** Value of the axis that weights are by; '' stands for every cohort that is not listed. */
  readonly cohort: string;
  /** Share of each model, in the order of the models; they sum to one. */
  readonly shares: readonly number[];
  /** Customers whose out-of-fold predictions the shares were fitted on. */
  readonly customers: number;
}

export interface TimingMix {
  /** Time in weeks of the seasonal clock. */
  readonly models: readonly TimingModel[];
  /** The first entry is that of ''. */
  readonly weights: readonly CohortWeights[];
}

/** A mix with the same shares for everybody: equal ones unless given. */
export function uniformMix(models: readonly TimingModel[], shares?: readonly number[]): TimingMix {
  return { models, weights: [{ cohort: '', shares: shares ?? models.map(() => 1 / models.length), customers: 0 }] };
}

/** Which entry of the weights each row has. */
export function weightRows(mix: TimingMix, cohorts: readonly string[]): Int32Array {
  const entryOf = new Map(mix.weights.map(({ cohort }, entry) => [cohort, entry]));
  return Int32Array.from(cohorts, (cohort) => entryOf.get(cohort) ?? 0);
}

export interface ReadyModel {
  readonly family: AnyTimingFamily;
  readonly params: NamedParameters;
}

/** The models with their families, ready to compute with. */
export function readyModels({ models }: Pick<TimingMix, 'models'>): readonly ReadyModel[] {
  return models.map(({ family, params }) => ({ family: timingFamily(family), params }));
}

/** Where the likelihood is almost flat the approximation reaches values that no data would give; they are held back. */
const farthestRatio = 20;

/** One draw of every model's parameters from its Laplace approximation. */
export function drawModels({ models }: Pick<TimingMix, 'models'>, rng: Rng): readonly ReadyModel[] {
  return models.map((model) => {
    const family = timingFamily(model.family);
    const centre = family.parameters.map(({ name }) => model.params[name] ?? 0);
    const drawn = drawLogNormal(centre, model.covarianceLog, rng).map((value, index) => {
      const fitted = centre[index] ?? value;
      return Math.min(fitted * farthestRatio, Math.max(fitted / farthestRatio, value));
    });
    return { family, params: Object.fromEntries(family.parameters.map(({ name }, index) => [name, drawn[index] ?? 0])) };
  });
}

/** Index of a model, drawn with the shares as probabilities. */
export function drawIndex(shares: readonly number[], rng: Rng): number {
  if (shares.length === 1) return 0;
  let left = rng.uniform() * sum(shares);
  for (let index = 0; index < shares.length; index++) {
    left -= shares[index] ?? 0;
    if (left < 0) return index;
  }
  return shares.length - 1;
}
