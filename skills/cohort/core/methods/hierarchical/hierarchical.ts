/** Hierarchical cohorts: Ward's tree over customers, cut at a number of cohorts or at a height. */
import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { Assignment, CohortMethod, FeatureColumns } from '../method.ts';
import { checkFeatures, columnsOfModel, type CohortProfile, profileCohorts } from '../quality/index.ts';
import { requireWhole } from '../rows/check-settings.ts';
import { distinctRows, findRow } from '../rows/distinct-rows.ts';
import { numberCohorts } from '../rows/number-cohorts.ts';
import { measureScaling, scaleRows, type Scaling, toColumns, toRowMajor } from '../rows/scaling.ts';
import { meansOf, nearestCentroids } from './centroids.ts';
import { checkCut, type Cut, cutDendrogram } from './cut.ts';
import { chooseLandmarks, nearestLandmarks } from './landmarks.ts';
import { type Dendrogram, wardDendrogram } from './ward.ts';

export interface HierarchicalConfig {
  readonly cut: Cut;
  /** Distances between features of mean 0 and standard deviation 1; default true. */
  readonly standardise?: boolean;
  /** Ward on the rows themselves up to so many distinct ones, above on landmarks. Default 20,000. */
  readonly exactRows?: number;
  /** Landmarks above that. Default 300. */
  readonly landmarks?: number;
}

/** Plain JSON. */
export interface HierarchicalModel {
  readonly method: 'hierarchical';
  readonly features: readonly string[];
  readonly scale: Scaling;
  readonly cut: Cut;
  /** What the leaves of the tree are: the distinct rows of the fit in feature order, or landmarks that stand for many rows. */
  readonly leafKind: 'rows' | 'landmarks';
  /** Leaves in columns, one per feature, original units for rows and the scale of distances for landmarks. */
  readonly leaves: readonly (readonly number[])[];
  /** Rows behind each leaf. */
  readonly leafSize: readonly number[];
  readonly leafCohort: readonly number[];
  readonly dendrogram: Dendrogram;
  /** Row-major, one per cohort, on the scale of distances. */
  readonly centroids: readonly number[];
  readonly profile: readonly CohortProfile[];
}

/**
 * Ward's method. Every row of an exact fit keeps the cohort that the tree gave it; other rows go to the nearest centroid, and with
 * landmarks to the cohort of the nearest landmark.
 * @see Ward (1963), "Hierarchical grouping to optimize an objective function"; Murtagh & Legendre (2014) for its variants: this is ward.D2
 */
export const hierarchical: CohortMethod<FeatureColumns, HierarchicalConfig, HierarchicalModel> = {
  id: 'hierarchical',
  title: 'Hierarchical (Ward)',
  fit: fitHierarchical,
  assign: assignHierarchical,
};

function fitHierarchical(config: HierarchicalConfig, data: FeatureColumns, seed: string): HierarchicalModel {
  const { cut, standardise = true, exactRows = 20_000, landmarks: wanted = 300 } = config;
  checkCut(cut);
  requireWhole('exactRows', exactRows, 1);
  requireWhole('landmarks', wanted, 1);
  checkFeatures(data);
  const distinct = distinctRows(data.columns);
  const { values, dimensions, count, weight, rowOf } = distinct;
  const scale = measureScaling(data.columns, standardise);
  const scaled = scaleRows(values, scale);
  const isExact = count <= exactRows;
  const leaves = isExact ? scaled.slice() : chooseLandmarks(scaled, weight, dimensions, wanted, makeRng(`${seed}/landmarks`));
  const leafOf = isExact ? Int32Array.from(weight, (_, row) => row) : nearestLandmarks(scaled, leaves, dimensions);
  const leafSize = new Float64Array(leaves.length / dimensions);
  for (const [row, leaf] of leafOf.entries()) leafSize[leaf] = (leafSize[leaf] ?? 0) + (weight[row] ?? 0);

  const dendrogram = wardDendrogram(leaves.slice(), leafSize.slice(), dimensions);
  const raw = cutDendrogram(dendrogram, cut);
  const { label, cohorts } = numberCohorts(
    leafOf.map((leaf) => raw[leaf] ?? -1),
    weight,
  );
  const leafCohort = new Int32Array(leafSize.length);
  for (const [row, leaf] of leafOf.entries()) leafCohort[leaf] = label[row] ?? 0;
  return {
    method: 'hierarchical',
    features: [...data.names],
    scale,
    cut: { ...cut },
    leafKind: isExact ? 'rows' : 'landmarks',
    leaves: toColumns(isExact ? values : leaves, dimensions),
    leafSize: Array.from(leafSize),
    leafCohort: Array.from(leafCohort),
    dendrogram,
    centroids: Array.from(meansOf(scaled, weight, label, cohorts, dimensions)),
    profile: profileCohorts(
      data,
      Int32Array.from(rowOf, (row) => label[row] ?? -1),
      cohorts,
      scale,
    ),
  };
}

function assignHierarchical(model: HierarchicalModel, data: FeatureColumns): Assignment {
  const dimensions = model.features.length;
  const values = toRowMajor(columnsOfModel(model.features, data));
  const rows = values.length / dimensions;
  const scaled = scaleRows(values, model.scale);
  const leaves = toRowMajor(model.leaves);
  const near = nearestCentroids(scaled, Float64Array.from(model.centroids), dimensions);
  const label = new Int32Array(rows);
  const confidence = new Float64Array(rows);
  const landmark = model.leafKind === 'landmarks' ? nearestLandmarks(scaled, leaves, dimensions) : undefined;
  for (let row = 0; row < rows; row++) {
    const leaf = landmark ? (landmark[row] ?? -1) : findRow(leaves, values, row, dimensions);
    const { cohort, margin } = near(row, leaf < 0 ? undefined : model.leafCohort[leaf]);
    label[row] = cohort;
    confidence[row] = margin;
  }
  return { label, confidence, kind: 'margin' };
}
