/**
 * Which identities are one customer, by rules alone: nothing is guessed from similar names. Identities that an event carries
 * together are linked, and so are those that an identity-link names. The newest explicit statement about a pair decides over
 * everything else said about that pair: after an identity-unlink the pair stays apart, even when events carry both again,
 * until an identity-link says otherwise. Customers are the connected components of what remains, so two identities that were
 * unlinked are still one customer when a third connects them. The order of the input events does not matter, except that
 * statements come in order of time, and that of two events which claim one identity for two user ids the earlier one has it.
 *
 * What events carry never makes one customer of two user ids, unless the operator trusts that kind of identity; a statement of a
 * person does. Placeholders link nobody, whoever says so; a till, a kiosk or a crowded phone links only by statement.
 */
import { defaultIdentityRules, identityKinds, type IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { compareBytes, compareText } from '../../../skills/sdk/index.ts';
import { blockedIdentities } from './blocked-values.ts';
import { kindNumber } from './carried-columns.ts';
import { customerIdOf, type Identity, ownerOf } from './identity.ts';
import { type GraphInput, resolveGraph } from './resolve-graph.ts';

/** Identities that one event carries; '' where it has none. */
export interface CarriedIdentities {
  readonly userId: string;
  readonly loyaltyId: string;
  readonly emailHash: string;
  readonly phoneHash: string;
  readonly anonymousId: string;
  /** Of the first and the last of the events with this combination, epoch milliseconds; 0 when time does not matter. */
  readonly firstMs?: number;
  readonly lastMs?: number;
  /** How many; 1 when absent. */
  readonly events?: number;
}

/** An identity-link or identity-unlink. */
export interface PairStatement {
  readonly left: Identity;
  readonly right: Identity;
  readonly isLink: boolean;
  /** Epoch milliseconds. */
  readonly tsMs?: number;
  /** By likeness, and nobody has looked. */
  readonly isProbable?: boolean;
}

export interface ResolvedIdentities {
  /** Distinct customer ids in the order of compareText. */
  readonly customers: readonly string[];
  /** One row per identity: its kind, its value, and the row of its customer. */
  readonly identities: readonly { readonly identity: Identity; readonly customer: number }[];
}

/** A graph over numbers, and the identity of each number. */
export interface NumberedGraph extends Omit<GraphInput, 'keepLinks'> {
  /** The first is nobody. */
  readonly names: readonly Identity[];
}

/**
 * @param carried combinations, in any order
 * @param statements in ascending (ts_ms, id)
 */
export function resolveIdentities(
  carried: readonly CarriedIdentities[],
  statements: readonly PairStatement[],
  rules: IdentityRules = defaultIdentityRules,
): ResolvedIdentities {
  const graph = numberIdentities(carried, statements, rules);
  const { customer } = resolveGraph(graph);
  const idOf = (number: number): string => customerIdOf(graph.names[number] ?? nobody);
  const roots = [...new Set(customer.subarray(1))].sort((a, b) => compareText(idOf(a), idOf(b)));
  const rowOf = new Map(roots.map((root, row) => [root, row]));
  const identities = graph.names
    .slice(1)
    .map((identity, index) => ({ identity, customer: rowOf.get(customer[index + 1] ?? 0) ?? 0 }))
    .sort((a, b) => a.customer - b.customer || compareText(ownerOf(a.identity), ownerOf(b.identity)));
  return { customers: roots.map(idOf), identities };
}

const nobody: Identity = { kind: 'anonymous', value: '' };

/** Numbers the identities of a few customers; those of all are numbered in SQL. */
export function numberIdentities(
  carried: readonly CarriedIdentities[],
  statements: readonly PairStatement[],
  rules: IdentityRules,
): NumberedGraph {
  const found = new Map<string, Identity>();
  for (const combination of carried) {
    for (const identity of identitiesOf(combination)) if (identity.value !== '') found.set(ownerOf(identity), identity);
  }
  for (const { left, right } of statements) found.set(ownerOf(left), left).set(ownerOf(right), right);
  const ordered = [...found.values()].sort((a, b) => kindNumber[a.kind] - kindNumber[b.kind] || compareBytes(a.value, b.value));
  const names = [nobody, ...ordered];
  const numberOf = new Map(names.map((identity, number) => [ownerOf(identity), number]));
  const blocked = blockedIdentities(rules);
  const numbers = (identities: readonly Identity[]): Int32Array => Int32Array.from(identities, (one) => numberOf.get(ownerOf(one)) ?? 0);
  return {
    names,
    rules,
    identities: {
      kind: Uint8Array.from(names, ({ kind }) => kindNumber[kind]),
      blocked: Uint8Array.from(names, (identity, number) => (number > 0 && blocked.isBlocked(identity) ? 1 : 0)),
    },
    carried: {
      identities: identityKinds.map((kind) => numbers(carried.map((one) => identitiesOf(one)[kindNumber[kind]] ?? nobody))),
      firstMs: Float64Array.from(carried, ({ firstMs = 0 }) => firstMs),
      lastMs: Float64Array.from(carried, ({ firstMs = 0, lastMs = firstMs }) => lastMs),
      events: Int32Array.from(carried, ({ events = 1 }) => events),
    },
    statements: {
      left: numbers(statements.map(({ left }) => left)),
      right: numbers(statements.map(({ right }) => right)),
      isLink: Uint8Array.from(statements, ({ isLink }) => (isLink ? 1 : 0)),
      isProbable: Uint8Array.from(statements, ({ isProbable = false }) => (isProbable ? 1 : 0)),
      tsMs: Float64Array.from(statements, ({ tsMs = 0 }) => tsMs),
    },
  };
}

/** One for each of identityKinds. */
export function identitiesOf({ userId, loyaltyId, emailHash, phoneHash, anonymousId }: CarriedIdentities): readonly Identity[] {
  return [
    { kind: 'user', value: userId },
    { kind: 'loyalty', value: loyaltyId },
    { kind: 'email', value: emailHash },
    { kind: 'phone', value: phoneHash },
    { kind: 'anonymous', value: anonymousId },
  ];
}
