/**
 * What links and unlinks did to customers between two publications: who is part of another now, and who is on their own again.
 * Asks the graph only about customers that seem to be gone.
 */
import { type CallOptions, compareText, type Ref } from '../../../skills/sdk/index.ts';
import type { IdentityLine, MembershipCatalog } from './membership-catalog.ts';
import type { CustomerNumbers } from './membership-numbers.ts';

/**
 * Whose ids are that named customers once, by id; those that the graph does not know are left out.
 * @param asOf ISO date
 */
export type CustomersOf = (
  ids: readonly string[],
  from: { readonly snapshot: Ref; readonly asOf: string },
  options: Pick<CallOptions, 'signal'>,
) => Promise<ReadonlyMap<string, string>>;

export interface IdentityFindings {
  readonly lines: readonly IdentityLine[];
  /** Numbers of customers that are gone from now on, and of those that are back. */
  readonly gone: readonly number[];
  readonly back: readonly number[];
}

interface IdentityQuestion {
  readonly numbers: CustomerNumbers;
  /** Ids that the publication names. */
  readonly named: readonly string[];
  /** Whether a customer is in any cohort of the publication. */
  readonly isMember: (customer: number) => boolean;
  /** Whether others keep what they have. */
  readonly isPartial: boolean;
  readonly catalog: MembershipCatalog;
  readonly version: number;
}

/** @param customersOf asked once, about those who seem to be gone, if anybody does */
export async function findIdentityChanges(
  { numbers, named, isMember, isPartial, catalog, version }: IdentityQuestion,
  customersOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<IdentityFindings> {
  const ownNumbers = numbers.of(named);
  const isNamed = new Uint8Array(numbers.count);
  for (const number of ownNumbers) isNamed[number] = 1;
  // Of a part of the customers, those are suspect who were computed again and are in no cohort.
  const suspects = isPartial
    ? named.filter((_, index) => !isMember(ownNumbers[index] ?? -1))
    : numbers.unnamed((number) => isNamed[number] === 1);
  const owners = suspects.length === 0 ? new Map<string, string>() : await customersOf(suspects.toSorted(compareText));
  const lines: IdentityLine[] = [];
  const gone: number[] = [];
  for (const id of suspects.toSorted(compareText)) {
    const customer = numbers.numberOf(id);
    const owner = owners.get(id);
    // Who is still on their own only has no part in what is published.
    if (customer === undefined || owner === id || (isPartial && owner === undefined)) continue;
    gone.push(customer);
    const other = owner === undefined ? undefined : numbers.numberOf(owner);
    if (other !== undefined) lines.push({ version, customer, other, kind: 'merged' });
  }
  const isGone = new Set(gone);
  const back = new Set<number>();
  for (const [index, id] of named.entries()) {
    const customer = ownNumbers[index] ?? -1;
    if (!numbers.wasGone(id) || isGone.has(customer) || back.has(customer)) continue;
    back.add(customer);
    const last = catalog.lastIdentityChange(customer);
    if (last?.kind === 'merged') lines.push({ version, customer, other: last.other, kind: 'split' });
  }
  return { lines, gone, back: [...back] };
}
