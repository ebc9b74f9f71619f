/**
 * What a publication brings: cohort runs and the axes, both as columns by customer number, so that one way of settling memberships
 * serves them. Refuses runs of another day, rows that name nobody, and two runs of one definition and window.
 */
import { type Hysteresis, never } from '../../../skills/cohort/core/memberships/index.ts';
import { type CohortRun, cohortRunSchema } from '../../../skills/cohort/definitions/cohort-run.ts';
import {
  CohortiumError,
  type ContentStore,
  float64Column,
  int32Column,
  type Ref,
  refSchema,
  type Table,
  textColumn,
  z,
} from '../../../skills/sdk/index.ts';

/** One definition in one window, as it is to be from now on. */
export interface MembershipSource {
  readonly definition: string;
  readonly window: string;
  readonly kind: 'axis' | 'definition';
  readonly title: string;
  readonly method: string;
  readonly confidenceKind: string;
  readonly family: string | null;
  readonly precedence: number;
  readonly hysteresis: Hysteresis;
  readonly cohorts: readonly { readonly key: string; readonly name: string }[];
  /** Names that reasons point to; may be long, few are used. */
  readonly features: readonly string[];
  /** Read late, and let go after use: a run may have a million rows. */
  readonly columns: () => MemberColumns;
  readonly run: Ref | null;
}

/** Each customer once, in any order. */
export interface MemberColumns {
  readonly account: Int32Array;
  readonly cohort: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
  readonly until: ArrayLike<number>;
  readonly reasons: readonly Int32Array[];
  readonly contributions: readonly Float64Array[];
  readonly earlier: Int32Array | null;
}

const atOnce: Hysteresis = { margin: 0, runs: 1 };

/** @throws {CohortiumError} ARGUMENT_INVALID for a run that cannot be read, of another day, or given twice */
export function runSources(runs: Ref, asOf: string, content: ContentStore): readonly MembershipSource[] {
  const refs = z.array(refSchema).safeParse(content.getJson(runs));
  if (!refs.success)
    throw new CohortiumError('ARGUMENT_INVALID', `runs: a list of Refs was expected; found ${refs.error.issues[0]?.message ?? 'none'}`);
  const seen = new Set<string>();
  return refs.data.map((ref) => {
    const run = readRun(ref, content);
    const id = `${run.definition.id}/${run.window}`;
    if (seen.has(id)) throw new CohortiumError('ARGUMENT_INVALID', `${id} was run twice in one publication; publish one of the runs`);
    if (run.asOf !== asOf)
      throw new CohortiumError('ARGUMENT_INVALID', `${id} is as of ${run.asOf}, the publication as of ${asOf}; run it again for that day`);
    seen.add(id);
    return {
      definition: run.definition.id,
      window: run.window,
      kind: 'definition',
      title: run.title,
      method: run.method,
      confidenceKind: run.confidenceKind,
      family: run.resolution?.family ?? null,
      precedence: run.resolution?.precedence ?? 0,
      hysteresis: run.resolution?.hysteresis ?? atOnce,
      cohorts: run.cohorts.map(({ key, name }) => ({ key, name })),
      features: run.features,
      columns: () => runColumns(run, content),
      run: ref,
    };
  });
}

function readRun(ref: Ref, content: ContentStore): CohortRun {
  const parsed = cohortRunSchema.safeParse(content.getJson(ref));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `object ${ref.digest} is no cohort run: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown shape'}`,
  );
}

function runColumns(run: CohortRun, content: ContentStore): MemberColumns {
  if (run.members === null) return noMembers;
  const table = content.getTable(run.members);
  return {
    account: int32Column(table, 'account'),
    cohort: int32Column(table, 'cohort'),
    confidence: float64Column(table, 'confidence'),
    until: int32Column(table, 'until'),
    reasons: [int32Column(table, 'reason1'), int32Column(table, 'reason2'), int32Column(table, 'reason3')],
    contributions: [float64Column(table, 'contribution1'), float64Column(table, 'contribution2'), float64Column(table, 'contribution3')],
    earlier: 'earlier' in table.columns ? int32Column(table, 'earlier') : null,
  };
}

const noMembers: MemberColumns = {
  account: new Int32Array(0),
  cohort: [],
  confidence: [],
  until: [],
  reasons: [],
  contributions: [],
  earlier: null,
};

/**
 * The axes, each as a source of its own.
 * @param known axes of before; one that is not in the table any more comes without members
 * @throws {CohortiumError} ARGUMENT_INVALID for a customer in two cohorts of an axis
 */
export function axisSources(table: Table, known: readonly string[]): readonly MembershipSource[] {
  const byAxis = new Map<string, { cohorts: Map<string, number>; account: number[]; cohort: number[] }>();
  for (const axis of known) byAxis.set(axis, { cohorts: new Map(), account: [], cohort: [] });
  const [axes, cohorts, accounts] = [textColumn(table, 'axis'), textColumn(table, 'cohort'), int32Column(table, 'account')];
  for (const [row, account] of accounts.entries()) {
    const [axis = '', cohort = ''] = [axes[row], cohorts[row]];
    const found = byAxis.get(axis) ?? { cohorts: new Map<string, number>(), account: [], cohort: [] };
    if (found.account.length === 0) byAxis.set(axis, found);
    const position = found.cohorts.get(cohort) ?? found.cohorts.size;
    found.cohorts.set(cohort, position);
    found.account.push(account);
    found.cohort.push(position);
  }
  return [...byAxis].map(([axis, { cohorts: keys, account, cohort }]) => ({
    definition: axis,
    window: 'lifetime',
    kind: 'axis',
    title: axis,
    method: 'axis',
    confidenceKind: 'rule',
    family: null,
    precedence: 0,
    hysteresis: atOnce,
    cohorts: [...keys.keys()].map((key) => ({ key, name: key })),
    features: [],
    columns: () => ({
      account: Int32Array.from(account),
      cohort,
      confidence: new Float64Array(account.length).fill(1),
      until: new Int32Array(account.length).fill(never),
      reasons: [],
      contributions: [],
      earlier: null,
    }),
    run: null,
  }));
}
