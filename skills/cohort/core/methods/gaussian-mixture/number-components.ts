/** Gives the components of a mixture their cohort numbers: the largest comes first, of equals the one with the smaller mean. */
import type { Mixture } from './covariance-shape.ts';

export interface NumberedMixture {
  readonly mixture: Mixture;
  readonly label: Int32Array;
}

/**
 * @param label component of each row
 * @param isShared whether all components have one covariance
 */
export function numberComponents(
  { size, width, weights, means, covariances }: Mixture,
  label: Int32Array,
  isShared: boolean,
): NumberedMixture {
  const sizes = new Int32Array(size);
  for (const component of label) sizes[component] = (sizes[component] ?? 0) + 1;
  const ranking = Array.from(sizes.keys()).toSorted((one, other) => {
    const difference = (sizes[other] ?? 0) - (sizes[one] ?? 0);
    if (difference !== 0) return difference;
    for (let feature = 0; feature < width; feature++) {
      const gap = (means[one * width + feature] ?? 0) - (means[other * width + feature] ?? 0);
      if (gap !== 0) return gap;
    }
    return one - other;
  });
  const numberOf = new Int32Array(size);
  for (const [number, component] of ranking.entries()) numberOf[component] = number;
  return {
    mixture: {
      size,
      width,
      weights: rearranged(weights, ranking),
      means: rearranged(means, ranking),
      covariances: isShared ? covariances : rearranged(covariances, ranking),
    },
    label: label.map((component) => numberOf[component] ?? 0),
  };
}

/** Equal parts in another order. */
function rearranged(values: Float64Array, ranking: readonly number[]): Float64Array {
  const part = values.length / ranking.length;
  const into = new Float64Array(values.length);
  for (const [number, component] of ranking.entries()) into.set(values.subarray(component * part, (component + 1) * part), number * part);
  return into;
}
