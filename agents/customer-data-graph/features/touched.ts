/**
 * Who is touched when a log grows or the as-of day moves: identities with new or late signals, with a signal that a window takes in
 * or leaves behind, or in the neighbourhood of identities about which something new is known. Everybody else's windows are what
 * they were, but for ages that grow by the day. Names identities, not customers: who is whom is asked when windows are built.
 */
import { defaultIdentityRules } from '../../../registries/identity/identity-rules.ts';
import { compareText } from '../../../skills/sdk/index.ts';
import { blockedIdentities } from '../identities/blocked-values.ts';
import { identityOf } from '../identities/identity.ts';
import { featureSql, type FeatureWindow, type QueryEngine, resultColumn } from './feature-queries.ts';

export const touchedQueries = ['new_owners', 'moved_owners', 'new_edges', 'neighbours', 'witnesses'] as const;

/**
 * Identities that are touched, ascending by compareText. The caller has made `day_buckets` and `identity_edges` of all segments,
 * and `new_day_buckets` and `new_identity_edges` of those that are in only one of the two snapshots.
 * @param window asOfDay and sinceDay, the later one as asOfDay
 */
export async function touchedIdentities(engine: QueryEngine, window: FeatureWindow): Promise<readonly string[]> {
  const touched = new Set<string>();
  for (const query of ['new_owners', 'moved_owners']) {
    for (const owner of resultColumn(await engine.select(featureSql(query), window), 'owner')) touched.add(String(owner));
  }
  const pairs = await engine.select(featureSql('new_edges'), window);
  const ends = [...resultColumn(pairs, 'owner'), ...resultColumn(pairs, 'other')].map(String);
  for (const identity of await neighbourhood(engine, window, ends)) touched.add(identity);
  return [...touched].sort(compareText);
}

/** Every identity that is connected to some, whether or not it is the same customer. Placeholders connect nobody. */
async function neighbourhood(engine: QueryEngine, window: FeatureWindow, identities: readonly string[]): Promise<readonly string[]> {
  const { isBlocked } = blockedIdentities(window.rules ?? defaultIdentityRules);
  const reached = new Set(identities);
  for (let frontier = [...reached]; frontier.length > 0;) {
    await engine.load('frontier', { identity: frontier.filter((identity) => !isBlocked(identityOf(identity))) });
    const found = resultColumn(await engine.select(featureSql('neighbours'), window), 'identity').map(String);
    frontier = found.filter((identity) => !reached.has(identity));
    for (const identity of frontier) reached.add(identity);
  }
  return [...reached];
}

/** The owners of all signals that decide who identities are and what they did: their neighbourhood, and who said something about it. */
export async function decisiveOwners(
  engine: QueryEngine,
  window: FeatureWindow,
  identities: readonly string[],
): Promise<readonly string[]> {
  const near = await neighbourhood(engine, window, identities);
  await engine.load('neighbourhood', { identity: near });
  const witnesses = resultColumn(await engine.select(featureSql('witnesses'), window), 'witness').map(String);
  return [...new Set([...near, ...witnesses])];
}
