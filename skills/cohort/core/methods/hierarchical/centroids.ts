/** Centroids of cohorts, the nearest one, and by what margin it is nearer than the others. */
import { squaredDistance } from '../rows/box-distance.ts';

export interface NearCentroid {
  cohort: number;
  /** (Distance to the nearest other centroid − own) / (their sum), at least 0; 1 with a single cohort. */
  margin: number;
}

/** Mean of the rows of each cohort, row-major. */
export function meansOf(values: Float64Array, weight: Float64Array, label: Int32Array, cohorts: number, dimensions: number): Float64Array {
  const means = new Float64Array(cohorts * dimensions);
  const sizes = new Float64Array(cohorts);
  for (let row = 0; row < label.length; row++) {
    const cohort = label[row] ?? 0;
    const count = weight[row] ?? 0;
    const size = (sizes[cohort] ?? 0) + count;
    sizes[cohort] = size;
    for (let at = 0; at < dimensions; at++) {
      const place = cohort * dimensions + at;
      const mean = means[place] ?? 0;
      means[place] = mean + (count / size) * ((values[row * dimensions + at] ?? 0) - mean);
    }
  }
  return means;
}

/**
 * @param values row-major, on the scale of distances
 * @param centroids row-major, one per cohort
 * @returns for a row the nearest cohort, of equally near ones the lowest, or the given one; the object returned is the same each time
 */
export function nearestCentroids(
  values: Float64Array,
  centroids: Float64Array,
  dimensions: number,
): (row: number, given?: number) => NearCentroid {
  const cohorts = centroids.length / dimensions;
  const found: NearCentroid = { cohort: 0, margin: 1 };
  return (row, given) => {
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    let toGiven = Number.POSITIVE_INFINITY;
    for (let cohort = 0; cohort < cohorts; cohort++) {
      const squared = squaredDistance(values, row * dimensions, centroids, cohort * dimensions, dimensions);
      if (cohort === given) toGiven = squared;
      if (squared < least) {
        next = least;
        least = squared;
        nearest = cohort;
      } else if (squared < next) next = squared;
    }
    found.cohort = given ?? nearest;
    // A row that the tree put into a cohort other than the nearest has no margin.
    if (found.cohort !== nearest) found.margin = toGiven > least ? 0 : marginOf(toGiven, least);
    else found.margin = marginOf(least, next);
    return found;
  };
}

/** @param own squared distance, like `other` */
function marginOf(own: number, other: number): number {
  if (other === Number.POSITIVE_INFINITY) return 1;
  const near = Math.sqrt(own);
  const far = Math.sqrt(other);
  return far > 0 ? (far - near) / (far + near) : 0;
}
