/**
 * What is written down, and how long each kind of body is kept: every kind of record that the ledger takes, with the retention class
 * that its key belongs to. A kind that is not here is refused.
 */

interface RecordKind {
  readonly says: string;
  /** Class of skills/gate/core/retention/record-classes.ts. Bodies about a customer are sealed with the customer's key of this class. */
  readonly class: string;
}

/** By kind. A body without a subject is sealed with a key of the agent itself. */
export const recordKinds = {
  run: { says: 'What a run rests on: digests of inputs, models, law and results.', class: 'system-log' },
  score: { says: 'The value of a customer with everything that made it.', class: 'value' },
  cohorts: { says: 'The cohorts of a customer on every axis.', class: 'value' },
  recalibration: { says: 'Maps and scales that scores were calibrated by, and the evidence for them.', class: 'calibration-report' },
  decision: { says: 'A decision of the gate about one customer and one use.', class: 'decision' },
  'decision-after-opt-out': { says: 'A decision that was made again because the customer refused after the run.', class: 'decision' },
  emission: { says: 'What was handed to a subscriber about a customer, and its acknowledgment.', class: 'message' },
  'model-change': { says: 'A model became champion, or was retired.', class: 'model' },
  feedback: { says: 'What came true of predictions, and what followed for their cadence.', class: 'calibration-report' },
  correction: { says: 'A record in place of an earlier one.', class: 'value' },
  'review-step': { says: 'A step of a review: who took it, and what it did.', class: 'review' },
  worksheet: { says: 'Figures of everybody together, for reports to others.', class: 'audit-evidence' },
  experiment: { says: 'An experiment or a measurement was registered before it was made.', class: 'calibration-report' },
  'fairness-audit': { says: 'An audit of disparate impact: when it was made, and what it said.', class: 'fairness-audit' },
  attestation: { says: 'A signed statement about other records.', class: 'decision' },
  'custody.created': { says: 'A segment of the ledger was made.', class: 'system-log' },
  'custody.exported': { says: 'A segment, an export or a proof left this machine.', class: 'system-log' },
  'custody.anchored': { says: 'A checkpoint was witnessed outside.', class: 'system-log' },
  'custody.accessed': { says: 'Somebody read a body.', class: 'system-log' },
  'custody.held': { says: 'A legal hold was set.', class: 'system-log' },
  'custody.released': { says: 'A legal hold was lifted.', class: 'system-log' },
  'custody.erased': { says: 'Bodies were deleted and keys destroyed.', class: 'system-log' },
  'erasure.started': { says: 'An erasure begins: whose keys, why, what stays.', class: 'system-log' },
  'erasure.completed': { says: 'An erasure is done: what went, how, and what was kept under which rule.', class: 'system-log' },
  redaction: { says: 'Single fields of a body were destroyed.', class: 'system-log' },
  request: { says: 'A request of a person, or a step of its handling.', class: 'request' },
  'key.rotated': { says: 'A key took the place of another; signed by both.', class: 'system-log' },
  override: { says: 'A person let the agent go on where it would have stopped.', class: 'system-log' },
} as const satisfies Readonly<Record<string, RecordKind>>;

export type RecordKindName = keyof typeof recordKinds;

export function isRecordKind(name: string): name is RecordKindName {
  return Object.hasOwn(recordKinds, name);
}
