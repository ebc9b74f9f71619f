/** The tables that one window needs, read from the content store when they are asked for. */
import { CohortiumError, type ContentStore, int32Column, type Ref, refSchema, textColumn, type WindowReply, z } from '../../sdk/index.ts';
import { type CohortRun, cohortRunSchema } from '../definitions/cohort-run.ts';
import { type WindowId, windowDays } from '../definitions/definition.ts';
import { lastDays } from './compute-run.ts';
import type { EarlierRun } from './compute-run.ts';
import type { WindowTables } from './frame.ts';
import type { MoneyUnit } from './words.ts';

const dictionarySchema = z.object({ types: z.array(z.string()), skus: z.array(z.string()) });

/** @throws {CohortiumError} CONTENT_NOT_FOUND; ARGUMENT_INVALID for a window that the features do not have */
export function readWindowTables(content: ContentStore, features: WindowReply, window: WindowId, money: MoneyUnit): WindowTables {
  const ref = features.windows[window];
  if (!ref) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `the window features have no window '${window}'; they have ${Object.keys(features.windows).join(', ')}`,
    );
  }
  return {
    money,
    customers: content.getTable(features.customers),
    window: content.getTable(ref),
    profiles: () => content.getTable(features.profiles),
    events: () => content.getTable(features.events),
    dictionary: () => dictionarySchema.parse(content.getJson(features.dictionary)),
    links: () => content.getTable(features.links),
  };
}

/** Last day with a signal of every customer in a window; nothing is read for lifetime, which no day leaves. */
export function readLastDays(content: ContentStore, features: WindowReply, window: WindowId, asOfDay: number): Int32Array {
  if (!Number.isFinite(windowDays[window])) return new Int32Array();
  const events = content.getTable(features.events);
  return lastDays(
    int32Column(events, 'account'),
    int32Column(events, 'day'),
    features.customers.rows,
    asOfDay - windowDays[window] + 1,
    asOfDay,
  );
}

const previousSchema = z.record(z.string(), z.object({ run: refSchema, customers: refSchema }));

/** The run before of one definition and window, null where there is none. */
export function readEarlierRun(content: ContentStore, previous: Ref | null, definition: string, window: WindowId): EarlierRun | null {
  const known = previousRefs(content, previous, definition, window);
  if (!known) return null;
  const run: CohortRun = cohortRunSchema.parse(content.getJson(known.run));
  const customers = textColumn(content.getTable(known.customers), 'customerId');
  const members = run.members && content.getTable(run.members);
  return {
    version: run.definition.version,
    model: run.model && content.getJson(run.model),
    modelRef: run.model,
    keys: run.cohorts.map(({ key }) => key),
    names: run.cohorts.map(({ name }) => name),
    keysUsed: run.keysUsed,
    customers: members ? Array.from(int32Column(members, 'account'), (account) => customers[account] ?? '') : [],
    cohort: members ? int32Column(members, 'cohort') : new Int32Array(),
  };
}

/** What a run's keys and `earlier` column follow from; a part of the fingerprint of the next one. */
export function previousRefs(
  content: ContentStore,
  previous: Ref | null,
  definition: string,
  window: WindowId,
): { readonly run: Ref; readonly customers: Ref } | null {
  if (!previous) return null;
  return previousSchema.parse(content.getJson(previous))[`${definition}/${window}`] ?? null;
}
