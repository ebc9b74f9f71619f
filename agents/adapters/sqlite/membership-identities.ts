/**
 * What links and unlinks did to customers between two publications: who is part of another now, and who is on their own again.
 * Looks only at customers that went or came back; asks the graph whose they are.
 */
import { compareText } from '../../../skills/sdk/index.ts';
import type { IdentityLine, MembershipCatalog } from './membership-catalog.ts';
import type { CustomerNumbers } from './membership-numbers.ts';

/** Whose an id is that named a customer once; undefined when the graph does not know it. */
export type CustomerOf = (customerId: string) => string | undefined;

export interface IdentityFindings {
  readonly lines: readonly IdentityLine[];
  /** Numbers of customers that are gone from now on, and of those that are back. */
  readonly gone: readonly number[];
  readonly back: readonly number[];
}

/**
 * @param named ids that the publication names
 * @param isPartial whether others keep what they have; then somebody named can be part of another already
 */
export function findIdentityChanges(
  numbers: CustomerNumbers,
  named: readonly string[],
  isPartial: boolean,
  customerOf: CustomerOf,
  { catalog, version }: { readonly catalog: MembershipCatalog; readonly version: number },
): IdentityFindings {
  const ownNumbers = numbers.of(named);
  const isNamed = new Uint8Array(numbers.count);
  for (const number of ownNumbers) isNamed[number] = 1;
  const candidates = isPartial ? named.filter((id) => (customerOf(id) ?? id) !== id) : numbers.unnamed((number) => isNamed[number] === 1);
  const lines: IdentityLine[] = [];
  const gone: number[] = [];
  for (const id of candidates.toSorted(compareText)) {
    const customer = numbers.numberOf(id);
    if (customer === undefined) continue;
    gone.push(customer);
    const owner = customerOf(id);
    const other = owner === undefined || owner === id ? undefined : numbers.numberOf(owner);
    if (other !== undefined) lines.push({ version, customer, other, kind: 'merged' });
  }
  const back: number[] = [];
  for (const [index, id] of named.entries()) {
    if (!numbers.wasGone(id) || (customerOf(id) ?? id) !== id) continue;
    const customer = ownNumbers[index] ?? -1;
    if (back.includes(customer)) continue;
    back.push(customer);
    const last = catalog.lastIdentityChange(customer);
    if (last?.kind === 'merged') lines.push({ version, customer, other: last.other, kind: 'split' });
  }
  return { lines, gone, back };
}
