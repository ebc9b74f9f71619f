/**
 * Which identities are one customer, by rules alone: nothing is guessed from similar names. Identities that an event carries
 * together are linked, and so are those that an identity-link names. The newest explicit statement about a pair decides over
 * everything else said about that pair: after an identity-unlink the pair stays apart, even when events carry both again,
 * until an identity-link says otherwise. Customers are the connected components of what remains, so two identities that were
 * unlinked are still one customer when a third connects them. The order of the input events does not matter, except that
 * statements come in order of time.
 */
import { compareText } from '../../../skills/sdk/index.ts';

type IdentityKind = 'user' | 'loyalty' | 'email' | 'phone' | 'anonymous';

export interface Identity {
  readonly kind: IdentityKind;
  readonly value: string;
}

/** Identities that one event carries; '' where it has none. */
export interface CarriedIdentities {
  readonly userId: string;
  readonly loyaltyId: string;
  readonly emailHash: string;
  readonly phoneHash: string;
  readonly anonymousId: string;
}

/** An identity-link or identity-unlink. */
export interface PairStatement {
  readonly left: Identity;
  readonly right: Identity;
  readonly isLink: boolean;
}

export interface ResolvedIdentities {
  /** Distinct customer ids in the order of compareText. */
  readonly customers: readonly string[];
  /** One row per identity: its kind, its value, and the row of its customer. */
  readonly identities: readonly { readonly identity: Identity; readonly customer: number }[];
}

/**
 * An e-mail address or card that events carry together with more user ids than this belongs to a till or a family, and does
 * not link them; an explicit identity-link still does.
 */
export const maxUsersPerSharedIdentity = 16;

/**
 * @param carried distinct combinations, in any order
 * @param statements in ascending (ts_ms, id)
 */
export function resolveIdentities(carried: readonly CarriedIdentities[], statements: readonly PairStatement[]): ResolvedIdentities {
  const components = new Components();
  const decided = new Map<string, PairStatement>();
  for (const statement of statements) decided.set(pairKey(statement.left, statement.right), statement);
  for (const { left, right, isLink } of decided.values()) {
    components.add(left);
    components.add(right);
    if (isLink) components.join(left, right);
  }
  const shared = sharedByMany(carried);
  for (const combination of carried) {
    const present = identitiesOf(combination);
    for (const identity of present) components.add(identity);
    const linking = present.filter((identity) => !shared.has(ownerOf(identity)));
    for (const [index, left] of linking.entries()) {
      for (const right of linking.slice(index + 1)) if (!decided.has(pairKey(left, right))) components.join(left, right);
    }
  }
  return components.customers();
}

/** The first is the one that the event belongs to. */
function identitiesOf({ userId, loyaltyId, emailHash, phoneHash, anonymousId }: CarriedIdentities): readonly Identity[] {
  const all: readonly Identity[] = [
    { kind: 'user', value: userId },
    { kind: 'loyalty', value: loyaltyId },
    { kind: 'email', value: emailHash },
    { kind: 'phone', value: phoneHash },
    { kind: 'anonymous', value: anonymousId },
  ];
  return all.filter(({ value }) => value !== '');
}

/** User ids are customer ids as they are; other kinds carry their kind, so that a card number is never taken for a user id. */
function customerId({ kind, value }: Identity): string {
  return kind === 'user' && !/^(?:user|loyalty|email|phone|anonymous):/.test(value) ? value : `${kind}:${value}`;
}

const precedence: readonly IdentityKind[] = ['user', 'loyalty', 'email', 'phone', 'anonymous'];

function isBetterName(candidate: Identity, current: Identity): boolean {
  const byKind = precedence.indexOf(candidate.kind) - precedence.indexOf(current.kind);
  return byKind === 0 ? compareText(candidate.value, current.value) < 0 : byKind < 0;
}

/** As in the `owner` column of a segment. */
export function ownerOf({ kind, value }: Identity): string {
  return `${kind}:${value}`;
}

function pairKey(left: Identity, right: Identity): string {
  const keys = [ownerOf(left), ownerOf(right)].sort(compareText);
  return JSON.stringify(keys);
}

function sharedByMany(carried: readonly CarriedIdentities[]): ReadonlySet<string> {
  const users = new Map<string, Set<string>>();
  for (const combination of carried) {
    if (combination.userId === '') continue;
    for (const identity of identitiesOf(combination).slice(1)) {
      const key = ownerOf(identity);
      const known = users.get(key) ?? new Set();
      users.set(key, known.add(combination.userId));
    }
  }
  return new Set([...users].filter(([, set]) => set.size > maxUsersPerSharedIdentity).map(([key]) => key));
}

/** Union-find with path halving; small trees hang under large ones. */
class Components {
  readonly #index = new Map<string, number>();
  readonly #identities: Identity[] = [];
  readonly #parents: number[] = [];
  readonly #sizes: number[] = [];

  add(identity: Identity): number {
    const key = ownerOf(identity);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const index = this.#identities.length;
    this.#index.set(key, index);
    this.#identities.push(identity);
    this.#parents.push(index);
    this.#sizes.push(1);
    return index;
  }

  join(left: Identity, right: Identity): void {
    const a = this.#root(this.add(left));
    const b = this.#root(this.add(right));
    if (a === b) return;
    const sizeA = this.#sizes[a] ?? 1;
    const sizeB = this.#sizes[b] ?? 1;
    const [large, small] = sizeA >= sizeB ? [a, b] : [b, a];
    this.#parents[small] = large;
    this.#sizes[large] = sizeA + sizeB;
  }

  #root(start: number): number {
    let index = start;
    for (;;) {
      const parent = this.#parents[index] ?? index;
      if (parent === index) return index;
      const grandparent = this.#parents[parent] ?? parent;
      this.#parents[index] = grandparent;
      index = grandparent;
    }
  }

  customers(): ResolvedIdentities {
    const names = new Map<number, Identity>();
    for (const [index, identity] of this.#identities.entries()) {
      const root = this.#root(index);
      const current = names.get(root);
      if (!current || isBetterName(identity, current)) names.set(root, identity);
    }
    const ordered = [...names].map(([root, name]) => ({ root, id: customerId(name) })).sort((a, b) => compareText(a.id, b.id));
    const rowOf = new Map(ordered.map(({ root }, row) => [root, row]));
    const identities = this.#identities
      .map((identity, index) => ({ identity, customer: rowOf.get(this.#root(index)) ?? 0 }))
      .sort((a, b) => a.customer - b.customer || compareText(ownerOf(a.identity), ownerOf(b.identity)));
    return { customers: ordered.map(({ id }) => id), identities };
  }
}
