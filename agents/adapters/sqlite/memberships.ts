/**
 * Versioned memberships, as of any day and as known at any version: rows in immutable files, the catalog in SQLite. Assigns nobody
 * to a cohort by itself.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { compareText, type ContentStore, type Memberships, type Ref, refSchema } from '../../../skills/sdk/index.ts';
import { openRowPacks, removeUnfinishedPacks } from '../files/row-packs.ts';
import { catalogOver, catalogSchema, type MembershipCatalog } from './membership-catalog.ts';
import { Publisher, type PublisherOptions } from './membership-publisher.ts';
import { type MembershipReader, readerOver } from './membership-reader.ts';
import { MembershipStates } from './membership-states.ts';
import { openDatabase } from './open-database.ts';

export interface MembershipsOptions extends PublisherOptions {
  /** State folder; `memberships/` is made in it. */
  readonly directory: string;
}

export interface SqliteMemberships extends Memberships, MembershipReader {
  /** For the one process that writes: removes what a killed publication left behind. */
  removeUnfinished(): void;
  close(): void;
}

/** @throws {CohortiumError} STORE_* as the disk says */
export function createMemberships(options: MembershipsOptions): SqliteMemberships {
  const directory = join(options.directory, 'memberships');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'catalog.db');
  const database = openDatabase(path, catalogSchema);
  const catalog = catalogOver(database);
  const packs = openRowPacks(directory);
  const states = new MembershipStates(catalog, packs);
  const publisher = new Publisher(path, catalog, packs, states, options);
  return {
    latest: async ({ definitions }) => ({ previous: latestRuns(catalog, options.content), since: oldestBasis(catalog, definitions) }),
    publish: (publication, call) => publisher.publish(publication, call),
    ...readerOver(catalog, states),
    removeUnfinished: () => removeUnfinishedPacks(directory),
    close() {
      packs.close();
      database.close();
    },
  };
}

function latestRuns(catalog: MembershipCatalog, content: ContentStore): Ref | null {
  const runs = catalog.newestRuns();
  if (runs.length === 0) return null;
  const parsed = runs.map(({ definition, window, run, customers }) => [
    `${definition}/${window}`,
    { run: refSchema.parse(JSON.parse(run)), customers: refSchema.parse(JSON.parse(customers)) },
  ]);
  return content.putJson(Object.fromEntries(parsed));
}

/** The fewest signals and the earliest day that any of the definitions rests on. */
function oldestBasis(
  catalog: MembershipCatalog,
  definitions: readonly string[] | undefined,
): { readonly snapshot: Ref; readonly asOf: string; readonly newest: string } | null {
  const bases = catalog.bases((definition) => definitions?.includes(definition) ?? true);
  const [first] = bases;
  if (!first) return null;
  const days = bases.map(({ asOf }) => asOf).sort(compareText);
  return { snapshot: refSchema.parse(JSON.parse(first.snapshot)), asOf: days[0] ?? first.asOf, newest: days.at(-1) ?? first.asOf };
}
