/** Whom an id names: every identity that is the same customer, and every id that the customer had. Reads only. */
import { randomBytes } from 'node:crypto';

import { isCohortiumError } from '../../../skills/sdk/index.ts';
import { graphDoor } from '../graph/graph-door.ts';
import { customerIdOf, type Identity, readIdentity } from '../identities/identity.ts';
import type { Workspace } from '../workspace.ts';
import type { Sought } from './eraser-interface.ts';
import { type GoneDigests, goneDigests } from './gone-digests.ts';
import { nameFinder, type PersonNames, personNames } from './person-names.ts';

export interface FoundPerson {
  readonly customerId: string;
  readonly identities: readonly Identity[];
  readonly ids: readonly string[];
  /** Whether the log knows anybody of the name; other stores may all the same. */
  readonly isKnown: boolean;
}

/** @throws {CohortiumError} ARGUMENT_INVALID for what is no identity */
export async function findPerson(workspace: Workspace, customer: string): Promise<FoundPerson> {
  const asked = readIdentity(customer);
  try {
    const view = await graphDoor(workspace).customer(customer);
    // An identity that joins nobody, such as a shared card, is the person's only where it was asked for.
    const own = view.identities.filter(
      ({ kind, value, silence }) =>
        silence === null || (kind === asked.kind && value === asked.value) || customerIdOf({ kind, value }) === view.customerId,
    );
    const identities = own.map(({ kind, value }) => ({ kind, value }));
    return { customerId: view.customerId, identities, ids: [view.customerId, ...view.previousIds], isKnown: true };
  } catch (error) {
    if (!isCohortiumError(error) || error.code !== 'CUSTOMER_NOT_FOUND') throw error;
    return { customerId: customerIdOf(asked), identities: [asked], ids: [customerIdOf(asked)], isKnown: false };
  }
}

/** 8 random bytes: an id that names nobody. */
export function newErasureId(): string {
  return randomBytes(8).toString('hex');
}

/** What the erasers look for. */
export function soughtOf(
  erasure: string,
  identities: readonly Identity[],
  ids: readonly string[],
  gone: GoneDigests = goneDigests(''),
): Sought & { readonly names: PersonNames } {
  const names = personNames(identities, ids, erasure);
  let made: { readonly signals: number; readonly finder: ReturnType<typeof nameFinder> } | undefined;
  return {
    erasure,
    names,
    gone,
    finder: () => {
      if (made?.signals !== names.signals.size) made = { signals: names.signals.size, finder: nameFinder(names) };
      return made.finder;
    },
  };
}
