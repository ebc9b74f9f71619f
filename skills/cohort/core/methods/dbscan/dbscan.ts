/** Density cohorts: groups of customers who lie close together, and the customers who lie far from all others. */
import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { Assignment, CohortMethod, FeatureColumns } from '../method.ts';
import { checkFeatures, columnsOfModel } from '../quality/index.ts';
import { domain, requireWhole } from '../rows/check-settings.ts';
import { type DensityProfile, describeCohorts } from '../rows/describe-cohorts.ts';
import { distinctRows } from '../rows/distinct-rows.ts';
import { buildKdTree } from '../rows/kd-tree.ts';
import { nearestIn } from '../rows/nearest.ts';
import { numberCohorts } from '../rows/number-cohorts.ts';
import { measureScaling, scaleRows, type Scaling, takeRows, toColumns, toRowMajor } from '../rows/scaling.ts';
import { chooseEps } from './choose-eps.ts';
import { connectCores } from './connect-cores.ts';
import { findCores } from './core-rows.ts';

export interface DbscanConfig {
  /** Distance up to and including which rows are neighbours, on the scale of distances; by default chosen by `epsQuantile`. */
  readonly eps?: number;
  /** Where eps is chosen: about this share of the rows become core points. In (0, 1), default 0.92. */
  readonly epsQuantile?: number;
  /** Rows within eps, itself among them, that make a core point. Default twice the number of features, at least 4. */
  readonly minPoints?: number;
  /** Distances between features of mean 0 and standard deviation 1; default true. */
  readonly standardise?: boolean;
}

/** Plain JSON. */
export interface DbscanModel extends DensityProfile {
  readonly method: 'dbscan';
  readonly features: readonly string[];
  readonly scale: Scaling;
  readonly eps: number;
  readonly minPoints: number;
  /** Distinct core points in feature order, in columns, original units. */
  readonly cores: readonly (readonly number[])[];
  readonly coreCohort: readonly number[];
}

/**
 * DBSCAN. Core points that are linked by steps of at most eps are a cohort. A border point, within eps of core points without being
 * one, is in the cohort of its nearest core point, of equally near ones the first in feature order; so rows of the fit and later
 * ones follow one rule, whatever the order of rows.
 * @see Ester, Kriegel, Sander & Xu (1996), "A density-based algorithm for discovering clusters in large spatial databases with noise"
 */
export const dbscan: CohortMethod<FeatureColumns, DbscanConfig, DbscanModel> = {
  id: 'dbscan',
  title: 'Density (DBSCAN)',
  fit: fitDbscan,
  assign: assignDbscan,
};

function fitDbscan(config: DbscanConfig, data: FeatureColumns, seed: string): DbscanModel {
  const { standardise = true, epsQuantile = 0.92 } = config;
  const minPoints = config.minPoints ?? Math.max(4, 2 * data.columns.length);
  requireWhole('minPoints', minPoints, 1);
  if (config.eps !== undefined && !(config.eps > 0 && config.eps < Number.POSITIVE_INFINITY)) {
    throw domain(`eps is ${config.eps}; give a distance above 0, or leave it out`);
  }
  if (!(epsQuantile > 0 && epsQuantile < 1)) throw domain(`epsQuantile is ${epsQuantile}; give a share between 0 and 1`);
  checkFeatures(data);
  const { values, dimensions, weight, rowOf } = distinctRows(data.columns);
  const scale = measureScaling(data.columns, standardise);
  const scaled = scaleRows(values, scale);
  const eps = config.eps ?? chooseEps(scaled, weight, dimensions, minPoints, epsQuantile, makeRng(`${seed}/eps`));

  const coreRows = coresOf(scaled, weight, dimensions, eps * eps, minPoints);
  const cores = takeRows(scaled, coreRows, dimensions);
  const group = groupCores(cores, dimensions, eps * eps);
  // A core point is its own nearest one.
  const toCore = nearestCore(cores, dimensions);
  const raw = Int32Array.from(weight, (_, row) => group[toCore(scaled, row * dimensions, eps * eps).row] ?? -1);
  const { label, cohorts } = numberCohorts(raw, weight);
  return {
    method: 'dbscan',
    features: [...data.names],
    scale,
    eps,
    minPoints,
    cores: toColumns(takeRows(values, coreRows, dimensions), dimensions),
    coreCohort: Array.from(coreRows, (row) => label[row] ?? -1),
    ...describeCohorts(
      data,
      Int32Array.from(rowOf, (row) => label[row] ?? -1),
      cohorts,
      scale,
    ),
  };
}

/** Confidence: inside, how deep, 1 − d/eps; outside, how far, 1 − eps/d; d the distance to the nearest core point. */
function assignDbscan(model: DbscanModel, data: FeatureColumns): Assignment {
  const dimensions = model.features.length;
  const scaled = scaleRows(toRowMajor(columnsOfModel(model.features, data)), model.scale);
  const rows = scaled.length / dimensions;
  const toCore = nearestCore(scaleRows(toRowMajor(model.cores), model.scale), dimensions);
  const { eps, coreCohort } = model;
  const label = new Int32Array(rows).fill(-1);
  const confidence = new Float64Array(rows).fill(1);
  for (let row = 0; row < rows; row++) {
    const { row: core, squared } = toCore(scaled, row * dimensions, Number.POSITIVE_INFINITY);
    if (core < 0) continue;
    const distance = Math.sqrt(squared);
    // The squares are compared, as in the fit, because the root may round onto eps.
    if (squared <= eps * eps) {
      label[row] = coreCohort[core] ?? -1;
      confidence[row] = distance === 0 ? 1 : Math.max(0, 1 - distance / eps);
    } else confidence[row] = Math.max(0, 1 - eps / distance);
  }
  return { label, confidence, kind: 'density' };
}

/** Distinct rows that are core points, ascending. */
function coresOf(scaled: Float64Array, weight: Float64Array, dimensions: number, limit: number, minPoints: number): Uint32Array {
  const tree = buildKdTree(scaled, dimensions);
  const isCore = findCores(tree, weight, limit, minPoints);
  return tree.rowAt.filter((_, place) => isCore[place] === 1).sort();
}

/** Group of each core point. */
function groupCores(cores: Float64Array, dimensions: number, limit: number): Uint32Array {
  const group = new Uint32Array(cores.length / dimensions);
  if (group.length === 0) return group;
  const tree = buildKdTree(cores, dimensions);
  for (const [place, own] of connectCores(tree, limit).entries()) group[tree.rowAt[place] ?? 0] = own;
  return group;
}

function nearestCore(cores: Float64Array, dimensions: number): ReturnType<typeof nearestIn> {
  if (cores.length === 0) return () => ({ row: -1, squared: 0 });
  return nearestIn(buildKdTree(cores, dimensions));
}
