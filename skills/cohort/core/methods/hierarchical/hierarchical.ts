/** Hierarchical cohorts: Ward's tree over customers, cut at a number of cohorts or at a height. */
import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { Assignment, CohortMethod, FeatureColumns } from '../method.ts';
import { distinctRows, findRow } from '../rows/distinct-rows.ts';
import { numberCohorts } from '../rows/number-cohorts.ts';
import { type MethodProfile, profileCohorts } from '../rows/profile.ts';
import { checkFeatures, checkFeaturesOf, requireRows, requireWhole } from '../rows/read-features.ts';
import { measureScaling, type Scale, scaleRows, type Scaling, toColumns, toRowMajor } from '../rows/scaling.ts';
import { nearestCentroids } from './centroids.ts';
import { checkCut, type Cut, cutDendrogram } from './cut.ts';
import { chooseLandmarks, nearestLandmarks } from './landmarks.ts';
import { type Dendrogram, wardDendrogram } from './ward.ts';

export interface HierarchicalConfig {
  readonly cut: Cut;
  /** Default `standard`. */
  readonly scale?: Scale;
  /** Ward on the rows themselves up to so many distinct ones, above on landmarks. Default 20,000. */
  readonly exactRows?: number;
  /** Landmarks above that. Default 300. */
  readonly landmarks?: number;
}

/** Plain JSON. */
export interface HierarchicalModel {
  readonly method: 'hierarchical';
  readonly features: readonly string[];
  readonly scaling: Scaling;
  readonly cut: Cut;
  /** What the leaves of the tree are: the distinct rows of the fit in feature order, or landmarks that stand for many rows. */
  readonly leafKind: 'rows' | 'landmarks';
  /** Leaves in columns, one per feature, original units for rows and the scale of distances for landmarks. */
  readonly leaves: readonly (readonly number[])[];
  /** Rows behind each leaf. */
  readonly leafSize: readonly number[];
  readonly leafCohort: readonly number[];
  readonly dendrogram: Dendrogram;
  /** The means are the centroids that rows are assigned by. */
  readonly profile: MethodProfile;
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
  const { cut, scale = 'standard', exactRows = 20_000, landmarks: wanted = 300 } = config;
  checkCut(cut);
  requireWhole('exactRows', exactRows, 1);
  requireWhole('landmarks', wanted, 1);
  requireRows(checkFeatures(data));
  const distinct = distinctRows(data.columns);
  const { values, dimensions, count, weight } = distinct;
  const scaling = measureScaling(distinct, scale);
  const scaled = scaleRows(values, scaling);
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
    scaling,
    cut: { ...cut },
    leafKind: isExact ? 'rows' : 'landmarks',
    leaves: toColumns(isExact ? values : leaves, dimensions),
    leafSize: Array.from(leafSize),
    leafCohort: Array.from(leafCohort),
    dendrogram,
    profile: profileCohorts({ values, weight, label }, cohorts, scaling),
  };
}

function assignHierarchical(model: HierarchicalModel, data: FeatureColumns): Assignment {
  const rows = checkFeaturesOf(model, data);
  const dimensions = model.features.length;
  const values = toRowMajor(data.columns);
  const scaled = scaleRows(values, model.scaling);
  const leaves = toRowMajor(model.leaves);
  const near = nearestCentroids(scaled, scaleRows(toRowMajor(centroidColumns(model)), model.scaling), dimensions);
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

function centroidColumns({ profile, features }: HierarchicalModel): number[][] {
  return features.map((_, at) => profile.cohorts.map(({ mean }) => mean[at] ?? 0));
}
