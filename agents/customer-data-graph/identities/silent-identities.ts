/**
 * Which identities link nobody, whatever events carry them: placeholders, tills, kiosks, and what more people share than a home
 * holds. They stay identities, and own what only they carry. An identity-link still joins all of them but placeholders.
 */
import { type IdentityRules, identityKinds } from '../../../registries/identity/identity-rules.ts';
import { type CarriedColumns, type IdentityColumns, kindNumber } from './carried-columns.ts';

/** Why an identity links nobody, by number. */
export const silences = ['', 'blocked-value', 'shared-by-users', 'household-cap', 'too-many-neighbours'] as const;
export type Silence = (typeof silences)[number];

const dayMs = 86_400_000;

/** By identity, position in silences. */
export function silentIdentities(identities: IdentityColumns, carried: CarriedColumns, rules: IdentityRules): Uint8Array {
  const silent = Uint8Array.from(identities.blocked);
  const { rowsOf, candidates } = rowsByIdentity(identities, carried, rules);
  const [user = none, , email = none] = carried.identities;
  const seen = new Int32Array(identities.kind.length);
  let stamp = 0;
  const distinct = (rows: Int32Array, columns: readonly Int32Array[], except: number): number => {
    stamp += 1;
    let count = 0;
    for (const row of rows) {
      for (const column of columns) {
        const other = column[row] ?? 0;
        if (other === 0 || other === except || identities.blocked[other] === 1 || seen[other] === stamp) continue;
        seen[other] = stamp;
        count += 1;
      }
    }
    return count;
  };
  const lasting = carried.identities.slice(0, kindNumber.anonymous);
  for (const identity of candidates) {
    const rows = rowsOf(identity);
    const kind = identityKinds[identities.kind[identity] ?? 0] ?? 'user';
    if (kind !== 'user') {
      const { users, days } = rules.kinds[kind];
      const found = distinct(rows, [user], 0);
      if (found > users && (days === 0 || usersWithin(rows, user, carried, days, identities.blocked) > users)) silent[identity] = 2;
      const cap = kind === 'phone' || kind === 'loyalty' ? rules.household[kind] : Number.POSITIVE_INFINITY;
      if (silent[identity] === 0 && (found > cap || distinct(rows, [email], 0) > cap)) silent[identity] = 3;
    }
    if (silent[identity] === 0 && distinct(rows, lasting, identity) > rules.breakers.degree) silent[identity] = 4;
  }
  return silent;
}

const none = new Int32Array(0);

/** Most user ids that were seen within so many days of one another, each from its first event to its last. */
function usersWithin(rows: Int32Array, user: Int32Array, carried: CarriedColumns, days: number, blocked: Uint8Array): number {
  const spans = new Map<number, { first: number; last: number }>();
  for (const row of rows) {
    const who = user[row] ?? 0;
    if (who === 0 || blocked[who] === 1) continue;
    const [first, last] = [carried.firstMs[row] ?? 0, carried.lastMs[row] ?? 0];
    const known = spans.get(who);
    if (known) {
      known.first = Math.min(known.first, first);
      known.last = Math.max(known.last, last);
    } else spans.set(who, { first, last });
  }
  // The count is highest where a span begins: take one in at its first instant, drop those that ended before the window.
  const begins = [...spans.values()].sort((a, b) => a.first - b.first);
  const ends = begins.map(({ last }) => last).sort((a, b) => a - b);
  let most = 0;
  let gone = 0;
  for (const [at, { first }] of begins.entries()) {
    while ((ends[gone] ?? Number.POSITIVE_INFINITY) < first - days * dayMs) gone += 1;
    most = Math.max(most, at + 1 - gone);
  }
  return most;
}

/** Rows of the identities that stand in so many combinations that a limit could be passed. */
function rowsByIdentity(
  { kind, blocked }: IdentityColumns,
  carried: CarriedColumns,
  rules: IdentityRules,
): { readonly candidates: Int32Array; readonly rowsOf: (identity: number) => Int32Array } {
  const counts = new Int32Array(kind.length + 1);
  for (const column of carried.identities) for (const identity of column) counts[identity] = (counts[identity] ?? 0) + 1;
  const least = identityKinds.map((name) => {
    const byDegree = Math.floor(rules.breakers.degree / (identityKinds.length - 1));
    const byHousehold = name === 'phone' || name === 'loyalty' ? rules.household[name] : byDegree;
    return Math.min(byDegree, byHousehold, name === 'user' ? byDegree : rules.kinds[name].users);
  });
  const isCandidate = (identity: number): boolean =>
    identity > 0 && blocked[identity] === 0 && (counts[identity] ?? 0) > (least[kind[identity] ?? 0] ?? 0);
  const starts = new Int32Array(kind.length).fill(-1);
  const candidates: number[] = [];
  let total = 0;
  for (let identity = 1; identity < kind.length; identity++) {
    if (!isCandidate(identity)) continue;
    candidates.push(identity);
    starts[identity] = total;
    total += counts[identity] ?? 0;
  }
  const rows = new Int32Array(total);
  const next = starts.slice();
  if (total > 0) {
    for (const column of carried.identities) {
      for (let row = 0; row < column.length; row++) {
        const identity = column[row] ?? 0;
        const place = next[identity] ?? -1;
        if (place < 0) continue;
        rows[place] = row;
        next[identity] = place + 1;
      }
    }
  }
  return {
    candidates: Int32Array.from(candidates),
    rowsOf: (identity) => rows.subarray(starts[identity] ?? 0, (starts[identity] ?? 0) + (counts[identity] ?? 0)),
  };
}
