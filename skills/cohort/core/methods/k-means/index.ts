/** k-means: cohorts around centroids, the number of them given or chosen. */
import type { Assignment, CohortMethod, FeatureColumns } from '../method.ts';
import { columnsOfModel } from '../quality/check-features.ts';
import type { KMeansConfig } from './config.ts';
import { fitKMeans, type KMeansModel } from './fit.ts';
import { nearestTwo } from './nearest-two.ts';

export type { KChoice, TriedK } from './choose-k.ts';
export type { ChooseK, KMeansConfig } from './config.ts';
export type { KMeansModel } from './fit.ts';

/**
 * Customers by their nearest centroid, over standardised features. Confidence is the margin (second distance − distance) /
 * (second distance + distance): 0 half-way between two cohorts, 1 at a centroid or where there is one cohort only.
 * @see Lloyd (1982), "Least squares quantization in PCM"; Arthur & Vassilvitskii (2007) for starts; Hamerly (2010) for speed
 */
export const kMeans: CohortMethod<FeatureColumns, KMeansConfig, KMeansModel> = {
  id: 'k-means',
  title: 'k-means',
  fit: fitKMeans,
  assign: assignKMeans,
};

function assignKMeans(model: KMeansModel, data: FeatureColumns): Assignment {
  const { label, least, next } = nearestTwo(columnsOfModel(model.features, data), model.scale, Float64Array.from(model.centroids.flat()));
  const confidence = new Float64Array(label.length);
  for (let row = 0; row < confidence.length; row++) {
    const own = Math.sqrt(least[row] ?? 0);
    const other = Math.sqrt(next[row] ?? 0);
    confidence[row] = other === Number.POSITIVE_INFINITY ? 1 : other > 0 ? (other - own) / (other + own) : 0;
  }
  return { label, confidence, kind: 'margin' };
}
