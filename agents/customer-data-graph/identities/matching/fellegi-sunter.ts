/**
 * The Fellegi–Sunter model: how much more often each level of agreement is found among pairs that are one person (m) than among
 * pairs that are two (u), estimated without labels. Two people are either strangers or live together, and those agree on name and
 * address as if they were one: so pairs are a mixture of three classes, and people of a household agree on given name and birth
 * year no more often than strangers do. Of strangers, exact agreement is counted from the frequencies of values and partial
 * agreement from pairs drawn at random; the rest comes from expectation–maximisation over the candidate pairs. Pairs that no
 * blocking rule names count as strangers.
 * @see Fellegi & Sunter (1969), "A theory for record linkage"; Larsen & Rubin (2001), "Iterative automated record linkage using
 *   mixture models", on classes beside the matches
 */
import { comparisonLevels, type ComparisonName, comparisonNames, levelIn, patternCount } from './comparisons.ts';
import { describePopulation, smoothed, withoutMatches } from './population.ts';
import type { ProfileTable } from './profile-table.ts';

/** Probabilities by level, from level 1 on. */
export interface ComparisonModel {
  /** Of one person. */
  readonly m: readonly number[];
  /** Of two people of one household. */
  readonly h: readonly number[];
  /** Of two strangers. */
  readonly u: readonly number[];
  /** Pairs of all profiles that have both values, as estimated. */
  readonly comparable: number;
}

export interface MatchModel {
  /** Share of all pairs of profiles that are one person. */
  readonly lambda: number;
  /** Share of all pairs that are two people of one household. */
  readonly household: number;
  readonly comparisons: Readonly<Record<ComparisonName, ComparisonModel>>;
  readonly iterations: number;
}

const maxIterations = 500;
const tolerance = 1e-7;

/** Where EM begins. */
const firstOnePerson: Readonly<Record<number, readonly number[]>> = { 2: [0.2, 0.8], 4: [0.05, 0.05, 0.1, 0.8] };
const firstHousehold: Readonly<Record<ComparisonName, readonly number[]>> = {
  givenName: [],
  familyName: [0.1, 0.05, 0.1, 0.75],
  address: [0.05, 0.05, 0.1, 0.8],
  birthYear: [],
  emailHash: [0.95, 0.05],
  phoneHash: [0.8, 0.2],
};

/** What tells the people of a household apart. */
const personal: ReadonlySet<ComparisonName> = new Set(['givenName', 'birthYear']);

type Levels = readonly (readonly number[])[];

interface Classes {
  readonly lambda: number;
  readonly household: number;
  /** By comparison and level. */
  readonly m: Levels;
  readonly h: Levels;
  readonly u: Levels;
}

/**
 * @param patterns of the candidate pairs
 * @param seed of the random pairs
 */
export function estimateModel(table: ProfileTable, patterns: Uint16Array, seed: string): MatchModel {
  const allPairs = Math.max((table.rows * (table.rows - 1)) / 2, 1);
  const population = describePopulation(table, allPairs, seed);
  const found = new Float64Array(patternCount);
  for (const pattern of patterns) found[pattern] = (found[pattern] ?? 0) + 1;
  const used = [...found.keys()].filter((pattern) => (found[pattern] ?? 0) > 0);
  const levels = used.map((pattern) => comparisonNames.map((_, comparison) => levelIn(pattern, comparison)));

  const share = Math.max(patterns.length * 0.1, 0.5) / allPairs;
  let classes: Classes = {
    lambda: share,
    household: share,
    m: comparisonNames.map((name) => firstOnePerson[comparisonLevels[name].length] ?? []),
    h: comparisonNames.map((name, comparison) => (personal.has(name) ? (population.shares[comparison] ?? []) : firstHousehold[name])),
    u: population.shares,
  };
  let iterations = 0;
  for (let change = 1; change > tolerance && iterations < maxIterations && used.length > 0; iterations++) {
    const one = comparisonNames.map((name) => comparisonLevels[name].map(() => 0));
    const home = comparisonNames.map((name) => comparisonLevels[name].map(() => 0));
    let people = 0;
    let households = 0;
    for (const [row, pattern] of used.entries()) {
      const [asOne, asHome, asStrangers] = likelihoods(classes, levels[row] ?? []);
      const total = asOne + asHome + asStrangers;
      const [weight, atHome] = [((found[pattern] ?? 0) * asOne) / total, ((found[pattern] ?? 0) * asHome) / total];
      people += weight;
      households += atHome;
      for (const [comparison, level] of (levels[row] ?? []).entries()) {
        if (level === 0) continue;
        addTo(one[comparison], level - 1, weight);
        addTo(home[comparison], level - 1, atHome);
      }
    }
    const u = one.map((counts, comparison) =>
      withoutMatches(
        population,
        comparison,
        counts.map((count, level) => count + (home[comparison]?.[level] ?? 0)),
      ),
    );
    const next: Classes = {
      lambda: Math.max(people, 0.5) / allPairs,
      household: Math.max(households, 0.5) / allPairs,
      m: one.map((counts) => smoothed(counts, 0.5 / counts.length)),
      h: home.map((counts, comparison) =>
        personal.has(comparisonNames[comparison] ?? 'address') ? (u[comparison] ?? []) : smoothed(counts, 0.5 / counts.length),
      ),
      u,
    };
    change = Math.max(
      ...next.m.flatMap((of, comparison) => of.map((value, level) => Math.abs(value - (classes.m[comparison]?.[level] ?? 0)))),
    );
    classes = next;
  }
  const { lambda, household, m, h, u } = classes;
  const comparisons = comparisonNames.map((name, index) => [
    name,
    { m: m[index] ?? [], h: h[index] ?? [], u: u[index] ?? [], comparable: population.comparable[index] ?? 0 },
  ]);
  return { lambda, household, comparisons: Object.fromEntries(comparisons) as MatchModel['comparisons'], iterations }; // one entry per comparison by construction
}

function addTo(counts: number[] | undefined, level: number, weight: number): void {
  if (counts) counts[level] = (counts[level] ?? 0) + weight;
}

/** Of one person, of a household, of strangers, each with its share of all pairs. */
function likelihoods({ lambda, household, m, h, u }: Classes, levels: readonly number[]): readonly [number, number, number] {
  let [one, home, strangers] = [lambda, household, Math.max(1 - lambda - household, 0)];
  for (const [comparison, level] of levels.entries()) {
    if (level === 0) continue;
    one *= m[comparison]?.[level - 1] ?? 1;
    home *= h[comparison]?.[level - 1] ?? 1;
    strangers *= u[comparison]?.[level - 1] ?? 1;
  }
  return [one, home, strangers];
}

/** The likelihoods of every pattern, one after another. */
export function patternLikelihoods({ lambda, household, comparisons }: MatchModel): readonly [Float64Array, Float64Array, Float64Array] {
  const [m, h, u] = [
    comparisonNames.map((name) => comparisons[name].m),
    comparisonNames.map((name) => comparisons[name].h),
    comparisonNames.map((name) => comparisons[name].u),
  ];
  const found = [new Float64Array(patternCount), new Float64Array(patternCount), new Float64Array(patternCount)] as const;
  for (let pattern = 0; pattern < patternCount; pattern++) {
    const levels = comparisonNames.map((_, comparison) => levelIn(pattern, comparison));
    for (const [index, value] of likelihoods({ lambda, household, m, h, u }, levels).entries()) (found[index] ?? found[0])[pattern] = value;
  }
  return found;
}
