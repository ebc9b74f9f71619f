/** The nearest and the second nearest centroid of each row: what a label and its margin are read from. */
import { inverseScale, type Scale } from '../quality/standardise.ts';

export interface NearestTwo {
  readonly label: Int32Array;
  /** Squared distance to the nearest centroid, in standard deviations. */
  readonly least: Float64Array;
  /** To the second nearest; infinite where there is but one. */
  readonly next: Float64Array;
}

/** Rows that are standardised at a time. */
const blockRows = 1024;

/**
 * @param columns in the features' own units
 * @param centroids row-major, standardised; of equally near ones the first counts
 */
export function nearestTwo(columns: readonly Float64Array[], scale: Scale, centroids: Float64Array): NearestTwo {
  const features = columns.length;
  const rows = columns[0]?.length ?? 0;
  const inverse = inverseScale(scale);
  const found = { label: new Int32Array(rows), least: new Float64Array(rows), next: new Float64Array(rows) };
  const block = new Float64Array(blockRows * features);
  for (let from = 0; from < rows; from += blockRows) {
    const size = Math.min(blockRows, rows - from);
    for (let feature = 0; feature < features; feature++) {
      const column = columns[feature];
      const mean = scale.mean[feature] ?? 0;
      const factor = inverse[feature] ?? 0;
      for (let row = 0; row < size; row++) block[row * features + feature] = ((column?.[from + row] ?? 0) - mean) * factor;
    }
    searchBlock(block, features, centroids, from, size, found);
  }
  return found;
}

function searchBlock(block: Float64Array, features: number, centroids: Float64Array, from: number, size: number, out: NearestTwo): void {
  const k = centroids.length / features;
  for (let row = 0; row < size; row++) {
    const at = row * features;
    let label = 0;
    let least = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (let centroid = 0, place = 0; centroid < k; centroid++) {
      let squared = 0;
      for (let feature = 0; feature < features; feature++, place++) {
        const off = (block[at + feature] ?? 0) - (centroids[place] ?? 0);
        squared += off * off;
      }
      if (squared < least) {
        next = least;
        least = squared;
        label = centroid;
      } else if (squared < next) next = squared;
    }
    out.label[from + row] = label;
    out.least[from + row] = least;
    out.next[from + row] = next;
  }
}
