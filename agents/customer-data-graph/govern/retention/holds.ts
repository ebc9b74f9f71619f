/**
 * Legal and other holds: files in registries/holds that say what must not be purged, why, and who says so. A hold that cannot be read
 * stops every purge, because nobody knows what it is meant to keep.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { z } from 'zod';

import { recordClassNames } from '../../../../skills/gate/core/retention/record-classes.ts';
import {
  CohortiumError,
  compareText,
  type Diagnostic,
  formatDiagnostic,
  isCohortiumError,
  readYaml,
} from '../../../../skills/sdk/index.ts';
import { readIdentity } from '../../identities/identity.ts';

const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date such as 2026-01-31 was expected');

function checkIdentity(text: string, { addIssue }: { readonly addIssue: (message: string) => void }): void {
  try {
    readIdentity(text);
  } catch (error) {
    if (!isCohortiumError(error)) throw error;
    addIssue(error.message);
  }
}

export const holdSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'a kebab-case name was expected'),
    reason: z.string().min(1),
    /** Number of the case that it is set for; `cohortium holds set` asks for one. */
    matter: z.string().min(1).optional(),
    /** Who says so. */
    by: z.string().min(1),
    since: isoDate,
    /** Last day; without it the hold stays until the file is removed. */
    until: isoDate.optional(),
    models: z.array(z.string().min(1)).default([]),
    cutoffs: z.array(isoDate).default([]),
    /** Paths in the operator directory; one that ends in a slash is a folder. */
    paths: z.array(z.string().min(1)).default([]),
    /** Each by any identity, such as c077 or loyalty:4711. */
    customers: z.array(z.string().min(1).superRefine(checkIdentity)).default([]),
    /** Classes of records, such as `value` or `review`. */
    records: z.array(z.enum(recordClassNames, `a class of records was expected: ${recordClassNames.join(', ')}`)).default([]),
    everything: z.boolean().default(false),
  })
  .refine(
    (hold) => hold.everything || [hold.models, hold.cutoffs, hold.paths, hold.customers, hold.records].some((list) => list.length > 0),
    {
      message: 'models, cutoffs, paths, customers, records or everything: true was expected; a hold on nothing keeps nothing',
    },
  );

export type Hold = z.infer<typeof holdSchema>;

/** What a hold may name. */
export interface HeldThing {
  readonly path: string;
  readonly models: readonly string[];
  readonly cutoff: string | null;
  readonly customer?: string;
  readonly record?: string;
}

/** @throws {CohortiumError} CONFIG_INVALID with every fault of every hold */
export function readHolds(registries: string): readonly Hold[] {
  const folder = join(registries, 'holds');
  if (!existsSync(folder)) return [];
  const diagnostics: Diagnostic[] = [];
  const names = readdirSync(folder).sort(compareText);
  const holds = names.flatMap((name) => {
    const file = `registries/holds/${name}`;
    const fault = (message: string): void =>
      void diagnostics.push({ code: 'CONFIG_INVALID', severity: 'error', message, at: { file, line: 1, column: 1 } });
    if (!name.endsWith('.yaml')) {
      fault('a hold is a .yaml file; move this file elsewhere, or name it so');
      return [];
    }
    const read = readYaml(readFileSync(join(folder, name), 'utf8'), file, holdSchema, 'CONFIG_INVALID');
    diagnostics.push(...read.diagnostics);
    if (read.value && read.value.id !== basename(name, '.yaml')) fault(`id '${read.value.id}' was expected to be the name of the file`);
    return read.value ? [read.value] : [];
  });
  const [first] = diagnostics;
  if (first) throw new CohortiumError('CONFIG_INVALID', formatDiagnostic(first), { diagnostics });
  return holds;
}

/** Why holds keep a thing, in words; those that have ended keep nothing. */
export function holdReasons(holds: readonly Hold[], { path, models, cutoff, customer, record }: HeldThing, today: string): string[] {
  return holds
    .filter(({ until }) => until === undefined || today <= until)
    .filter(
      (hold) =>
        hold.everything ||
        hold.models.some((model) => models.includes(model)) ||
        (cutoff !== null && hold.cutoffs.includes(cutoff)) ||
        (customer !== undefined && hold.customers.includes(customer)) ||
        hold.records.some((held) => held === record) ||
        hold.paths.some((held) => held === path || (held.endsWith('/') && path.startsWith(held))),
    )
    .map(({ id, reason, by }) => `hold '${id}' by ${by}: ${reason}`);
}
