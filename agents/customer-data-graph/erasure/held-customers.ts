/**
 * Whom holds are about. A hold may name any identity of a customer, who may have become one with another since, and whose keys may be newer
 * than the hold: so each hold is read against the graph as it is now. Reads only.
 */
import { type Hold, readHolds } from '../govern/retention/holds.ts';
import { ownerOf, readIdentity } from '../identities/identity.ts';
import type { Workspace } from '../workspace.ts';
import { findPerson } from './find-person.ts';

/** Holds with each customer under the name that was typed and as `kind:value`. */
export function holdsByName(registries: string): readonly Hold[] {
  return readHolds(registries).map((hold) => ({
    ...hold,
    customers: hold.customers.flatMap((customer) => [customer, ownerOf(readIdentity(customer))]),
  }));
}

/** Holds with every id that their customers have or had, besides what was typed. */
export async function holdsByCustomer(workspace: Workspace): Promise<readonly Hold[]> {
  const holds: Hold[] = [];
  for (const hold of readHolds(workspace.paths.registries)) {
    const ids: string[] = [];
    for (const customer of hold.customers) ids.push(...(await findPerson(workspace, customer)).ids);
    holds.push({ ...hold, customers: [...new Set([...hold.customers, ...ids])] });
  }
  return holds;
}

/**
 * Whether a hold keeps a key: one that marks it in the vault, or one on the customer whose it is.
 * @param today ISO date
 */
export async function heldKeys(workspace: Workspace, today: string): Promise<(kid: string) => boolean> {
  const { vault } = workspace;
  const holds = (await holdsByCustomer(workspace)).filter(({ until }) => until === undefined || today <= until);
  const ids = new Set(holds.flatMap(({ customers }) => customers));
  const kids = new Set([...ids].flatMap((id) => vault().entriesOf(id)).map(({ kid }) => kid));
  return (kid) => kids.has(kid) || vault().stateOf(kid) === 'held';
}
