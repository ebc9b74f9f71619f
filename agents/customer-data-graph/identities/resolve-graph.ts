/**
 * Which identities are one customer, over numbers. First everything that may be joined is joined, whatever the contradictions; a
 * customer of at most one user id and of ordinary size is right then, in whatever order its links came. Only the others are taken
 * apart again and joined link by link: what a person said first, then what events carry, the better kinds first, then likeness;
 * a link that would give a customer a second user id, or too many identities, is left out.
 */
import { type IdentityRules, identityKinds } from '../../../registries/identity/identity-rules.ts';
import { type CarriedColumns, type IdentityColumns, kindNumber, type StatementColumns } from './carried-columns.ts';
import { Components } from './components.ts';
import { type PairColumns, pairsOf } from './identity-links.ts';
import { type Silence, silences, silentIdentities } from './silent-identities.ts';

/** Why a link does not join. */
export type Refusal = Exclude<Silence, ''> | 'different-users' | 'too-large' | 'unlinked';

/** A link, and what became of it. */
export interface GraphLink {
  /** Identity numbers, left < right. */
  readonly left: number;
  readonly right: number;
  readonly source: 'event' | 'statement' | 'probabilistic';
  /** Epoch milliseconds; of a statement, when it was made. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Events that carry the pair; statements that were made about it. */
  readonly evidence: number;
  /** Absent when it joins. */
  readonly refusal?: Refusal;
  /** Row of the newest statement, −1 for an event. */
  readonly statement: number;
}

export interface ResolvedGraph {
  /** By identity number, the number that gives its customer a name. */
  readonly customer: Int32Array;
  /** By identity, position in silences: why it links nobody. */
  readonly silent: Uint8Array;
  /** Every link when asked for, in the order in which they were tried. */
  readonly links: readonly GraphLink[];
}

export interface GraphInput {
  readonly identities: IdentityColumns;
  readonly carried: CarriedColumns;
  readonly statements: StatementColumns;
  readonly rules: IdentityRules;
  /** Gives every link, for graphs of a few customers. */
  readonly keepLinks?: boolean;
}

export function resolveGraph({ identities, carried, statements, rules, keepLinks = false }: GraphInput): ResolvedGraph {
  const count = identities.kind.length;
  const rank = Uint8Array.from(identities.kind, (kind) => rules.priority.indexOf(identityKinds[kind] ?? 'anonymous'));
  const silent = silentIdentities(identities, carried, rules);
  const decisions = decide(statements, identities, count);
  const components = joinAll(carried, silent, decisions, count);
  const contested = contestedRoots(components, identities, rules);
  const links: GraphLink[] = [];
  let final = components;
  if (keepLinks || contested.some((flag) => flag === 1)) {
    const isContested = (identity: number): boolean => keepLinks || contested[components.root(identity)] === 1;
    final = joinInOrder({ components, isContested, identities, carried, rank, silent, decisions, rules, keepLinks }, links);
  }
  const isDefaultOrder = rules.priority.every((kind, place) => kind === identityKinds[place]);
  return { customer: namesOf(final, count, isDefaultOrder ? undefined : rank), silent, links };
}

/** What stands about a pair that somebody said something about. */
interface Decision {
  readonly left: number;
  readonly right: number;
  readonly isLink: boolean;
  readonly isProbable: boolean;
  /** Row of the newest statement of those that count. */
  readonly statement: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly evidence: number;
  readonly isBlocked: boolean;
}

interface Decisions {
  readonly byPair: ReadonlyMap<number, Decision>;
  /** 1 where anything was said about an identity. */
  readonly isMentioned: Uint8Array;
}

/** Larger than any identity number, small enough for a pair to be one safe integer. */
const pairBase = 67_108_864;

function pairKey(one: number, other: number): number {
  return one < other ? one * pairBase + other : other * pairBase + one;
}

/** The newest statement about a pair counts; likeness counts only where nobody has said anything. */
function decide(statements: StatementColumns, identities: IdentityColumns, count: number): Decisions {
  const byPair = new Map<number, Decision>();
  const isMentioned = new Uint8Array(count);
  for (let row = 0; row < statements.left.length; row++) {
    const [one, other] = [statements.left[row] ?? 0, statements.right[row] ?? 0];
    if (one === other) continue;
    const key = pairKey(one, other);
    const known = byPair.get(key);
    const isProbable = statements.isProbable[row] === 1;
    if (isProbable && known && !known.isProbable) continue;
    const continues = known !== undefined && known.isProbable === isProbable && known.isLink === (statements.isLink[row] === 1);
    const tsMs = statements.tsMs[row] ?? 0;
    byPair.set(key, {
      left: Math.min(one, other),
      right: Math.max(one, other),
      isLink: statements.isLink[row] === 1,
      isProbable,
      statement: row,
      firstMs: continues ? known.firstMs : tsMs,
      lastMs: tsMs,
      evidence: continues ? known.evidence + 1 : 1,
      isBlocked: identities.blocked[one] === 1 || identities.blocked[other] === 1,
    });
    isMentioned[one] = 1;
    isMentioned[other] = 1;
  }
  return { byPair, isMentioned };
}

function decisionAbout({ byPair, isMentioned }: Decisions, left: number, right: number): Decision | undefined {
  return isMentioned[left] === 1 && isMentioned[right] === 1 ? byPair.get(pairKey(left, right)) : undefined;
}

/** Events do not link what somebody has decided about; a link by likeness leaves them their word. */
function isLeftToPersons(decision: Decision | undefined): boolean {
  return decision !== undefined && !decision.isProbable;
}

function joinAll(carried: CarriedColumns, silent: Uint8Array, decisions: Decisions, count: number): Components {
  const components = new Components(count);
  for (const { left, right, isLink, isBlocked } of decisions.byPair.values()) if (isLink && !isBlocked) components.join(left, right);
  const { identities } = carried;
  for (let row = 0; row < carried.events.length; row++) {
    for (let one = 0; one < identities.length; one++) {
      const left = identities[one]?.[row] ?? 0;
      if (left === 0 || silent[left] !== 0) continue;
      for (let other = one + 1; other < identities.length; other++) {
        const right = identities[other]?.[row] ?? 0;
        if (right === 0 || silent[right] !== 0 || isLeftToPersons(decisionAbout(decisions, left, right))) continue;
        components.join(left, right);
      }
    }
  }
  return components;
}

/** 1 at the roots of customers with two user ids or too many identities. */
function contestedRoots(components: Components, { kind }: IdentityColumns, rules: IdentityRules): Uint8Array {
  const users = new Uint8Array(kind.length);
  const sizes = new Int32Array(kind.length);
  const contested = new Uint8Array(kind.length);
  for (let identity = 1; identity < kind.length; identity++) {
    if (kind[identity] === kindNumber.anonymous) continue;
    const root = components.root(identity);
    sizes[root] = (sizes[root] ?? 0) + 1;
    if (kind[identity] === kindNumber.user && (users[root] ?? 0) < 2) users[root] = (users[root] ?? 0) + 1;
    if (users[root] === 2 || (sizes[root] ?? 0) > rules.breakers.size) contested[root] = 1;
  }
  return contested;
}

interface Contest {
  readonly components: Components;
  readonly isContested: (identity: number) => boolean;
  readonly identities: IdentityColumns;
  readonly carried: CarriedColumns;
  readonly rank: Uint8Array;
  readonly silent: Uint8Array;
  readonly decisions: Decisions;
  readonly rules: IdentityRules;
  readonly keepLinks: boolean;
}

function joinInOrder(contest: Contest, links: GraphLink[]): Components {
  const { components, isContested, identities, carried, rank, silent, decisions, rules, keepLinks } = contest;
  const { kind } = identities;
  const joined = new Components(kind.length);
  const users = Int32Array.from(kind, (one) => (one === kindNumber.user ? 1 : 0));
  const sizes = Int32Array.from(kind, (one) => (one === kindNumber.anonymous ? 0 : 1));
  // Everybody else stays as joined before.
  for (let identity = 1; identity < kind.length; identity++) {
    if (!isContested(identity)) joined.join(identity, components.root(identity));
  }
  const join = (left: number, right: number): void => {
    const [a, b] = [joined.root(left), joined.root(right)];
    if (a === b) return;
    const root = joined.join(a, b);
    users[root] = (users[a] ?? 0) + (users[b] ?? 0);
    sizes[root] = (sizes[a] ?? 0) + (sizes[b] ?? 0);
  };
  const mayJoinUsers = identityKinds.map((name) => name === 'user' || rules.usersJoinedBy.some((trusted) => trusted === name));
  const tryJoin = (left: number, right: number, mayJoin: boolean): Refusal | undefined => {
    const [a, b] = [joined.root(left), joined.root(right)];
    if (a === b) return undefined;
    if (!mayJoin && (users[a] ?? 0) > 0 && (users[b] ?? 0) > 0) return 'different-users';
    if ((sizes[a] ?? 0) + (sizes[b] ?? 0) > rules.breakers.size && (sizes[a] ?? 0) > 0 && (sizes[b] ?? 0) > 0) return 'too-large';
    join(left, right);
    return undefined;
  };
  const note = (link: Omit<GraphLink, 'refusal'>, refusal: Refusal | undefined): void => {
    if (keepLinks) links.push(refusal === undefined ? link : { ...link, refusal });
  };

  const said = [...decisions.byPair.values()]
    .filter(({ left }) => isContested(left))
    .sort((a, b) => a.lastMs - b.lastMs || a.statement - b.statement);
  for (const decision of said.filter(({ isProbable }) => !isProbable)) {
    const refusal = decision.isBlocked ? 'blocked-value' : decision.isLink ? undefined : 'unlinked';
    if (refusal === undefined) join(decision.left, decision.right);
    note({ ...linkOf(decision), source: 'statement' }, refusal);
  }

  const pairs = pairsOf(carried, rank, (row) =>
    carried.identities.some((column) => (column[row] ?? 0) > 0 && isContested(column[row] ?? 0)),
  );
  for (let row = 0; row < pairs.left.length; row++) {
    const [left, right] = [pairs.left[row] ?? 0, pairs.right[row] ?? 0];
    const decision = decisionAbout(decisions, left, right);
    if (isLeftToPersons(decision)) {
      note(carriedLink(pairs, row), decision?.isLink === true ? undefined : 'unlinked');
      continue;
    }
    const silence = silences[(silent[left] ?? 0) === 0 ? (silent[right] ?? 0) : (silent[left] ?? 0)] ?? '';
    const mayJoin = mayJoinUsers[kind[left] ?? 0] === true && mayJoinUsers[kind[right] ?? 0] === true;
    note(carriedLink(pairs, row), silence === '' ? tryJoin(left, right, mayJoin) : silence);
  }

  for (const decision of said.filter(({ isProbable }) => isProbable)) {
    const refusal = decision.isBlocked ? 'blocked-value' : decision.isLink ? tryJoin(decision.left, decision.right, false) : 'unlinked';
    note({ ...linkOf(decision), source: 'probabilistic' }, refusal);
  }
  return joined;
}

function linkOf({ left, right, firstMs, lastMs, evidence, statement }: Decision): Omit<GraphLink, 'source' | 'refusal'> {
  return { left, right, firstMs, lastMs, evidence, statement };
}

function carriedLink(pairs: PairColumns, row: number): Omit<GraphLink, 'refusal'> {
  return {
    left: pairs.left[row] ?? 0,
    right: pairs.right[row] ?? 0,
    source: 'event',
    firstMs: pairs.firstMs[row] ?? 0,
    lastMs: pairs.lastMs[row] ?? 0,
    evidence: pairs.events[row] ?? 0,
    statement: -1,
  };
}

/** The root is the smallest number, which is the best name in the default order of kinds. */
function namesOf(components: Components, count: number, rank: Uint8Array | undefined): Int32Array {
  const customer = new Int32Array(count);
  for (let identity = 0; identity < count; identity++) customer[identity] = components.root(identity);
  if (rank === undefined) return customer;
  const best = Int32Array.from({ length: count }, (_, identity) => identity);
  for (let identity = 1; identity < count; identity++) {
    const root = customer[identity] ?? 0;
    const current = best[root] ?? 0;
    if ((rank[identity] ?? 0) < (rank[current] ?? 0)) best[root] = identity;
  }
  return customer.map((root) => best[root] ?? 0);
}
