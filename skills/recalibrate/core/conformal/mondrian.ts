/**
 * Conformal intervals by cohort: each cohort holds its own share, not only everybody together. A cohort with fewer rows than
 * asked takes the reach of its parent, then of the parent's parent, in the end of everybody; the model names whose it took.
 */
import { type Bound, conformalBound, marginOf } from './bound.ts';
import { intervalsOf, type Reach, reachOf, scoresOf } from './nonconformity.ts';
import { checkIntervals, checkLevel, checkOutcomes, fail, type IntervalOutcomes, type IntervalRows } from './rows.ts';
import type { ConformalConfig, IntervalCalibrator } from './split.ts';

export interface CohortIntervals extends IntervalRows {
  /** Cohort of each row. */
  readonly cohort: readonly string[];
}

export interface MondrianConfig extends ConformalConfig {
  /** Rows that a cohort needs for a reach of its own, integer ≥ 1; default 50, where the share held has a standard error of 4 %. */
  readonly leastRows?: number;
  /** Cohort → the wider cohort that it is part of. One that is not named is part of everybody. */
  readonly parents?: Readonly<Record<string, string>>;
}

export interface CohortBound {
  readonly bound: Bound;
  /** Rows of the cohort, those of its parts included. */
  readonly n: number;
  /** Cohort whose rows made the bound: itself, a wider one, or null for everybody. */
  readonly from: string | null;
}

/** Plain JSON. */
export interface MondrianModel extends Reach {
  readonly kind: 'mondrian';
  readonly level: number;
  readonly leastRows: number;
  readonly parents: Readonly<Record<string, string>>;
  readonly everybody: Bound;
  /** In the order of their names. */
  readonly cohorts: Readonly<Record<string, CohortBound>>;
}

/**
 * Measures as in `Nonconformity`, `interval` unless told otherwise.
 * @see Vovk, Lindsay, Nouretdinov & Gammerman (2003), "Mondrian confidence machine"
 */
export const mondrianConformal: IntervalCalibrator<MondrianConfig, MondrianModel, CohortIntervals> = {
  id: 'mondrian',
  fit(config, rows) {
    const { level, leastRows = 50, parents = {} } = config;
    const reach = reachOf(config, 'interval');
    checkLevel(level);
    if (!(Number.isInteger(leastRows) && leastRows >= 1)) fail(`leastRows ${leastRows}; give a whole number from 1`);
    checkOutcomes(rows, reach.floor);
    checkCohorts(rows);
    const scores = scoresOf(rows, reach);
    const everybody = conformalBound(scores.toSorted(), level);
    const cohorts = boundsByCohort(scores, rows.cohort, { level, leastRows, parents, everybody });
    return { kind: 'mondrian', level, leastRows, parents: { ...parents }, ...reach, everybody, cohorts };
  },
  predict(model, rows) {
    checkIntervals(rows);
    checkCohorts(rows);
    const margins = new Map<string, number>();
    for (const name of new Set(rows.cohort)) margins.set(name, marginOf(boundOf(model, name)));
    return intervalsOf(rows, model, (row) => margins.get(rows.cohort[row] ?? '') ?? Number.POSITIVE_INFINITY);
  },
};

/** Bound of a cohort: one that was not seen takes that of the nearest wider one that was. */
export function boundOf({ cohorts, parents, everybody }: MondrianModel, cohort: string): Bound {
  const known = lineOf(cohort, parents).find((name) => Object.hasOwn(cohorts, name));
  return known === undefined ? everybody : (cohorts[known]?.bound ?? everybody);
}

function boundsByCohort(
  scores: Float64Array,
  cohort: readonly string[],
  { level, leastRows, parents, everybody }: Pick<MondrianModel, 'level' | 'leastRows' | 'parents' | 'everybody'>,
): Readonly<Record<string, CohortBound>> {
  const lines = new Map([...new Set(cohort)].map((name) => [name, lineOf(name, parents)]));
  const members = new Map<string, number[]>();
  cohort.forEach((own, row) => {
    for (const name of lines.get(own) ?? []) {
      const rows = members.get(name) ?? [];
      rows.push(row);
      members.set(name, rows);
    }
  });
  const own = new Map<string, Bound>();
  for (const [name, rows] of members) {
    if (rows.length >= leastRows) own.set(name, conformalBound(Float64Array.from(rows, (row) => scores[row] ?? 0).sort(), level));
  }
  const names = [...members.keys()].sort();
  return Object.fromEntries(
    names.map((name) => {
      const from = lineOf(name, parents).find((wider) => own.has(wider));
      const bound = from === undefined ? everybody : (own.get(from) ?? everybody);
      return [name, { bound, n: members.get(name)?.length ?? 0, from: from ?? null }];
    }),
  );
}

/** The cohort, its parent, and so on. */
function lineOf(cohort: string, parents: Readonly<Record<string, string>>): string[] {
  const line = [cohort];
  for (let name = cohort; Object.hasOwn(parents, name);) {
    name = parents[name] ?? '';
    if (line.includes(name)) fail(`cohort '${cohort}' is part of itself by ${[...line, name].join(' → ')}; correct parents`);
    line.push(name);
  }
  return line;
}

function checkCohorts({ predicted, cohort }: CohortIntervals | (CohortIntervals & IntervalOutcomes)): void {
  if (cohort.length !== predicted.length) fail(`${cohort.length} cohorts for ${predicted.length} rows; give the cohort of every row`);
}
