/**
 * What Audit writes, made from tables: the run and its recalibration, then of each customer the score, the cohorts and every decision.
 * The tables come in parts, so that memory is bounded whatever the number of customers. Names no customer outside of `subject`.
 */
import {
  canonicalJson,
  codedColumn,
  cohortAxes,
  CohortiumError,
  column,
  float64Column,
  int32Column,
  makeTable,
  type PureContext,
  type Ref,
  type Table,
  type TableToWrite,
  textColumn,
} from '../sdk/index.ts';
import { batchesOf, batchNumbers, lowerBound, partsOf } from './core/batches.ts';
import { cohortWriter } from './core/compose-cohorts.ts';
import { decisionBody } from './core/compose-decisions.ts';
import { explanationWriter, objectWriter } from './core/compose-explanations.ts';
import { type FittedModels, modelParts, recalibrationBody, runBody } from './core/compose-run.ts';
import { type ScoreParts, scoreWriter, type ValueColumns } from './core/compose-scores.ts';
import { bytesOf, JsonTexts, type Names } from './core/json-bytes.ts';
import type { RecordKindName } from './record/record-kinds.ts';
import { classOf, schemaOf } from './record/record-schema.ts';
import { calibrationSchema, type ComposeInput, modelSchema, reachSchema, type ReceiptsInput, verdictSchema } from './schemas.ts';

/** Rows of one kind that stand together in a part. */
interface Block {
  readonly kind: RecordKindName;
  /** Which thing of a customer, per row; one text for all rows where there is one thing. */
  readonly stream: Coded;
  readonly subject: Coded;
  /** Number of the text among the bodies of the part. */
  readonly body: Int32Array;
  /** First batch number; null for a leaf of its own each. */
  readonly batch: number | null;
}

type Coded = Names;

/**
 * Composes the records of a step.
 * @returns parts: tables of kind, stream, subject, class, schema, body, batch; row 0 of the first is the record of the run
 * @throws {CohortiumError} ARGUMENT_INVALID for numbers that are not finite, TABLE_INVALID for tables that do not belong together
 */
export function composeRecords(input: ComposeInput, context: PureContext): { readonly parts: readonly Ref[] } {
  const decisions = context.readTable(input.decisions);
  const model = modelSchema.parse(context.readJson(input.model));
  const fitted: FittedModels = { ...model, spend: model.now.spend, shares: model.shares, timing: model.now.timing };
  const calibration = calibrationSchema.parse(context.readJson(input.calibration));
  const memberships = context.readTable(input.memberships);
  const writeScores = scoreWriter(scoreParts(input, context, fitted, (calibration.intervals?.reach ?? null) !== null));
  const writeCohorts = cohortWriter(
    { account: int32Column(memberships, 'account'), axis: distinct(memberships, 'axis'), cohort: distinct(memberships, 'cohort') },
    cohortAxes,
  );
  const customers = textColumn(context.readTable(input.accounts), 'customerId');
  const cases = decisionTexts(input, context, decisions);
  const ofDecision = int32Column(decisions, 'account');
  const run = runBody(runFacts(input, customers.length, decisions.rows), fitted);
  const recalibration = recalibrationBody(calibration, input.calibration.digest, input.reliability);
  const parts: Ref[] = [];
  let size = leastBytes;
  for (const { from, to } of partsOf(customers.length)) {
    const accounts = to - from;
    const [first, last] = [lowerBound(ofDecision, from), lowerBound(ofDecision, to)];
    const own = { values: rangeOf(0, accounts), texts: customers.slice(from, to) };
    const batches = batchesOf(accounts);
    const bodies = new JsonTexts(size);
    const cohorts = writeCohorts(from, to);
    const blocks: Block[] = from === 0 ? [alone('run', bodies, run), alone('recalibration', bodies, recalibration)] : [];
    const scores = rangeOf(bodies.count, accounts);
    writeScores(bodies, cohorts, from, to);
    blocks.push({ kind: 'score', stream: one('account', accounts), subject: own, body: scores, batch: 0 });
    const shift = bodies.addAll(cohorts.bodies);
    blocks.push({
      kind: 'cohorts',
      stream: one('axes', accounts),
      subject: own,
      body: cohorts.of.map((text) => text + shift),
      batch: batches,
    });
    blocks.push({
      kind: 'decision',
      stream: { values: cases.uses.values.slice(first, last), texts: cases.uses.texts },
      subject: { values: ofDecision.slice(first, last).map((account) => account - from), texts: own.texts },
      body: addUsed(bodies, cases.bodies, first, last),
      batch: 2 * batches,
    });
    parts.push(
      context.writeTable(
        tableOf(
          blocks.filter(({ body }) => body.length > 0),
          bodies,
        ),
      ),
    );
    size = Math.ceil(1.1 * bodies.size);
  }
  return { parts };
}

/** Room for the bodies of the first part; the next ones begin with what the last one took. */
const leastBytes = 1 << 20;

/** Texts that the rows use, numbered as they are met: a part holds no others. */
function addUsed(bodies: JsonTexts, { values, texts }: DecisionBodies, from: number, to: number): Int32Array {
  const places = new Int32Array(texts.length).fill(-1);
  return values.slice(from, to).map((text) => {
    const place = places[text] ?? -1;
    return place >= 0 ? place : (places[text] = bodies.add(texts[text] ?? new Uint8Array()));
  });
}

function runFacts(input: ComposeInput, accounts: number, decisions: number): Parameters<typeof runBody>[0] {
  const { snapshot, model, calibration, calibrated, verdicts, policyDigest, asOf, currency } = input;
  const digests = {
    snapshot: snapshot.digest,
    model: model.digest,
    calibration: calibration.digest,
    calibrated: calibrated.digest,
    calibratedCells: input.calibratedCells.digest,
    scores: input.scores.digest,
    memberships: input.memberships.digest,
    decisions: input.decisions.digest,
    verdicts: verdicts.digest,
    policies: policyDigest,
  };
  return { asOf, digests, accounts, decisions, currency };
}

function scoreParts(input: ComposeInput, context: PureContext, fitted: FittedModels, isConformal: boolean): ScoreParts {
  const calibrated = context.readTable(input.calibrated);
  const accounts = context.readTable(input.accounts);
  const cells = context.readTable(input.calibratedCells);
  const home = codedOf(context.readTable(input.profiles), 'homeLocation');
  return {
    currency: input.currency,
    horizonDays: fitted.horizonDays,
    level: fitted.intervalLevel,
    isConformal,
    raw: valueColumns(context.readTable(input.scores)),
    calibrated: { ...valueColumns(calibrated), tier: codedOf(calibrated, 'tier'), elsewhere: float64Column(calibrated, 'elsewhere') },
    home: { values: home.values, texts: home.texts.map((name) => (name === '' ? 'unknown' : name)) },
    history: {
      baskets: int32Column(accounts, 'baskets'),
      spendMinor: float64Column(accounts, 'totalSpendMinor'),
      firstDay: int32Column(accounts, 'firstDay'),
      lastDay: int32Column(accounts, 'lastDay'),
    },
    cells: {
      account: int32Column(cells, 'account'),
      location: codedOf(cells, 'location'),
      channel: codedOf(cells, 'channel'),
      brand: codedOf(cells, 'brand'),
      share: float64Column(cells, 'share'),
      clvMinor: float64Column(cells, 'clvMinor'),
    },
    modelsOf: (name) => canonicalJson(modelParts(fitted, name)).slice(1),
    ...explanationParts(input, context, calibrated),
  };
}

/** Columns of the models among the attributions. */
const modelPrefix = 'model:';

function explanationParts(input: ComposeInput, context: PureContext, calibrated: Table): Pick<ScoreParts, 'explanation'> {
  if (!input.attributions) return {};
  const table = context.readTable(input.attributions);
  const names = Object.keys(table.columns).filter((name) => name !== 'base');
  const columnsOf = (isModel: boolean): Readonly<Record<string, Float64Array>> =>
    Object.fromEntries(
      names
        .filter((name) => name.startsWith(modelPrefix) === isModel)
        .map((name) => [isModel ? name.slice(modelPrefix.length) : name, float64Column(table, name)]),
    );
  const models = columnsOf(true);
  return {
    explanation: {
      of: explanationWriter({
        base: float64Column(table, 'base'),
        groups: columnsOf(false),
        rawMinor: float64Column(context.readTable(input.scores), 'clvMinor'),
        calibratedMinor: float64Column(calibrated, 'clvMinor'),
      }),
      contributions: objectWriter(models),
    },
  };
}

function valueColumns(table: Table): ValueColumns {
  const number = (name: string): Float64Array => float64Column(table, name);
  return {
    clvMinor: number('clvMinor'),
    clvLowMinor: number('clvLowMinor'),
    clvHighMinor: number('clvHighMinor'),
    pPurchase: number('pPurchase'),
    pAlive: number('pAlive'),
    expectedPurchases: number('expectedPurchases'),
    spendPerPurchaseMinor: number('spendPerPurchaseMinor'),
  };
}

interface DecisionBodies {
  readonly values: Int32Array;
  readonly texts: readonly Uint8Array[];
}

/** One text per distinct verdict and use, and which of them each decision has. */
function decisionTexts(
  input: ComposeInput,
  context: PureContext,
  decisions: Table,
): { readonly bodies: DecisionBodies; readonly uses: Coded } {
  const verdicts = verdictSchema.array().parse(context.readJson(input.verdicts));
  const reaches = new Map<string, ReturnType<typeof reachSchema.parse>>();
  const reachOf = (ref: Ref | undefined): ReturnType<typeof reachSchema.parse> => {
    if (!ref) return [];
    let known = reaches.get(ref.digest);
    if (!known) reaches.set(ref.digest, (known = reachSchema.parse(context.readJson(ref))));
    return known;
  };
  const vector = int32Column(decisions, 'vector');
  const [subscriber, purpose, sink] = ['subscriber', 'purpose', 'sink'].map((name) => codedOf(decisions, name));
  const bodies: Uint8Array[] = [];
  const uses: string[] = [];
  const known = new Map<string, { readonly body: number; readonly use: number }>();
  const ofUse = new Map<string, number>();
  const bodyCodes = new Int32Array(decisions.rows);
  const useCodes = new Int32Array(decisions.rows);
  for (let row = 0; row < decisions.rows; row++) {
    const key = `${vector[row] ?? -1} ${subscriber?.values[row] ?? 0} ${purpose?.values[row] ?? 0} ${sink?.values[row] ?? 0}`;
    let found = known.get(key);
    if (!found) {
      const at = (of: Coded | undefined): string => of?.texts[of.values[row] ?? 0] ?? '';
      const use = { subscriber: at(subscriber), purpose: at(purpose), sink: at(sink) };
      const stream = canonicalJson([use.subscriber, use.purpose, use.sink]);
      let place = ofUse.get(stream);
      if (place === undefined) {
        ofUse.set(stream, (place = uses.length));
        uses.push(stream);
      }
      const verdict = verdicts[vector[row] ?? -1];
      if (!verdict) throw noVerdict(row, vector[row] ?? -1, verdicts.length);
      known.set(key, (found = { body: bodies.length, use: place }));
      bodies.push(bytesOf(canonicalJson(decisionBody(verdict, use, reachOf(verdict.applicability)))));
    }
    bodyCodes[row] = found.body;
    useCodes[row] = found.use;
  }
  return { bodies: { values: bodyCodes, texts: bodies }, uses: { values: useCodes, texts: uses } };
}

function noVerdict(row: number, vector: number, verdicts: number): CohortiumError {
  return new CohortiumError(
    'TABLE_INVALID',
    `decision ${row} names verdict ${vector}, and there are ${verdicts}; they have to be of one gate step`,
  );
}

function codedOf(table: Table, name: string): Coded {
  const found = table.columns[name];
  return found?.type === 'coded' ? found : codedColumn(textColumn(table, name));
}

/** Two codes never mean the same text. */
function distinct(table: Table, name: string): Coded {
  const { values, texts } = codedOf(table, name);
  const { values: numbers, texts: unlike } = codedColumn(texts);
  return unlike.length === texts.length ? { values, texts } : { values: values.map((code) => numbers[code] ?? 0), texts: unlike };
}

function tableOf(blocks: readonly Block[], bodies: JsonTexts): TableToWrite {
  const rows = blocks.map(({ body }) => body.length);
  const perBlock = (pick: (block: Block) => string): Coded => joined(blocks.map((block, at) => one(pick(block), rows[at] ?? 0)));
  const coded = ({ values, texts }: Coded) => column.coded(values, texts);
  const total = rows.reduce((sum, count) => sum + count, 0);
  const batch = new Int32Array(total).fill(-1);
  const body = new Int32Array(total);
  let start = 0;
  for (const [at, block] of blocks.entries()) {
    body.set(block.body, start);
    if (block.batch !== null) batch.set(batchNumbers(rows[at] ?? 0, block.batch), start);
    start += rows[at] ?? 0;
  }
  return makeTable({
    kind: coded(perBlock(({ kind }) => kind)),
    stream: coded(joined(blocks.map(({ stream }) => stream))),
    subject: coded(joined(blocks.map(({ subject }) => subject))),
    class: coded(perBlock(({ kind }) => classOf(kind))),
    schema: coded(perBlock(({ kind }) => schemaOf(kind))),
    body: column.packed(body, { count: bodies.count, bytes: bodies.bytes() }),
    batch: column.int32(batch),
  });
}

/** Coded columns below each other; texts that two of them share as one list stand once. */
function joined(columns: readonly Coded[]): Coded {
  const offsetOf = new Map<readonly string[], number>();
  const texts: string[] = [];
  const values = new Int32Array(columns.reduce((total, each) => total + each.values.length, 0));
  let start = 0;
  for (const each of columns) {
    let offset = offsetOf.get(each.texts);
    if (offset === undefined) {
      offsetOf.set(each.texts, (offset = texts.length));
      for (const text of each.texts) texts.push(text);
    }
    const shift = offset;
    values.set(
      each.values.map((code) => code + shift),
      start,
    );
    start += each.values.length;
  }
  return { values, texts };
}

function one(text: string, rows: number): Coded {
  return { values: new Int32Array(rows), texts: [text] };
}

function alone(kind: RecordKindName, bodies: JsonTexts, body: Readonly<Record<string, unknown>>): Block {
  const text = bodies.add(bytesOf(canonicalJson(body)));
  return { kind, stream: one(kind, 1), subject: one('', 1), body: Int32Array.of(text), batch: null };
}

function rangeOf(first: number, count: number): Int32Array {
  return new Int32Array(count).map((_, at) => first + at);
}

/** Records of a run that are about nobody; they stand first in the first part. */
const runRecords = 2;

/**
 * Where each decision stands in the ledger, and where the value that it is about.
 * @throws {CohortiumError} TABLE_INVALID when the ledger answered another number of places than records were given
 */
export function listReceipts(input: ReceiptsInput, context: PureContext): { readonly receipts: Ref; readonly run: number } {
  const decisions = context.readTable(input.decisions);
  const account = int32Column(decisions, 'account');
  const of = (): Int32Array => new Int32Array(decisions.rows);
  const [record, item, scoreRecord, scoreItem] = [of(), of(), of(), of()];
  const score = { record: new Int32Array(input.accounts), item: new Int32Array(input.accounts) };
  let run = -1;
  for (const [at, { from, to }] of partsOf(input.accounts).entries()) {
    const ref = input.indexes[at];
    const indexes = ref ? context.readTable(ref) : makeTable({});
    const [leaf, position] = [int32Column(indexes, 'record'), int32Column(indexes, 'item')];
    const [first, last] = [lowerBound(account, from), lowerBound(account, to)];
    const ofRun = from === 0 ? runRecords : 0;
    const expected = ofRun + 2 * (to - from) + last - first;
    if (leaf.length !== expected) {
      throw new CohortiumError('TABLE_INVALID', `the ledger answered ${leaf.length} places for part ${at} of ${expected} records`);
    }
    if (from === 0) run = leaf[0] ?? -1;
    score.record.set(leaf.subarray(ofRun, ofRun + to - from), from);
    score.item.set(position.subarray(ofRun, ofRun + to - from), from);
    record.set(leaf.subarray(expected - (last - first)), first);
    item.set(position.subarray(expected - (last - first)), first);
    for (let decision = first; decision < last; decision++) {
      scoreRecord[decision] = score.record[account[decision] ?? -1] ?? -1;
      scoreItem[decision] = score.item[account[decision] ?? -1] ?? -1;
    }
  }
  const receipts = makeTable({
    record: column.int32(record),
    item: column.int32(item),
    scoreRecord: column.int32(scoreRecord),
    scoreItem: column.int32(scoreItem),
  });
  return { receipts: context.writeTable(receipts), run };
}
