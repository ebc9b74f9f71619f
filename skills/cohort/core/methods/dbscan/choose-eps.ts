/** Chooses eps from the data: so large that a given share of the rows are core points. */
import { quantileSorted, type Rng } from '../../../../sdk/numeric/index.ts';
import { drawRows } from '../rows/draw-rows.ts';
import { buildKdTree } from '../rows/kd-tree.ts';
import { neighboursIn } from '../rows/nearest.ts';

const sampleRows = 2_000;

/**
 * Quantile of the distance to the k-th nearest row, a row itself being its first, over a sample of 2,000.
 * @param values row-major, on the scale of distances, in feature order
 * @returns above 0, unless all rows that have k rows are equal to these
 * @see Ester, Kriegel, Sander & Xu (1996), section 4.2, the sorted k-dist graph
 */
export function chooseEps(values: Float64Array, weight: Float64Array, dimensions: number, k: number, quantile: number, rng: Rng): number {
  const find = neighboursIn(buildKdTree(values, dimensions), weight, k);
  const drawn = drawRows(weight, sampleRows, rng);
  const distances = Float64Array.from(drawn, (row) => {
    const { count, squared } = find(values, row * dimensions);
    return Math.sqrt(squared[count - 1] ?? 0);
  }).sort();
  const eps = quantileSorted(distances, quantile);
  return eps > 0 ? eps : (distances.find((distance) => distance > 0) ?? 0);
}
