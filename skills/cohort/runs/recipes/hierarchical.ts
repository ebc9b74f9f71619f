/** Ward's tree: groups within groups, cut where the definition says. */
import { type Cut, hierarchical, type HierarchicalModel } from '../../core/methods/index.ts';
import type { Reasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { CohortRecipe } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import {
  type CentresContext,
  centresOf,
  distanceReasons,
  isSkipped,
  nextCentre,
  type Numbers,
  readNumbers,
  scaleNumbers,
  takeColumns,
  wordsOfTraits,
} from './numbers.ts';

/** Merges of the picture: the tops of a tree, where its story is. */
const mergesShown = 24;
const exactRows = 5000;

export const hierarchicalRecipe: CohortRecipe = {
  method: 'hierarchical',
  identity: 'overlap',
  compute({ frame, parameters, features, ...run }) {
    const { cohorts, height, landmarks, logarithms } = parameterSchemas.hierarchical.parse(parameters);
    const numbers = readNumbers(frame, features, logarithms);
    if (isSkipped(numbers)) return numbers;
    const cut: Cut = height === undefined ? { cohorts: cohorts ?? 6 } : { height };
    return runMethod(
      {
        data: numbers.data,
        customers: frame.rows.length,
        take: takeColumns,
        fit: (data, seed) => hierarchical.fit({ cut, landmarks, exactRows }, data, seed),
        assign: hierarchical.assign,
        cohortsOf: (model) => model.profile.length,
        fitRows: Number.POSITIVE_INFINITY,
        resampling: { refits: 9, rows: 3000 },
        silhouette: numbers.standard,
        describe: (model, assignment) => {
          const { label } = assignment;
          const centres = centresOf(numbers.standard, label, model.profile.length);
          return {
            cohorts: wordsOfTraits(numbers, label, model.profile.length),
            features: numbers.data.names,
            reasons: centreReasons(numbers, label, centres),
            context: { scale: numbers.scale, centres },
            own: { leaves: model.leafSize.length, highestMerge: model.dendrogram.height.at(-1) ?? 0 },
            picture: dendrogramOf(model),
          };
        },
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, features, context, ...models }) {
    const { logarithms } = parameterSchemas.hierarchical.parse(parameters);
    const { scale, centres } = context as CentresContext; // put there by compute
    const numbers = scaleNumbers(frame, features, logarithms, scale);
    return placeCustomers(
      frame,
      {
        data: numbers.data,
        assign: hierarchical.assign,
        features: numbers.data.names,
        reasons: (_: HierarchicalModel, { label }) => centreReasons(numbers, label, centres),
      },
      models,
    );
  },
};

function centreReasons({ standard }: Numbers, label: Int32Array, centres: CentresContext['centres']): Reasons {
  return distanceReasons(standard, label, (cohort) => centres[cohort] ?? [], nextCentre(standard, label, centres));
}

/** The last merges, and as leaves what they join. */
function dendrogramOf({ dendrogram, leafCohort, leafSize }: HierarchicalModel): CohortPicture {
  const { left, right, height, size } = dendrogram;
  const leaves = leafSize.length;
  const merges = height.length;
  const first = Math.max(0, merges - mergesShown);
  const cohortsBelow = cohortsOfNodes(dendrogram, leafCohort);
  const nodes: { height: number; customers: number; joins: number[]; cohort: number }[] = [];
  const placeOf = new Map<number, number>();
  const place = (node: number): number => {
    const known = placeOf.get(node);
    if (known !== undefined) return known;
    const merge = node - leaves;
    const cohort = cohortsBelow[node] ?? -1;
    const customers = merge < 0 ? (leafSize[node] ?? 0) : (size[merge] ?? 0);
    const joins = merge < first ? [] : [place(left[merge] ?? 0), place(right[merge] ?? 0)];
    nodes.push({ height: merge < 0 ? 0 : (height[merge] ?? 0), customers, joins, cohort });
    placeOf.set(node, nodes.length - 1);
    return nodes.length - 1;
  };
  for (let merge = first; merge < merges; merge++) place(leaves + merge);
  if (merges === 0) place(0);
  const split = nodes.filter(({ cohort }) => cohort < 0).map((node) => node.height);
  return { kind: 'dendrogram', data: { cut: split.length === 0 ? null : split.reduce((least, one) => Math.min(least, one)), nodes } };
}

/** Cohort of each node of the tree; −1 where it holds several. */
function cohortsOfNodes({ left, right }: HierarchicalModel['dendrogram'], leafCohort: readonly number[]): Int32Array {
  const leaves = leafCohort.length;
  const cohort = new Int32Array(leaves + left.length);
  cohort.set(leafCohort);
  for (let merge = 0; merge < left.length; merge++) {
    const one = cohort[left[merge] ?? 0] ?? -1;
    cohort[leaves + merge] = one === cohort[right[merge] ?? 0] ? one : -1;
  }
  return cohort;
}
