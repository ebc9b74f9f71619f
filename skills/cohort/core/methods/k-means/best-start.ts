/** Several starts on a sample, of which the best is kept: a single start may end a few percent above the least inertia. */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import type { KMeansOptions } from './config.ts';
import { type Refined, refine } from './refine.ts';
import { seedCentroids } from './seed-centroids.ts';

/** @param sample row-major, rows × features, standardised */
export function bestStart(sample: Float64Array, features: number, k: number, options: KMeansOptions, rng: Rng): Refined {
  let best: Refined | undefined;
  for (let restart = 0; restart < options.restarts; restart++) {
    const start = seedCentroids(sample, features, k, rng.split(`restart ${restart}`));
    const found = refine(sample, features, start, options.maxIterations, options.tolerance);
    if (!best || found.inertia < best.inertia) best = found;
    if (k === 1) break;
  }
  return best ?? refine(sample, features, sample.slice(0, features), 1, 0);
}
