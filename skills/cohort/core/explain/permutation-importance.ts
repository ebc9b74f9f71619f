/** How much worse a model foretells when a group of features is shuffled among customers: what the model as a whole leans on. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, quantileSorted, type Rng, sum, sumOf } from '../../../sdk/numeric/index.ts';

export interface GroupImportance {
  readonly group: string;
  /** Mean rise of the loss over the repeats; below 0 the group misleads. */
  readonly mean: number;
  /** Central 95 % of the repeats. */
  readonly low: number;
  readonly high: number;
}

export interface PermutedModel {
  readonly rows: number;
  readonly groups: readonly string[];
  /** Predictions when the features of this group come from these rows instead of a customer's own. */
  readonly predict: (group: string, from: Int32Array) => ArrayLike<number>;
  /** What came true. */
  readonly actual: ArrayLike<number>;
}

/** Repeats of the shuffling. */
export const importanceRepeats = 30;

/**
 * Rise of the Poisson deviance per customer when whole groups are shuffled on held-out customers.
 * @throws {CohortiumError} NUMERIC_DOMAIN when there are fewer than two rows
 * @see Breiman (2001), "Random forests", section 10; Fisher, Rudin & Dominici (2019), "All models are wrong, but many are useful"
 */
export function permutationImportance(
  { rows, groups, predict, actual }: PermutedModel,
  rng: Rng,
  repeats = importanceRepeats,
): GroupImportance[] {
  if (rows < 2) throw new CohortiumError('NUMERIC_DOMAIN', `shuffling needs two customers or more; found ${rows}`);
  const own = Int32Array.from({ length: rows }, (_, row) => row);
  return groups.map((group) => {
    const stream = rng.split(group);
    const asIs = poissonDeviance(actual, predict(group, own));
    const rises = Float64Array.from({ length: repeats }, () => poissonDeviance(actual, predict(group, shuffled(own, stream))) - asIs);
    const sorted = rises.toSorted();
    return { group, mean: sum(rises) / repeats, low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
  });
}

/** Mean Poisson deviance of counts against expectations; an expectation of zero is taken as the smallest that a count allows. */
export function poissonDeviance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const least = 1e-12;
  return (
    (2 / actual.length) *
    sumOf(actual.length, (row) => {
      const [count, mean] = [actual[row] ?? 0, Math.max(least, expected[row] ?? 0)];
      return (count > 0 ? count * log(count / mean) : 0) - (count - mean);
    })
  );
}

function shuffled(rows: Int32Array, rng: Rng): Int32Array {
  const order = rows.slice();
  for (let at = order.length - 1; at > 0; at--) {
    const chosen = rng.integer(at + 1);
    const kept = order[at] ?? 0;
    order[at] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
}
