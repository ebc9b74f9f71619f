/** Several starts on a sample, of which the best is kept: a single start may end a few percent above the least inertia. */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import type { KMeansOptions } from './config.ts';
import { type Refined, refine } from './refine.ts';
import { seedCentroids } from './seed-centroids.ts';

/** Rows that all starts are tried on; enough to tell good optima from bad ones, not the best from the next. */
const heatRows = 10_000;
/** Starts that go on to the whole sample. */
const finalists = 3;

/**
 * @param sample row-major, rows × features, standardised
 * @returns the start with the least inertia, refined on the sample; fewer than k centroids where distinct rows are fewer
 */
export function bestStart(sample: Float64Array, features: number, k: number, options: KMeansOptions, rng: Rng): Refined {
  const { restarts, maxIterations, tolerance } = options;
  const heat = everyNth(sample, features, heatRows);
  const tried = Array.from({ length: k === 1 ? 1 : restarts }, (_, restart) =>
    refine(heat, features, seedCentroids(heat, features, k, rng.split(`restart ${restart}`)), maxIterations, tolerance),
  );
  if (heat.length === sample.length) return leastInertia(tried);
  const best = tried.sort((one, other) => one.inertia - other.inertia).slice(0, finalists);
  return leastInertia(best.map(({ centroids }) => refine(sample, features, centroids, maxIterations, tolerance)));
}

/** The first of equals. */
function leastInertia(found: readonly Refined[]): Refined {
  return found.reduce((best, next) => (next.inertia < best.inertia ? next : best));
}

function everyNth(points: Float64Array, features: number, most: number): Float64Array {
  const rows = points.length / features;
  if (rows <= most) return points;
  const some = new Float64Array(most * features);
  for (let index = 0; index < most; index++) {
    const row = Math.floor((index * rows) / most);
    some.set(points.subarray(row * features, (row + 1) * features), index * features);
  }
  return some;
}
