/** Density cohorts of differing density, without a distance to choose: HDBSCAN*. */
import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { Assignment, CohortMethod, FeatureColumns } from '../method.ts';
import { checkFeatures, columnsOfModel } from '../quality/index.ts';
import { requireWhole } from '../rows/check-settings.ts';
import { type DensityProfile, describeCohorts } from '../rows/describe-cohorts.ts';
import { type DistinctRows, distinctRows, findRow } from '../rows/distinct-rows.ts';
import { drawRows } from '../rows/draw-rows.ts';
import { buildKdTree } from '../rows/kd-tree.ts';
import { neighboursIn } from '../rows/nearest.ts';
import { numberCohorts } from '../rows/number-cohorts.ts';
import { measureScaling, scaleRows, type Scaling, takeRows, toColumns, toRowMajor } from '../rows/scaling.ts';
import { condense } from './condense.ts';
import { type DensityGroups, outlierScore, peaks, selectedOf, strengthOf } from './membership.ts';
import { predictor } from './predict.ts';
import { selectGroups } from './select-groups.ts';
import { spanningTree } from './spanning-tree.ts';

export interface HdbscanConfig {
  /** Fewest rows of a cohort, at least 2. Default one in 200 of the rows that are fitted, at least 5. */
  readonly minClusterSize?: number;
  /** Rows, itself among them, to which a row's core distance reaches. Default twice the features and at least 4, at most `minClusterSize`. */
  readonly minSamples?: number;
  /** Whether all customers may be one cohort. Default false: then data without a gap are split or noise. */
  readonly allowSingle?: boolean;
  /** Fitted on a sample of so many rows where there are more. Default 50,000, which is also the most. */
  readonly maxRows?: number;
  /** Distances between features of mean 0 and standard deviation 1; default true. */
  readonly standardise?: boolean;
}

/** Plain JSON; the profile is of the rows that were fitted. */
export interface HdbscanModel extends DensityProfile {
  readonly method: 'hdbscan';
  readonly features: readonly string[];
  readonly scale: Scaling;
  readonly minClusterSize: number;
  readonly minSamples: number;
  /** Distinct rows that were fitted, in feature order, in columns, original units. */
  readonly rows: readonly (readonly number[])[];
  readonly rowSize: readonly number[];
  /** Group that each row falls out of, and at which λ. */
  readonly rowGroup: readonly number[];
  readonly rowLambda: readonly number[];
  /** On the scale of distances. */
  readonly coreDistance: readonly number[];
  readonly groups: DensityGroups;
  /** Selected group of each cohort. */
  readonly cohortGroup: readonly number[];
}

const mostRows = 50_000;

/**
 * HDBSCAN*, cohorts by excess of mass. Confidence of a member is its strength, λ over the largest λ of the cohort; that of a row in
 * no cohort is its outlier score (GLOSH). Rows that were not fitted get the place of their nearest fitted neighbour.
 * @see Campello, Moulavi & Sander (2013), "Density-based clustering based on hierarchical density estimates"
 */
export const hdbscan: CohortMethod<FeatureColumns, HdbscanConfig, HdbscanModel> = {
  id: 'hdbscan',
  title: 'Hierarchical density (HDBSCAN*)',
  fit: fitHdbscan,
  assign: assignHdbscan,
};

function fitHdbscan(config: HdbscanConfig, data: FeatureColumns, seed: string): HdbscanModel {
  const { standardise = true, allowSingle = false, maxRows = mostRows } = config;
  requireWhole('maxRows', maxRows, 1);
  const given = checkFeatures(data);
  const all = distinctRows(data.columns);
  const scale = measureScaling(data.columns, standardise);
  const fitted = sampleRows(all, given, Math.min(maxRows, mostRows), seed);
  const { values, weight, dimensions } = fitted;
  const minClusterSize = config.minClusterSize ?? Math.max(5, Math.round(Math.min(given, maxRows, mostRows) / 200));
  requireWhole('minClusterSize', minClusterSize, 2);
  const minSamples = config.minSamples ?? Math.min(minClusterSize, Math.max(4, 2 * dimensions));
  requireWhole('minSamples', minSamples, 1);

  const scaled = scaleRows(values, scale);
  const squaredCore = squaredCoreDistances(scaled, weight, dimensions, minSamples);
  const core = squaredCore.map(Math.sqrt);
  const tree = condense(spanningTree(scaled, squaredCore, dimensions), weight, core, minClusterSize);
  const { parent, birth, death, stability, groupOf, lambda } = tree;
  const groups = { parent, birth, death, stability, selected: Array.from(selectGroups(tree, allowSingle)) };
  const raw = Int32Array.from(groupOf, (group, row) => selectedOf(groups, group, lambda[row] ?? 0));
  const { label, cohorts } = numberCohorts(raw, weight);
  const cohortGroup = new Array<number>(cohorts).fill(0);
  for (const [row, cohort] of label.entries()) if (cohort >= 0) cohortGroup[cohort] = raw[row] ?? 0;
  // Each fitted row as often as it was given.
  const fittedRows = drawRows(weight, mostRows, makeRng(seed));
  return {
    method: 'hdbscan',
    features: [...data.names],
    scale,
    minClusterSize,
    minSamples,
    rows: toColumns(values, dimensions),
    rowSize: Array.from(weight),
    rowGroup: Array.from(groupOf),
    rowLambda: Array.from(lambda),
    coreDistance: Array.from(core),
    groups,
    cohortGroup,
    ...describeCohorts(
      {
        names: data.names,
        columns: toColumns(takeRows(values, fittedRows, dimensions), dimensions).map((column) => Float64Array.from(column)),
      },
      Int32Array.from(fittedRows, (row) => label[row] ?? -1),
      cohorts,
      scale,
    ),
  };
}

function assignHdbscan(model: HdbscanModel, data: FeatureColumns): Assignment {
  const dimensions = model.features.length;
  const values = toRowMajor(columnsOfModel(model.features, data));
  const rows = values.length / dimensions;
  const scaled = scaleRows(values, model.scale);
  const known = toRowMajor(model.rows);
  const predict = predictor(model, scaleRows(known, model.scale));
  const peak = peaks(model.groups);
  const cohortOf = new Map(model.cohortGroup.map((group, cohort) => [group, cohort]));
  const label = new Int32Array(rows).fill(-1);
  const confidence = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const fitted = findRow(known, values, row, dimensions);
    const place =
      fitted < 0 ? predict(scaled, row * dimensions) : { group: model.rowGroup[fitted] ?? 0, lambda: model.rowLambda[fitted] ?? 0 };
    const selected = selectedOf(model.groups, place.group, place.lambda);
    label[row] = cohortOf.get(selected) ?? -1;
    confidence[row] = selected < 0 ? outlierScore(peak[place.group] ?? 0, place.lambda) : strengthOf(model.groups, selected, place.lambda);
  }
  return { label, confidence, kind: 'density' };
}

/** Distance to the nearest rows that with the row itself are `minSamples`; to the farthest row where there are fewer. */
function squaredCoreDistances(scaled: Float64Array, weight: Float64Array, dimensions: number, minSamples: number): Float64Array {
  const find = neighboursIn(buildKdTree(scaled, dimensions), weight, minSamples);
  return weight.map((_, row) => {
    const { count, squared } = find(scaled, row * dimensions);
    return squared[count - 1] ?? 0;
  });
}

function sampleRows(all: DistinctRows, given: number, most: number, seed: string): Pick<DistinctRows, 'values' | 'weight' | 'dimensions'> {
  if (given <= most) return all;
  const { values, weight, dimensions } = all;
  const times = new Float64Array(weight.length);
  for (const row of drawRows(weight, most, makeRng(`${seed}/sample`))) times[row] = (times[row] ?? 0) + 1;
  return {
    values: values.filter((_, place) => (times[Math.floor(place / dimensions)] ?? 0) > 0),
    weight: times.filter((count) => count > 0),
    dimensions,
  };
}
