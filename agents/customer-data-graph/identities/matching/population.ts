/** How often two profiles agree when nothing is known of them: what agreement between strangers looks like. */
import { makeRng } from '../../../../skills/sdk/numeric/index.ts';
import { comparePair, comparisonLevels, type ComparisonName, comparisonNames, levelIn } from './comparisons.ts';
import type { ProfileTable } from './profile-table.ts';

export interface Population {
  /** By comparison and level, share of the comparable pairs. */
  readonly shares: readonly (readonly number[])[];
  /** By comparison, how many pairs of all have both values. */
  readonly comparable: readonly number[];
}

/** Random pairs at most. */
const sampleSize = 1_000_000;

/** Smallest share of a level; nothing is impossible. */
const leastShare = 1e-10;

/** @param seed of the random pairs */
export function describePopulation(table: ProfileTable, allPairs: number, seed: string): Population {
  const counts = comparisonNames.map((name) => new Float64Array(comparisonLevels[name].length));
  const draws = table.rows < 2 ? 0 : Math.min(sampleSize, allPairs);
  const rng = makeRng(seed);
  for (let draw = 0; draw < draws; draw++) {
    const left = rng.integer(table.rows);
    const step = 1 + rng.integer(table.rows - 1);
    const pattern = comparePair(table, left, (left + step) % table.rows);
    for (const [comparison, levels] of counts.entries()) {
      const level = levelIn(pattern, comparison);
      if (level > 0) levels[level - 1] = (levels[level - 1] ?? 0) + 1;
    }
  }
  const comparable = counts.map((levels) => (levels.reduce((sum, count) => sum + count, 0) / Math.max(draws, 1)) * allPairs);
  const shares = counts.map((levels, comparison) => {
    const pairs = comparable[comparison] ?? 0;
    const drawn = smoothed([...levels], 0.5);
    const exact = pairs > 0 ? Math.min(exactPairs(table, comparisonNames[comparison] ?? 'givenName') / pairs, 1 - leastShare) : leastShare;
    const rest = drawn.slice(0, -1).reduce((sum, share) => sum + share, 0);
    return [...drawn.slice(0, -1).map((share) => (share / rest) * (1 - exact)), Math.max(exact, leastShare)];
  });
  return { shares, comparable };
}

/** Shares of counts, each with a little more than was counted. */
export function smoothed(counts: readonly number[], extra: number): number[] {
  const total = counts.reduce((sum, count) => sum + count + extra, 0);
  return counts.map((count) => (count + extra) / total);
}

/** Shares in the population without some pairs that turned out not to be strangers; never quite nothing. */
export function withoutMatches({ shares, comparable }: Population, comparison: number, matched: readonly number[]): number[] {
  const pairs = Math.max(comparable[comparison] ?? 0, 1);
  const least = Math.max(0.5, leastShare * pairs);
  const left = matched.map((count, level) => Math.max((shares[comparison]?.[level] ?? 0) * pairs - count, least));
  const total = left.reduce((sum, count) => sum + count, 0);
  return left.map((count) => count / total);
}

/** Pairs of all that agree exactly, counted from the frequencies of values. */
function exactPairs({ rows, fields }: ProfileTable, comparison: ComparisonName): number {
  if (comparison !== 'address') return pairsWithin(fields[comparison].frequency);
  const counts = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const [street, code] = [fields.street.codes[row] ?? 0, fields.postalCode.codes[row] ?? 0];
    if (street === 0 || code === 0) continue;
    const key = street * fields.postalCode.frequency.length + code;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return pairsWithin([...counts.values()]);
}

function pairsWithin(counts: Iterable<number>): number {
  let pairs = 0;
  for (const count of counts) pairs += (count * (count - 1)) / 2;
  return pairs;
}
