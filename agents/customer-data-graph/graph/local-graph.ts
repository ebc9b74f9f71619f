/**
 * One customer at an instant, and how the customer came to be: identities, links and names, from the neighbourhood of one identity.
 * The rules are those that everybody is resolved by, so the answer is the same as from the whole graph.
 */
import type { IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { compareText } from '../../../skills/sdk/index.ts';
import { carriedUntil, statementsUntil } from '../identities/carried-columns.ts';
import { type Identity, ownerOf } from '../identities/identity.ts';
import type { LoggedStatement } from '../identities/load-identities.ts';
import type { Neighbourhood } from '../identities/neighbourhood.ts';
import { resolveGraph } from '../identities/resolve-graph.ts';
import { type NumberedGraph, numberIdentities } from '../identities/resolve-identities.ts';
import { sourceOfReason } from '../identities/statement-reason.ts';
import type { CustomerChange } from './graph-interface.ts';
import { instantText, LocalView } from './local-view.ts';

/** A neighbourhood with numbers for its identities, ready to be resolved as of any instant. */
export class LocalGraph {
  readonly #graph: NumberedGraph;
  readonly #statements: readonly LoggedStatement[];
  readonly #firstMs: Float64Array;
  readonly #focus: number;

  constructor({ carried, statements }: Neighbourhood, focus: Identity, rules: IdentityRules) {
    const said = statements.map((one) => ({ ...one, isProbable: sourceOfReason(one.reason) === 'probabilistic' }));
    this.#graph = numberIdentities(carried, said, rules);
    this.#statements = statements;
    this.#firstMs = firstSeen(this.#graph);
    this.#focus = this.#graph.names.findIndex(({ kind, value }, number) => number > 0 && kind === focus.kind && value === focus.value);
  }

  /** False when nothing is known of the identity that was asked for. */
  get isKnown(): boolean {
    return this.#focus > 0;
  }

  /** Number of an identity; −1 when nothing is known of it. */
  numberOf(identity: Identity): number {
    return this.#graph.names.findIndex(({ kind, value }, number) => number > 0 && kind === identity.kind && value === identity.value);
  }

  at(untilMs: number): LocalView {
    const { names, identities, carried, statements, rules } = this.#graph;
    const resolved = resolveGraph({
      identities,
      carried: carriedUntil(carried, untilMs),
      statements: statementsUntil(statements, untilMs),
      rules,
      keepLinks: true,
    });
    return new LocalView(
      { names, kind: identities.kind, firstMs: this.#firstMs, untilMs, rules, statements: this.#statements },
      resolved,
      this.#focus,
    );
  }

  /** What changed who the customer is, oldest first. */
  changes(untilMs: number): readonly CustomerChange[] {
    const found: CustomerChange[] = [];
    let before: LocalView | undefined;
    for (const instant of this.#instants().filter((one) => one <= untilMs && one >= (this.#firstMs[this.#focus] ?? 0))) {
      const now = this.at(instant);
      found.push(...changesBetween(before, now, instant));
      before = now;
    }
    return found;
  }

  /** When something new is known: a pair that was not seen before, or a statement. */
  #instants(): readonly number[] {
    const { carried, statements, names } = this.#graph;
    const seen = new Set<number>();
    const instants = new Set<number>(statements.tsMs);
    const rows = [...carried.firstMs.keys()].sort((a, b) => (carried.firstMs[a] ?? 0) - (carried.firstMs[b] ?? 0));
    for (const row of rows) {
      const present = carried.identities.map((column) => column[row] ?? 0).filter((number) => number > 0);
      for (const [at, one] of present.entries()) {
        for (const other of present.slice(at)) {
          const pair = one * names.length + other;
          if (seen.has(pair)) continue;
          seen.add(pair);
          instants.add(carried.firstMs[row] ?? 0);
        }
      }
    }
    return [...instants].sort((a, b) => a - b);
  }
}

/** By identity number, the first event or statement that names it. */
function firstSeen({ names, carried, statements }: NumberedGraph): Float64Array {
  const first = new Float64Array(names.length).fill(Number.POSITIVE_INFINITY);
  const see = (number: number, ms: number): void => {
    first[number] = Math.min(first[number] ?? ms, ms);
  };
  for (const column of carried.identities) for (const [row, number] of column.entries()) see(number, carried.firstMs[row] ?? 0);
  for (const [row, tsMs] of statements.tsMs.entries()) {
    see(statements.left[row] ?? 0, tsMs);
    see(statements.right[row] ?? 0, tsMs);
  }
  return first;
}

function changesBetween(before: LocalView | undefined, now: LocalView, instant: number): CustomerChange[] {
  const { customerId } = now;
  const at = instantText(instant);
  const members = new Set(now.members);
  const texts = (numbers: readonly number[]): readonly string[] =>
    numbers.map((number) => ownerOf(now.identityOf(number))).sort(compareText);
  if (!before) return [{ at, kind: 'began', customerId, identities: texts([...members]), customers: [] }];
  const changes: CustomerChange[] = [];
  const had = new Set(before.members);
  const came = [...members].filter((number) => !had.has(number));
  const went = [...had].filter((number) => !members.has(number));
  const distinct = (customers: readonly string[]): readonly string[] => [...new Set(customers)].sort(compareText);
  if (came.length > 0) {
    const were = came.filter((number) => before.isKnown(number)).map((number) => before.customerOf(number));
    changes.push({ at, kind: 'joined', customerId, identities: texts(came), customers: distinct(were) });
  }
  if (went.length > 0) {
    changes.push({
      at,
      kind: 'left',
      customerId,
      identities: texts(went),
      customers: distinct(went.map((number) => now.customerOf(number))),
    });
  }
  if (before.customerId !== customerId) changes.push({ at, kind: 'renamed', customerId, identities: [], customers: [before.customerId] });
  return changes;
}
