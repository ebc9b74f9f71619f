/**
 * What the newest finished run decided, as an audit reads it: whom the gate let pass for a use, what they are worth, where they shop, what
 * else is known of them, and what came true of an earlier prediction. Customers in the order of their ids.
 */
import type { Feature } from '../../../skills/gate/core/fairness/index.ts';
import {
  CohortiumError,
  compareText,
  type ContentStore,
  float64Column,
  int32Column,
  type Ref,
  refSchema,
  type Table,
  textColumn,
} from '../../../skills/sdk/index.ts';
import type { Workspace } from '../workspace.ts';

export interface DecidedRun {
  readonly id: string;
  readonly asOf: string;
  readonly digest: string;
  /** Sealed signals that it read. */
  readonly snapshot: Ref | null;
  /** Ascending. */
  readonly customers: readonly string[];
  /** Minor units, calibrated. */
  readonly value: Float64Array;
  /** By what is conditioned on. */
  readonly strata: Readonly<Record<string, readonly string[]>>;
  readonly features: readonly Feature[];
  readonly holdout: {
    readonly rows: Int32Array;
    readonly predicted: Float64Array;
    readonly actual: Float64Array;
    readonly isGood: Uint8Array;
  } | null;
  /** 1 for who passed; null where the run did not decide the use. */
  readonly passedFor: (purpose: string, sink: string) => Uint8Array | null;
  /** Uses that it decided. */
  readonly uses: readonly { readonly purpose: string; readonly sink: string }[];
}

/** @throws {CohortiumError} FAIRNESS_NOT_READY before a run with a gate has finished */
export async function newestDecidedRun({ orchestrator, content }: Pick<Workspace, 'orchestrator' | 'content'>): Promise<DecidedRun> {
  const views = (await orchestrator()).list();
  for (const { run, steps, digest } of views.toReversed()) {
    if (run.state !== 'completed') continue;
    const outputs = Object.values(steps).map(({ output }) => output as Readonly<Record<string, unknown>> | null); // outputs are objects
    const refOf = (name: string): Ref | undefined =>
      refSchema.safeParse(outputs.find((output) => output !== null && name in output)?.[name]).data;
    const [decisions, calibrated, accounts, profiles] = [refOf('decisions'), refOf('calibrated'), refOf('accounts'), refOf('profiles')];
    if (!decisions || !calibrated || !accounts || !profiles) continue;
    return decidedRun(content, {
      id: run.id,
      asOf: run.asOf,
      digest,
      snapshot: refOf('snapshot') ?? null,
      decisions,
      calibrated,
      accounts,
      profiles,
      holdout: refOf('holdout') ?? null,
    });
  }
  throw new CohortiumError(
    'FAIRNESS_NOT_READY',
    'no finished run has a gate step, so nothing was decided that could be audited; run one first',
  );
}

interface RunTables extends Pick<DecidedRun, 'id' | 'asOf' | 'digest' | 'snapshot'> {
  readonly decisions: Ref;
  readonly calibrated: Ref;
  readonly accounts: Ref;
  readonly profiles: Ref;
  readonly holdout: Ref | null;
}

function decidedRun(content: ContentStore, { decisions, calibrated, accounts, profiles, holdout, ...run }: RunTables): DecidedRun {
  const scores = content.getTable(calibrated);
  const ids = textColumn(scores, 'customerId');
  const order = Int32Array.from(ids.keys()).sort((a, b) => compareText(ids[a] ?? '', ids[b] ?? ''));
  const customers = Array.from(order, (row) => ids[row] ?? '');
  const rowOf = new Map(customers.map((customer, row) => [customer, row]));
  const text = (table: Table, name: string): readonly string[] => {
    const values = textColumn(table, name);
    return Array.from(order, (row) => values[row] ?? '');
  };
  const numbers = (values: ArrayLike<number>): Float64Array => Float64Array.from(order, (row) => values[row] ?? Number.NaN);
  const profile = content.getTable(profiles);
  const account = content.getTable(accounts);
  const [location, channel] = [text(profile, 'homeLocation'), text(profile, 'homeChannel')];
  const tenure = numbers(int32Column(account, 'TDays'));
  const category = (name: string, values: readonly string[]): Feature => ({ name, kind: 'category', values });
  const decided = content.getTable(decisions);
  const [who, purposes, sinks, outcomes] = ['customerId', 'purpose', 'sink', 'outcome'].map((name) => textColumn(decided, name));
  const uses = new Map<string, { purpose: string; sink: string; passed: Uint8Array }>();
  for (let row = 0; row < decided.rows; row++) {
    const [purpose, sink] = [purposes?.[row] ?? '', sinks?.[row] ?? ''];
    const key = JSON.stringify([purpose, sink]);
    let use = uses.get(key);
    if (!use) uses.set(key, (use = { purpose, sink, passed: new Uint8Array(customers.length) }));
    const place = rowOf.get(who?.[row] ?? '');
    if (place !== undefined && outcomes?.[row] === 'pass') use.passed[place] = 1;
  }
  return {
    ...run,
    customers,
    value: numbers(float64Column(scores, 'clvMinor')),
    strata: {
      location,
      channel,
      'location and channel': location.map((own, row) => `${own} · ${channel[row] ?? ''}`),
      tenure: Array.from(tenure, tenureBand),
    },
    features: [
      category('location', location),
      category('channel', channel),
      category('brand', text(profile, 'homeBrand')),
      category('acquisition source', text(profile, 'source')),
      category('first-order SKU', text(profile, 'firstSku')),
      category('loyalty tier', text(profile, 'loyaltyTier')),
      { name: 'purchase days', kind: 'number', values: numbers(int32Column(account, 'x')) },
      { name: 'tenure', kind: 'number', values: tenure },
    ],
    holdout: holdout === null ? null : holdoutOf(content.getTable(holdout), rowOf),
    passedFor: (purpose, sink) => uses.get(JSON.stringify([purpose, sink]))?.passed ?? null,
    uses: [...uses.values()].map(({ purpose, sink }) => ({ purpose, sink })),
  };
}

function holdoutOf(table: Table, rowOf: ReadonlyMap<string, number>): DecidedRun['holdout'] {
  const ids = textColumn(table, 'customerId');
  const [predicted, actual] = [float64Column(table, 'expectedSpendMinor'), float64Column(table, 'actualSpendMinor')];
  const baskets = int32Column(table, 'actualBaskets');
  const known = ids
    .flatMap((id, row) => {
      const place = rowOf.get(id);
      return place === undefined ? [] : [{ place, row }];
    })
    .sort((a, b) => a.place - b.place);
  if (known.length === 0) return null;
  return {
    rows: Int32Array.from(known, ({ place }) => place),
    predicted: Float64Array.from(known, ({ row }) => predicted[row] ?? 0),
    actual: Float64Array.from(known, ({ row }) => actual[row] ?? 0),
    isGood: Uint8Array.from(known, ({ row }) => ((baskets[row] ?? 0) > 0 ? 1 : 0)),
  };
}

function tenureBand(days: number): string {
  if (days <= 90) return 'up to 90 days';
  return days <= 365 ? '91 to 365 days' : 'over a year';
}
