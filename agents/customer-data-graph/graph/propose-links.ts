/**
 * Which customers are likely one person: the likeliest pair of profiles of each two. Leaves out what a person has said no to.
 * Proposes; joins nothing.
 */
import type { IdentityRules } from '../../../registries/identity/identity-rules.ts';
import type { Proposal } from '../../adapters/sqlite/graph-reviews.ts';
import { type FeatureWindow, type QueryEngine, resultColumn } from '../features/query-engine.ts';
import { kindNumber } from '../identities/carried-columns.ts';
import { Components } from '../identities/components.ts';
import { identitySql, type LoadedGraph, loadIdentityGraph } from '../identities/load-identities.ts';
import { comparisonLevels, comparisonNames, levelIn } from '../identities/matching/comparisons.ts';
import { type MatchedPair, matchProfiles, type MatchResult } from '../identities/matching/match-profiles.ts';
import { makeProfileTable } from '../identities/matching/profile-table.ts';
import { readProfiles } from './read-profiles.ts';

export interface LikelyLinks {
  readonly profiles: number;
  readonly result: MatchResult;
  /** For a person to decide; the likeliest first. */
  readonly proposals: readonly Proposal[];
  /** Above the operator's line, and joining no two user ids even when all of them are joined. */
  readonly sure: readonly Proposal[];
  /** Pairs of customers that are likely one person and were rejected, or unlinked. */
  readonly rejectedBefore: number;
}

/**
 * @param rejected pairs of owners that a person has rejected
 */
export async function findLikelyLinks(
  engine: QueryEngine,
  window: FeatureWindow,
  rules: IdentityRules,
  rejected: readonly { readonly left: string; readonly right: string }[],
): Promise<LikelyLinks> {
  const graph = await loadIdentityGraph(engine, window, rules);
  const { identities, values } = await readProfiles(engine, window, graph, rules);
  const customerOf = (row: number): number => graph.customerNo[identities[row] ?? 0] ?? -1;
  const result = matchProfiles(makeProfileTable(values), rules.matching, (left, right) => customerOf(left) !== customerOf(right));
  const refused = await refusedPairs(engine, window, graph, rejected);
  const hasUser = customersWithUser(graph);
  const best = new Map<number, MatchedPair>();
  for (const pair of result.pairs) {
    const key = pairKey(customerOf(pair.left), customerOf(pair.right), graph.customers.length);
    const known = best.get(key);
    if (!known || pair.probability > known.probability) best.set(key, pair);
  }
  const wanted = [...best]
    .filter(([key]) => !refused.has(key))
    .map(([, pair]) => pair)
    .sort((a, b) => b.probability - a.probability || b.weight - a.weight || a.left - b.left || a.right - b.right);
  const owners = await ownersOf(engine, window, [
    ...new Set(wanted.flatMap(({ left, right }) => [identities[left] ?? 0, identities[right] ?? 0])),
  ]);
  const proposalOf = ({ left, right, weight, probability, pattern, evidence }: MatchedPair, needsPerson: boolean): Proposal => ({
    left: owners.get(identities[left] ?? 0) ?? '',
    right: owners.get(identities[right] ?? 0) ?? '',
    weight,
    probability,
    needsPerson,
    evidence: comparisonNames.flatMap((comparison, place) => {
      const level = levelIn(pattern, place);
      return level === 0 ? [] : [{ comparison, level: comparisonLevels[comparison][level - 1] ?? '', bits: evidence[place] ?? 0 }];
    }),
  });
  const { autoLinkAbove = Number.POSITIVE_INFINITY } = rules.matching;
  const joined = new Components(graph.customers.length);
  const proposals: Proposal[] = [];
  const sure: Proposal[] = [];
  for (const pair of wanted) {
    const [one, other] = [joined.root(customerOf(pair.left)), joined.root(customerOf(pair.right))];
    const needsPerson = one !== other && hasUser[one] === 1 && hasUser[other] === 1;
    if (needsPerson || pair.probability < autoLinkAbove) {
      proposals.push(proposalOf(pair, needsPerson));
      continue;
    }
    sure.push(proposalOf(pair, false));
    const isNamed = hasUser[one] === 1 || hasUser[other] === 1;
    hasUser[joined.join(one, other)] = isNamed ? 1 : 0;
  }
  return { profiles: identities.length, result, rejectedBefore: best.size - wanted.length, proposals, sure };
}

/** @param count more than any of the two numbers */
function pairKey(one: number, other: number, count: number): number {
  return Math.min(one, other) * count + Math.max(one, other);
}

function customersWithUser({ customerNo, customers, input }: LoadedGraph): Uint8Array {
  const hasUser = new Uint8Array(customers.length);
  for (const [identity, kind] of input.identities.kind.entries()) {
    if (identity > 0 && kind === kindNumber.user) hasUser[customerNo[identity] ?? 0] = 1;
  }
  return hasUser;
}

/** Pairs of customers between which a person has said no: by a rejection, or by an unlink that stands. */
async function refusedPairs(
  engine: QueryEngine,
  window: FeatureWindow,
  { customerNo, customers, input }: LoadedGraph,
  rejected: readonly { readonly left: string; readonly right: string }[],
): Promise<ReadonlySet<number>> {
  const refused = new Set<number>();
  const { left, right, isLink, isProbable } = input.statements;
  const newest = new Map<number, number>();
  for (const row of left.keys()) if (isProbable[row] === 0) newest.set(pairKey(left[row] ?? 0, right[row] ?? 0, customerNo.length), row);
  for (const row of newest.values()) {
    if (isLink[row] === 0) refused.add(pairKey(customerNo[left[row] ?? 0] ?? -1, customerNo[right[row] ?? 0] ?? -1, customers.length));
  }
  await engine.load('wanted_texts', { owner: [...new Set(rejected.flatMap((pair) => [pair.left, pair.right]))] });
  const found = await engine.select(identitySql('owner_numbers'), window);
  const numbers = resultColumn(found, 'identity_no');
  const numberOf = new Map(resultColumn(found, 'owner').map((owner, row) => [String(owner), Number(numbers[row])]));
  for (const pair of rejected) {
    const [one, other] = [numberOf.get(pair.left), numberOf.get(pair.right)];
    if (one !== undefined && other !== undefined) refused.add(pairKey(customerNo[one] ?? -1, customerNo[other] ?? -1, customers.length));
  }
  return refused;
}

/** Texts of identities by number. */
async function ownersOf(engine: QueryEngine, window: FeatureWindow, numbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
  await engine.load('wanted_numbers', { identity_no: numbers });
  const found = await engine.select(identitySql('wanted_owners'), window);
  const owners = resultColumn(found, 'owner');
  return new Map(resultColumn(found, 'identity_no').map((number, row) => [Number(number), String(owners[row])]));
}
