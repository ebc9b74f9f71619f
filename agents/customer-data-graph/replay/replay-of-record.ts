/**
 * Replays the run behind one record, and shows that one customer's way through it: value before and after calibration, tier, decisions
 * with the rules behind them, and the rows of every stage. The record is found by its place among those that runs handed to the ledger.
 */
import { type RecordedEffect, type RecordedRun, refsIn } from '../../../orchestrator/index.ts';
import { CohortiumError, type ContentStore, isCohortiumError, type Json, type Ref } from '../../../skills/sdk/index.ts';
import type { CallContext } from '../call-context.ts';
import type { RecordPlace } from '../record/record-interface.ts';
import { appended, isAppend } from './check-recorded.ts';
import { computeAgain, type ComputeAgainPlace, currencyOf } from './compute-again.ts';
import { rowsAbout } from './customer-trace.ts';
import type { CustomerDecision, CustomerReplay, CustomerRows, CustomerStage } from './replay-interface.ts';

type Row = CustomerRows['rows'][number];

/**
 * @param runs newest first; each is read when it is looked at
 * @throws {CohortiumError} RECORD_NOT_FOUND when none of them wrote the record
 */
export async function replayOfRecord(
  place: ComputeAgainPlace,
  runs: readonly (() => RecordedRun)[],
  record: RecordPlace,
  options: { readonly isPure: boolean },
  context: CallContext,
): Promise<CustomerReplay> {
  const { recorded, kind, subject, body } = findRecord(place, runs, record);
  const customer = subject === '' ? null : subject;
  const isReadable = (ref: Ref): boolean => place.content.has(ref) && place.erasures.of(ref.digest) === undefined;
  const again = new Map<string, readonly CustomerRows[]>();
  const onAnswer = (effect: RecordedEffect, output: Json, content: ContentStore): void => {
    if (customer === null) return;
    again.set(
      effect.id,
      rowsAbout(customer, effect, output, content, (ref) => content.has(ref) && place.erasures.of(ref.digest) === undefined),
    );
  };
  const report = await computeAgain(place, recorded, { ...options, onAnswer }, context);
  const stages = report.stages.map(({ effectId, step, effect: name, verdict }): CustomerStage => {
    const effect = recorded.effects.find(({ id }) => id === effectId);
    const then = customer !== null && effect ? rowsAbout(customer, effect, effect.output, place.content, isReadable) : [];
    return { step, effect: name, verdict, recorded: then, replayed: verdict === 'diverged' ? (again.get(effectId) ?? null) : null };
  });
  return {
    place: record,
    kind,
    customer,
    body,
    value: valueIn(stages, currencyOf(recorded)),
    decisions: decisionsIn(stages, recorded, place.content, isReadable),
    stages: stages.filter(({ recorded: rows, replayed }) => rows.length > 0 || (replayed?.length ?? 0) > 0),
    facts: report.stages.flatMap(({ facts }) => facts),
    report,
  };
}

interface FoundRecord {
  readonly recorded: RecordedRun;
  readonly kind: string;
  readonly subject: string;
  readonly body: Json;
}

function findRecord(
  { content, erasures }: ComputeAgainPlace,
  runs: readonly (() => RecordedRun)[],
  { index, item }: RecordPlace,
): FoundRecord {
  let erasedRun: string | undefined;
  for (const read of runs) {
    const recorded = read();
    for (const effect of recorded.effects.filter(isAppend)) {
      if ([...refsIn(effect.input), ...refsIn(effect.output)].some(({ digest }) => erasures.of(digest) !== undefined))
        erasedRun = recorded.run.id;
      const rows = readable(() => appended(content, effect));
      const row = rows?.kinds.findIndex((_, at) => rows.index[at] === index && rows.item[at] === (item ?? -1)) ?? -1;
      if (rows && row >= 0) {
        const [kind = '', subject = '', body = 'null'] = [rows.kinds[row], rows.subjects[row], rows.bodies[row]];
        return { recorded, kind, subject, body: JSON.parse(body) as Json };
      }
    }
  }
  const name = `${index}${item === null ? '' : `/${item}`}`;
  const erased = erasedRun === undefined ? '' : `; what run ${erasedRun} composed was erased since`;
  const help = item === null ? `; a record in a batch is named by leaf and item, such as ${index}/0` : '';
  throw new CohortiumError('RECORD_NOT_FOUND', `no run here wrote record ${name}${help}${erased}`);
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isCohortiumError(error)) return undefined;
    throw error;
  }
}

/** By the names that tables have: `scores` before calibration, `calibrated` after it. */
function valueIn(stages: readonly CustomerStage[], currency: string | null): CustomerReplay['value'] {
  const rowOf = (output: string): Row => stages.flatMap((stage) => stage.recorded).find((rows) => rows.output === output)?.rows[0] ?? {};
  const number = (row: Row, name: string): number | null => (typeof row[name] === 'number' ? row[name] : null);
  const [before, after] = [rowOf('scores'), rowOf('calibrated')];
  return {
    currency,
    beforeMinor: number(before, 'clvMinor'),
    afterMinor: number(after, 'clvMinor'),
    lowMinor: number(after, 'clvLowMinor'),
    highMinor: number(after, 'clvHighMinor'),
    tier: typeof after['tier'] === 'string' ? after['tier'] : null,
  };
}

function decisionsIn(
  stages: readonly CustomerStage[],
  { effects }: RecordedRun,
  content: ContentStore,
  isReadable: (ref: Ref) => boolean,
): readonly CustomerDecision[] {
  const rows = stages
    .flatMap((stage) => stage.recorded)
    .find(({ output, rows: [first] }) => output === 'decisions' && first && 'outcome' in first);
  const verdicts = effects.find(({ kind }) => kind === 'policy.decide')?.output;
  const ref = verdicts === undefined ? undefined : refsIn(verdicts)[0];
  const said = ref && isReadable(ref) ? (content.getJson(ref) as readonly Json[]) : []; // a list by the schema of the effect
  const text = (row: Row, name: string): string => (typeof row[name] === 'string' ? row[name] : '');
  return (rows?.rows ?? []).map((row) => ({
    subscriber: text(row, 'subscriber'),
    purpose: text(row, 'purpose'),
    sink: text(row, 'sink'),
    outcome: text(row, 'outcome'),
    because: typeof row['vector'] === 'number' ? reasonsIn(said[row['vector']]) : [],
  }));
}

function reasonsIn(verdict: Json | undefined): CustomerDecision['because'] {
  const policies = typeof verdict === 'object' && verdict !== null && 'policies' in verdict ? verdict['policies'] : [];
  if (!Array.isArray(policies)) return [];
  return (policies as readonly Json[]).flatMap((policy) => {
    const { id, citation } = { ...(policy as { readonly id?: Json; readonly citation?: Json } | null) };
    return typeof id === 'string' && typeof citation === 'string' ? [{ rule: id, citation }] : [];
  });
}
