/**
 * Where a row that was not fitted would fall out of the condensed tree: with the neighbour that it is nearest to by mutual
 * reachability. Approximate, as a fit with the row might have made another tree.
 * @see McInnes, Healy & Astels (2017), "hdbscan: Hierarchical density based clustering", approximate_predict
 */
import { buildKdTree } from '../rows/kd-tree.ts';
import { neighboursIn } from '../rows/nearest.ts';
import type { DensityGroups } from './membership.ts';

/** What of a model places later rows. */
export interface FittedRows {
  readonly features: readonly string[];
  readonly minSamples: number;
  readonly rowSize: readonly number[];
  readonly rowGroup: readonly number[];
  readonly rowLambda: readonly number[];
  readonly coreDistance: readonly number[];
  readonly groups: DensityGroups;
}

export interface TreePlace {
  readonly group: number;
  readonly lambda: number;
}

/** @param fitted rows of the model, row-major, on the scale of distances */
export function predictor(model: FittedRows, fitted: Float64Array): (point: Float64Array, offset: number) => TreePlace {
  const { rowGroup, rowLambda, coreDistance, groups, minSamples } = model;
  const weight = Float64Array.from(model.rowSize);
  const find = neighboursIn(buildKdTree(fitted, model.features.length), weight, 2 * minSamples);
  return (point, offset) => {
    const { count, row, squared } = find(point, offset);
    let core = 0;
    let held = 1; // the row itself
    for (let at = 0; at < count && held < minSamples; at++) {
      core = Math.sqrt(squared[at] ?? 0);
      held += weight[row[at] ?? 0] ?? 0;
    }
    let nearest = 0;
    let reach = Number.POSITIVE_INFINITY;
    for (let at = 0; at < count; at++) {
      const other = row[at] ?? 0;
      const mutual = Math.max(core, coreDistance[other] ?? 0, Math.sqrt(squared[at] ?? 0));
      if (mutual >= reach) continue;
      reach = mutual;
      nearest = other;
    }
    const lambda = Math.min(1 / reach, rowLambda[nearest] ?? 0);
    let group = rowGroup[nearest] ?? 0;
    while (group !== 0 && (groups.birth[group] ?? 0) > lambda) group = groups.parent[group] ?? 0;
    return { group, lambda };
  };
}
