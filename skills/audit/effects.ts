/** What Audit writes, made from tables: one record for the run, one for each decision. No customer stands in a body. */
import { canonicalJson, column, digestOf, float64Column, int32Column, makeTable, type PureContext, textColumn } from '../sdk/index.ts';
import type { ComposeInput, ReceiptsInput } from './schemas.ts';

/**
 * Composes the records of a step.
 * @returns records: kind, key, subject, body; row 0 names the digests that everything rests on, row n + 1 is decision n
 */
export function composeRecords(input: ComposeInput, context: PureContext) {
  const decisions = context.readTable(input.decisions);
  const scores = context.readTable(input.calibrated);
  const run = {
    asOf: input.asOf,
    snapshot: input.snapshot.digest,
    model: input.model.digest,
    calibration: input.calibration.digest,
    calibrated: input.calibrated.digest,
    decisions: input.decisions.digest,
    verdicts: input.verdicts.digest,
    policies: input.policyDigest,
    accounts: scores.rows,
    uses: decisions.rows,
  };
  const runDigest = digestOf(run);
  const kinds = ['run'];
  const keys = [`run ${runDigest}`];
  const subjects = [''];
  const bodies = [canonicalJson(run)];
  const scoreDigests = digestScores(input, context);
  const account = int32Column(decisions, 'account');
  const vector = int32Column(decisions, 'vector');
  const text = (name: string) => textColumn(decisions, name);
  const [customers, subscribers, purposes, sinks, outcomes, policies] = [
    text('customerId'),
    text('subscriber'),
    text('purpose'),
    text('sink'),
    text('outcome'),
    text('policies'),
  ];
  for (let row = 0; row < decisions.rows; row++) {
    const body = canonicalJson({
      run: runDigest,
      subscriber: subscribers[row] ?? '',
      purpose: purposes[row] ?? '',
      sink: sinks[row] ?? '',
      outcome: outcomes[row] ?? '',
      policies: (policies[row] ?? '').split(',').filter((policy) => policy !== ''),
      vector: vector[row] ?? -1,
      score: scoreDigests[account[row] ?? 0] ?? '',
    });
    kinds.push('decision');
    keys.push(`decision ${customers[row] ?? ''} ${body}`);
    subjects.push(customers[row] ?? '');
    bodies.push(body);
  }
  return {
    records: context.writeTable(
      makeTable({ kind: column.text(kinds), key: column.text(keys), subject: column.text(subjects), body: column.text(bodies) }),
    ),
  };
}

/** One digest per account over the numbers that a decision was about. */
function digestScores(input: ComposeInput, context: PureContext): string[] {
  const scores = context.readTable(input.calibrated);
  const columns = ['clvMinor', 'clvLowMinor', 'clvHighMinor', 'pPurchase', 'pAlive'].map((name) => float64Column(scores, name));
  const tiers = textColumn(scores, 'tier');
  return Array.from({ length: scores.rows }, (_, row) => digestOf([...columns.map((values) => values[row] ?? 0), tiers[row] ?? '']));
}

/** Where each decision stands in the ledger: the indexes without that of the run. */
export function listReceipts(input: ReceiptsInput, context: PureContext) {
  const indexes = int32Column(context.readTable(input.indexes), 'record');
  return { receipts: context.writeTable(makeTable({ record: column.int32(indexes.slice(1)) })) };
}
