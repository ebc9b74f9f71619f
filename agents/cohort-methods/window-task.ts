/** One window of one definition, as it is handed to a worker, named by what it depends on, and computed over a content store. */
import type { CohortRun } from '../../skills/cohort/definitions/cohort-run.ts';
import type { CohortDefinition, WindowId } from '../../skills/cohort/definitions/definition.ts';
import {
  computeRun,
  engineVersion,
  type MoneyUnit,
  previousRefs,
  readEarlierRun,
  readLastDays,
  readWindowTables,
} from '../../skills/cohort/runs/index.ts';
import { type ContentStore, type Digest, digestOf, type Ref, type Table, type WindowReply } from '../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../skills/sdk/numeric/index.ts';

/** Plain data: it crosses to another thread. */
export interface WindowTask {
  readonly definition: CohortDefinition;
  readonly window: WindowId;
  readonly asOf: string;
  readonly seed: string;
  /** What amounts are in, for sentences. */
  readonly money: MoneyUnit;
  readonly features: WindowReply;
  readonly previous: Ref | null;
}

/** Two tasks with one fingerprint have the same result, bit for bit. */
export function fingerprintOf(task: WindowTask, content: ContentStore): Digest {
  return digestOf({ ...partsOf(task), previous: previousRefs(content, task.previous, task.definition.id, task.window) });
}

/** What a task depends on besides the run before. */
export function inputsOf(task: WindowTask): Digest {
  return digestOf(partsOf(task));
}

function partsOf({ definition: whole, window, asOf, seed, money, features }: WindowTask) {
  // The other windows of the definition change nothing in this one.
  const { windows: _windows, ...definition } = whole;
  const { customers, windows, profiles, events, dictionary, links } = features;
  return {
    engine: engineVersion,
    definition,
    window,
    asOf,
    seed,
    money: { ...money },
    features: [customers, windows[window] ?? null, profiles, events, dictionary, links],
  };
}

/** Computes the run and stores it with its model and members. @returns the Ref of the run */
export function computeWindow(task: WindowTask, content: ContentStore): Ref {
  const { definition, window, asOf, seed, money, features, previous } = task;
  const { run, model, members, frozen } = computeRun({
    definition,
    window,
    asOf,
    seed,
    tables: readWindowTables(content, features, window, money),
    lastDays: readLastDays(content, features, window, dayOfIsoDate(asOf) ?? 0),
    earlier: readEarlierRun(content, previous, definition.id, window),
  });
  const stored: CohortRun = {
    ...run,
    model: model === null ? null : content.putJson(model),
    members: members && content.putTable(members),
    frozen: frozen && content.putJson(frozen),
  };
  return content.putJson(stored);
}

/**
 * A content store that keeps the tables of one set of features decoded: all windows and definitions read the same signals, which are
 * too large for the store's own memory of recent tables.
 */
export function keepSignals(content: ContentStore): ContentStore {
  let kept: { readonly digest: string; readonly table: Table } | undefined;
  return {
    ...content,
    getTable(ref) {
      if (kept?.digest === ref.digest) return kept.table;
      const table = content.getTable(ref);
      if ('tsMs' in table.columns) kept = { digest: ref.digest, table };
      return table;
    },
  };
}
