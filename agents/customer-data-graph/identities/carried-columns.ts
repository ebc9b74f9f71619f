/** Identities as numbers: what the rules work on, millions at a time. */
import { type IdentityKind, identityKinds } from '../../../registries/identity/identity-rules.ts';

/** Position of a kind in identityKinds. */
export const kindNumber: Readonly<Record<IdentityKind, number>> = { user: 0, loyalty: 1, email: 2, phone: 3, anonymous: 4 };

/** Distinct combinations of identities that events carry. Identities have numbers from 1 on; 0 is none. */
export interface CarriedColumns {
  /** One column for each of identityKinds. */
  readonly identities: readonly Int32Array[];
  /** Of the first and the last event with this combination, epoch milliseconds. */
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
  readonly events: Int32Array;
}

/** What is known of every identity, by its number. Numbers ascend with (kind, value). */
export interface IdentityColumns {
  /** Position of the kind in identityKinds. */
  readonly kind: Uint8Array;
  /** 1 where the value names nobody. */
  readonly blocked: Uint8Array;
}

/** What was said about pairs of identities, in ascending (time, id). */
export interface StatementColumns {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly isLink: Uint8Array;
  /** 1 where likeness says so, and nobody has looked. */
  readonly isProbable: Uint8Array;
  readonly tsMs: Float64Array;
}

/** The combinations without those that begin later, and their events up to then. For looking back at a few customers. */
export function carriedUntil(carried: CarriedColumns, untilMs: number): CarriedColumns {
  const rows = Int32Array.from([...carried.firstMs.keys()].filter((row) => (carried.firstMs[row] ?? 0) <= untilMs));
  return {
    identities: identityKinds.map((_, kind) => rows.map((row) => carried.identities[kind]?.[row] ?? 0)),
    firstMs: Float64Array.from(rows, (row) => carried.firstMs[row] ?? 0),
    lastMs: Float64Array.from(rows, (row) => Math.min(carried.lastMs[row] ?? 0, untilMs)),
    events: rows.map((row) => carried.events[row] ?? 0),
  };
}

/** The statements made until then. */
export function statementsUntil(statements: StatementColumns, untilMs: number): StatementColumns {
  const count = statements.tsMs.findIndex((tsMs) => tsMs > untilMs);
  const end = count === -1 ? statements.tsMs.length : count;
  return {
    left: statements.left.subarray(0, end),
    right: statements.right.subarray(0, end),
    isLink: statements.isLink.subarray(0, end),
    isProbable: statements.isProbable.subarray(0, end),
    tsMs: statements.tsMs.subarray(0, end),
  };
}
