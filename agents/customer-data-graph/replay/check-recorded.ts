import { followMachines, planOf, type RecordedEffect, type RecordedRun, refsIn } from '../../../orchestrator/index.ts';
import {
  canonicalJson,
  CohortiumError,
  type ContentStore,
  int32Column,
  isCohortiumError,
  jsonMedia,
  type Json,
  type Ref,
  type SkillDefinition,
  tableMedia,
  textColumn,
} from '../../../skills/sdk/index.ts';
import type { CallContext } from '../call-context.ts';
import type { OpenRecord, RecordBook } from '../record/record-interface.ts';
/**
 * Walks through a recorded run without computing it: every input follows from what came before, every object has the digest that names
 * it, and every record of the run stands in the ledger as it was composed. Bodies that were erased are counted, not missed.
 */
import { type ErasedThings } from './erased-things.ts';
import type { RecordedReport } from './replay-interface.ts';

export interface CheckPlace {
  /** A store that keeps nothing in memory from before, so that bytes are read and digested. */
  readonly content: ContentStore;
  readonly skills: ReadonlyMap<string, SkillDefinition>;
  readonly erasures: ErasedThings;
  readonly records: () => Pick<RecordBook, 'at'>;
}

type Fault = RecordedReport['faults'][number];

/** More faults than this are counted and not told. */
const mostFaults = 100;

/** @throws {CohortiumError} RUN_CANCELLED */
export async function checkRecorded(
  place: CheckPlace,
  recorded: RecordedRun,
  { signal, onProgress }: CallContext,
): Promise<RecordedReport> {
  const { run, effects } = recorded;
  const { erasures, content } = place;
  const faults: Fault[] = [];
  const links = followMachines(recorded, place.skills, { ...content, isErased: ({ digest }) => erasures.of(digest) !== undefined });
  const { broken } = links;
  if (broken) {
    const effect = effects.find(({ id }) => id === broken.effect);
    faults.push({ step: effect?.step ?? '', effect: effect?.kind ?? '', record: null, says: broken.difference.says });
  }
  const seen = new Set<string>();
  const erased = new Map<string, RecordedReport['erased'][number]>();
  let objects = 0;
  let records = 0;
  let erasedRecords = 0;
  for (const [index, effect] of effects.entries()) {
    if (signal?.aborted) throw new CohortiumError('RUN_CANCELLED', `the check of ${run.id} was cancelled after ${index} effects`);
    onProgress?.({ fraction: index / Math.max(effects.length, 1), message: effect.kind });
    const own = (says: string, record: number | null = null): void =>
      void faults.push({ step: effect.step, effect: effect.kind, record, says });
    for (const ref of [...refsIn(effect.input), ...refsIn(effect.output)]) {
      if (seen.has(ref.digest)) continue;
      seen.add(ref.digest);
      const gone = erasures.of(ref.digest);
      if (gone) erased.set(gone.object, gone);
      else {
        objects += 1;
        const fault = objectFault(content, ref);
        if (fault !== undefined) own(fault);
      }
    }
    if (!isAppend(effect)) continue;
    const found = await compareRecords(place, effect, own);
    records += found.records;
    erasedRecords += found.erased;
  }
  if (planOf(run).steps.some(({ skill }) => !place.skills.has(skill))) {
    const step = planOf(run).steps.find(({ skill }) => !place.skills.has(skill));
    faults.push({
      step: step?.id ?? '',
      effect: '',
      record: null,
      says: `skill ${step?.skill ?? ''} is not installed here, so its inputs were not followed`,
    });
  }
  const told = faults.slice(0, mostFaults);
  return {
    runId: run.id,
    fits: faults.length === 0,
    effects: effects.length,
    followed: links.followed,
    objects,
    records,
    erasedRecords,
    erased: [...erased.values()],
    faults: told,
  };
}

/** Reads an object whole: the store digests its bytes. */
function objectFault(content: ContentStore, ref: Ref): string | undefined {
  try {
    if (ref.media === tableMedia) {
      const { rows } = content.getTable(ref);
      return rows === ref.rows ? undefined : `table ${ref.digest} has ${rows} rows; it is named with ${ref.rows}`;
    }
    if (ref.media === jsonMedia) content.getJson(ref);
    return undefined;
  } catch (error) {
    if (isCohortiumError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** An effect that handed a table of records to the ledger and got their places. */
export function isAppend({ kind }: Pick<RecordedEffect, 'kind'>): boolean {
  return kind === 'ledger.append';
}

/** Tables of what was handed over and of where it stands; undefined when one is gone. */
export function appended(content: ContentStore, { input, output }: Pick<RecordedEffect, 'input' | 'output'>) {
  const [records, places] = [namedRef(input, 'records'), namedRef(output, 'indexes')];
  if (!records || !places) return undefined;
  const [rows, indexes] = [content.getTable(records), content.getTable(places)];
  return {
    kinds: textColumn(rows, 'kind'),
    subjects: textColumn(rows, 'subject'),
    bodies: textColumn(rows, 'body'),
    index: int32Column(indexes, 'record'),
    item: int32Column(indexes, 'item'),
  };
}

async function compareRecords(
  { content, records, erasures }: CheckPlace,
  effect: RecordedEffect,
  own: (says: string, record: number | null) => void,
): Promise<{ readonly records: number; readonly erased: number }> {
  const tables = [...refsIn(effect.input), ...refsIn(effect.output)];
  // What a person was taken out of no longer says what was composed; the record book is asked about the rest of the run.
  if (tables.some(({ digest }) => erasures.of(digest) !== undefined)) return { records: 0, erased: 0 };
  let rows: ReturnType<typeof appended>;
  try {
    rows = appended(content, effect);
  } catch (error) {
    if (isCohortiumError(error)) return { records: 0, erased: 0 }; // said of the object already
    throw error;
  }
  if (!rows) return { records: 0, erased: 0 };
  const book = records();
  let erased = 0;
  for (const [row, kind] of rows.kinds.entries()) {
    const [index, item] = [rows.index[row] ?? -1, rows.item[row] ?? -1];
    let found: OpenRecord;
    try {
      found = await book.at({ index, item: item < 0 ? null : item });
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      own(`${error.code}: ${error.message}`, index);
      continue;
    }
    if (found.kind !== kind) own(`record ${index} is a '${found.kind}'; the run composed a '${kind}'`, index);
    if (found.body === null) erased += 1;
    else if (canonicalJson(withoutFields(JSON.parse(rows.bodies[row] ?? '{}') as Json, found.redacted)) !== canonicalJson(found.body)) {
      own(`record ${index}${item < 0 ? '' : `/${item}`} does not say what the run composed for it`, index);
    }
  }
  return { records: rows.kinds.length, erased };
}

function withoutFields(body: Json, names: readonly string[]): Json {
  if (names.length === 0 || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

function namedRef(value: Json, name: string): Ref | undefined {
  const part =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, Json>>)[name] : undefined;
  return part === undefined ? undefined : refsIn(part)[0];
}
