/**
 * Refusals that a run did not see, because they came in after its snapshot or were said after its day, by customer. A refusal counts
 * for every identity that is one customer with the one that said it. What a customer allowed later on is no refusal any more. Nothing
 * that was granted late is looked at: a run may only become stricter.
 */
import { type CallOptions, type Clock, type ContentStore, type Ref } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import type { ConsentSignals } from '../../adapters/duckdb/consent-signals.ts';
import { readSnapshot } from '../../adapters/duckdb/read-snapshot.ts';
import type { SqliteConsentStore } from '../../adapters/sqlite/consent-store.ts';
import { customerIdOf, identityOf } from '../identities/identity.ts';
import { type ConsentState, emptyConsentState, takeAnswer } from './consent-aspects.ts';
import type { ConsentRow } from './consent-row.ts';
import type { RunBasis } from './run-basis.ts';

export interface LateRefusal {
  /** By purpose, the newest late row that stands. */
  readonly rows: ReadonlyMap<string, ConsentRow>;
  /** What stands now for these purposes, over all identities of the customer. */
  readonly state: ConsentState;
}

export interface LateRefusalDeps {
  readonly store: SqliteConsentStore;
  readonly signals: Pick<ConsentSignals, 'groupsOf'>;
  readonly content: ContentStore;
  readonly clock: Clock;
  /** Reads the log into the store. */
  readonly refresh: (signal: AbortSignal) => Promise<void>;
  /** Everything that is known of identities by now. */
  readonly newestSnapshot: (signal: AbortSignal) => Promise<Ref>;
  /** True for the id of a customer that values were published for: nobody needs to be asked who that is. */
  readonly isCustomer: (customerId: string) => boolean;
}

export interface LateRefusals {
  /** By customer id, under every id that any identity of the customer gives it. */
  readonly since: (basis: RunBasis, options: Pick<CallOptions, 'signal'>) => Promise<ReadonlyMap<string, LateRefusal>>;
  /** Of one customer, for a lookup: whose id is published is known by it, and others are asked for once. */
  readonly of: (customerId: string, basis: RunBasis, options: Pick<CallOptions, 'signal'>) => Promise<LateRefusal | undefined>;
}

const dayMs = 86_400_000;

export function createLateRefusals(deps: LateRefusalDeps): LateRefusals {
  const { store, signals, content, clock, refresh, newestSnapshot, isCustomer } = deps;
  /** By basis, while no consent is new; for a minute at most, because a refusal of the future comes into force and identities are linked. */
  let known: {
    readonly head: number;
    readonly minute: number;
    readonly late: Map<string, ReadonlyMap<string, LateRefusal>>;
    readonly own: Map<string, ByCustomerId>;
    /** Identities of one customer, by any of them; looked up as often as that, however many consents come in. */
    readonly groups: Map<string, readonly string[]>;
  } = { head: 0, minute: 0, late: new Map(), own: new Map(), groups: new Map() };
  const kept = (): typeof known => {
    const [head, minute] = [store.head(), Math.floor(clock.now() / 60_000)];
    if (known.head !== head || known.minute !== minute) {
      known = { head, minute, late: new Map(), own: new Map(), groups: known.minute === minute ? known.groups : new Map() };
    }
    return known;
  };
  const nameOf = ({ snapshot, asOf }: RunBasis): string => `${snapshot.digest} ${asOf}`;

  const refusals = (basis: RunBasis): readonly ConsentRow[] =>
    store.refusalsAfter({
      segments: readSnapshot(content, basis.snapshot).segments.map(({ digest }) => digest),
      asOfEndMs: ((dayOfIsoDate(basis.asOf) ?? 0) + 1) * dayMs,
      nowMs: clock.now(),
    });

  /** The customer of one refusal, unless everything was allowed again. */
  const judge = (members: readonly string[], late: readonly ConsentRow[]): LateRefusal | undefined => {
    const rows = new Map<string, ConsentRow>();
    const state = emptyConsentState();
    const purposes = new Set(late.map(({ purpose }) => purpose));
    for (const answer of store.answersOf(members, Number.MAX_SAFE_INTEGER)) if (purposes.has(answer.purpose)) takeAnswer(state, answer);
    for (const row of late)
      if (state.refusals.get(row.purpose) === true || state.consents.get(row.purpose) === false) rows.set(row.purpose, row);
    return rows.size === 0 ? undefined : { rows, state };
  };

  return {
    since: async (basis, { signal }) => {
      await refresh(signal);
      const before = kept().late.get(nameOf(basis));
      if (before) return before;
      const late = new Map<string, LateRefusal>();
      if (refusals(basis).length > 0) {
        const snapshot = await newestSnapshot(signal);
        await refresh(signal);
        const found = refusals(basis);
        const members = await signals.groupsOf([...new Set(found.map(({ owner }) => owner))], snapshot, { signal });
        for (const { owners, rows } of byCustomer(found, (owner) => members.get(owner) ?? [owner])) {
          const refusal = judge(owners, rows);
          if (refusal) for (const owner of owners) late.set(customerIdOf(identityOf(owner)), refusal);
        }
      }
      kept().late.set(nameOf(basis), late);
      return late;
    },
    of: async (customerId, basis, { signal }) => {
      await refresh(signal);
      let own = kept().own.get(nameOf(basis));
      if (!own) {
        const { groups } = kept();
        const found = refusals(basis);
        const strange = [...new Set(found.map(({ owner }) => owner))].filter(
          (owner) => !groups.has(owner) && !isCustomer(customerIdOf(identityOf(owner))),
        );
        if (strange.length > 0) {
          const members = await signals.groupsOf(strange, await newestSnapshot(signal), { signal });
          for (const owner of strange) groups.set(owner, members.get(owner) ?? [owner]);
        }
        own = byCustomerId(byCustomer(found, (owner) => groups.get(owner) ?? [owner]));
        kept().own.set(nameOf(basis), own);
      }
      const mine = own.get(customerId);
      return (
        mine &&
        judge(
          [...new Set(mine.flatMap(({ owners }) => owners))],
          mine.flatMap(({ rows }) => rows),
        )
      );
    },
  };
}

interface RefusalsOfOne {
  readonly owners: readonly string[];
  readonly rows: readonly ConsentRow[];
}

type ByCustomerId = ReadonlyMap<string, readonly RefusalsOfOne[]>;

function byCustomerId(all: readonly RefusalsOfOne[]): ByCustomerId {
  const found = new Map<string, RefusalsOfOne[]>();
  for (const one of all) {
    for (const owner of one.owners) {
      const id = customerIdOf(identityOf(owner));
      const known = found.get(id);
      if (known) known.push(one);
      else found.set(id, [one]);
    }
  }
  return found;
}

function byCustomer(rows: readonly ConsentRow[], membersOf: (owner: string) => readonly string[]): readonly RefusalsOfOne[] {
  const found = new Map<string, { readonly owners: readonly string[]; readonly rows: ConsentRow[] }>();
  for (const row of rows) {
    const owners = membersOf(row.owner);
    const key = owners[0] ?? row.owner;
    const known = found.get(key);
    if (known) known.rows.push(row);
    else found.set(key, { owners, rows: [row] });
  }
  return [...found.values()];
}
