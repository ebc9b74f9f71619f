/**
 * The part of the graph that decides who some customer is, now and at any time before: everything that its identities were ever
 * seen with, and so on, but not beyond what links nobody. Answers about it are those of the whole graph, for the cost of a few
 * scans. Refuses nothing; an identity that is not in the log has an empty neighbourhood.
 */
import type { IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { type FeatureWindow, type QueryEngine, resultColumn } from '../features/query-engine.ts';
import { type Identity, ownerOf } from './identity.ts';
import { identitySqlUntil, type LoggedStatement, readStatements } from './load-identities.ts';
import { type CarriedIdentities, identitiesOf, numberIdentities } from './resolve-identities.ts';
import { silentIdentities } from './silent-identities.ts';

type DatedIdentities = Required<CarriedIdentities>;

export interface Neighbourhood {
  /** Combinations of identities by day. */
  readonly carried: readonly DatedIdentities[];
  /** In ascending (time, id). */
  readonly statements: readonly LoggedStatement[];
}

/** @param untilMs nothing later is looked at, epoch milliseconds */
export async function readNeighbourhood(
  engine: QueryEngine,
  window: FeatureWindow,
  start: Identity,
  untilMs: number,
  rules: IdentityRules,
): Promise<Neighbourhood> {
  const said = (await readStatements(engine, window)).filter(({ tsMs }) => tsMs <= untilMs);
  const saidWith = new Map<string, Identity[]>();
  for (const { left, right } of said) {
    saidWith.set(ownerOf(left), [...(saidWith.get(ownerOf(left)) ?? []), right]);
    saidWith.set(ownerOf(right), [...(saidWith.get(ownerOf(right)) ?? []), left]);
  }
  const reached = new Set([ownerOf(start)]);
  const rows = new Map<string, DatedIdentities>();
  for (let frontier: readonly Identity[] = [start]; frontier.length > 0;) {
    const found = await readEvents(engine, window, frontier, untilMs);
    const next = new Map<string, Identity>();
    for (const identity of frontier) {
      const own = found.get(ownerOf(identity)) ?? [];
      const silentFrom = firstSilent(identity, own, rules);
      // The row that silences it is kept, so that the rules find it silent again.
      for (const row of own.slice(0, silentFrom + 1)) rows.set(rowKey(row), row);
      const others = own.slice(0, silentFrom).flatMap(presentIn);
      for (const other of [...others, ...(saidWith.get(ownerOf(identity)) ?? [])]) {
        if (!reached.has(ownerOf(other))) next.set(ownerOf(other), other);
      }
    }
    for (const owner of next.keys()) reached.add(owner);
    frontier = [...next.values()];
  }
  return { carried: [...rows.values()], statements: said.filter(({ left }) => reached.has(ownerOf(left))) };
}

/** Rows before an identity falls silent; all when it never does. Once silent it stays so. */
function firstSilent(identity: Identity, rows: readonly DatedIdentities[], rules: IdentityRules): number {
  const isSilent = (count: number): boolean => {
    const { names, identities, carried } = numberIdentities(rows.slice(0, count), [], rules);
    const number = names.findIndex(({ kind, value }, place) => place > 0 && kind === identity.kind && value === identity.value);
    return silentIdentities(identities, carried, rules)[number] !== 0;
  };
  if (rows.length === 0 || !isSilent(rows.length)) return rows.length;
  let [spoken, silent] = [0, rows.length];
  while (silent - spoken > 1) {
    const middle = Math.floor((spoken + silent) / 2);
    if (isSilent(middle)) silent = middle;
    else spoken = middle;
  }
  return spoken;
}

/** Combinations by the owner text of each identity in them, the oldest first. */
async function readEvents(
  engine: QueryEngine,
  window: FeatureWindow,
  frontier: readonly Identity[],
  untilMs: number,
): Promise<ReadonlyMap<string, readonly DatedIdentities[]>> {
  await engine.load('frontier', { kind: frontier.map(({ kind }) => kind), identity: frontier.map(({ value }) => value) });
  const found = await engine.select(identitySqlUntil('neighbour_events', untilMs), window);
  const text = (name: string, row: number): string => String(found[name]?.[row] ?? '');
  const byOwner = new Map<string, DatedIdentities[]>();
  for (const [row, userId] of resultColumn(found, 'user_id').entries()) {
    const one = {
      userId: String(userId),
      loyaltyId: text('loyalty_id', row),
      emailHash: text('email_hash', row),
      phoneHash: text('phone_hash', row),
      anonymousId: text('anonymous_id', row),
      firstMs: Number(found['first_ms']?.[row]),
      lastMs: Number(found['last_ms']?.[row]),
      events: Number(found['events']?.[row]),
    };
    for (const identity of presentIn(one)) {
      const rows = byOwner.get(ownerOf(identity)) ?? [];
      rows.push(one);
      byOwner.set(ownerOf(identity), rows);
    }
  }
  return byOwner;
}

function presentIn(row: CarriedIdentities): readonly Identity[] {
  return identitiesOf(row).filter(({ value }) => value !== '');
}

function rowKey({ userId, loyaltyId, emailHash, phoneHash, anonymousId, firstMs }: DatedIdentities): string {
  return JSON.stringify([userId, loyaltyId, emailHash, phoneHash, anonymousId, firstMs]);
}
