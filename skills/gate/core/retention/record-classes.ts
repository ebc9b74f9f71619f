/**
 * Classes of records that retention rows speak of, and the events that start or end their clocks. One vocabulary for regimes,
 * overlays and what the agent keeps; a row with another word never meets a record, so readers refuse it.
 */

interface RecordClass {
  readonly says: string;
  /** Whether it holds personal data apart from its pseudonymous key. */
  readonly isPersonal: boolean;
}

/** What there is to keep. */
export const recordClasses = {
  decision: { says: 'A decision of the gate in the ledger: outcome, rules, digests, a pseudonymous key.', isPersonal: false },
  value: { says: 'A value, score or cohort of a person, and the facts and inputs that a decision rested on.', isPersonal: true },
  signal: { says: 'A captured behaviour of a person in the event log.', isPersonal: true },
  consent: { says: 'A consent, objection or opt-out, with notice version and method.', isPersonal: true },
  review: { says: 'A case that was left to a person, its facts, what was decided and why.', isPersonal: false },
  'fairness-audit': { says: 'An audit of disparate impact: counts and tests per group, nobody by name.', isPersonal: false },
  'calibration-report': { says: 'What was measured on a holdout, and what was registered before.', isPersonal: false },
  'score-run': { says: 'Predictions of a model for one cut-off, and what was found of them.', isPersonal: true },
  model: { says: 'A model, its card and what it was trained from.', isPersonal: false },
  message: { says: 'What was sent to a sink, and its acknowledgment.', isPersonal: true },
  request: { says: 'A request of a person (access, deletion, opt-out …) and how it was answered.', isPersonal: true },
  'impact-assessment': { says: 'A data protection, risk or impact assessment.', isPersonal: false },
  notice: { says: 'A notice that was given, such as one of adverse action.', isPersonal: true },
  'credit-record': { says: 'An application for credit, what was used to evaluate it, and the notice of action.', isPersonal: true },
  'prescreen-record': { says: 'Criteria and basis of a prescreened solicitation.', isPersonal: false },
  'sale-authorisation': { says: 'A signed authorisation to sell health data.', isPersonal: true },
  'claim-substantiation': { says: 'What a claim to customers rests on.', isPersonal: false },
  'franchise-record': { says: 'A franchise disclosure, its receipts, and what a performance figure in it rests on.', isPersonal: false },
  'tax-record': { says: 'What supports a position in a tax return.', isPersonal: false },
  'audit-evidence': {
    says: 'What an auditor rested an audit or review on, or a control over reporting is evidenced by.',
    isPersonal: false,
  },
  'control-evidence': { says: 'Evidence that an organisational control worked.', isPersonal: false },
  'technical-documentation': { says: 'Documentation of an AI system as its provider must keep it.', isPersonal: false },
  'system-log': { says: 'Logs that a system makes by itself.', isPersonal: false },
} as const satisfies Readonly<Record<string, RecordClass>>;

export type RecordClassName = keyof typeof recordClasses;

export const recordClassNames = Object.keys(recordClasses) as readonly RecordClassName[]; // keys of a constant

/** What starts a clock (`from`) or ends a time that has no length (`until`). */
export const clockEvents = {
  record: 'the record was made',
  decision: 'a decision was taken',
  'last-use': 'the data were last used for a product or service to the person',
  'last-interaction': 'the person last dealt with the operator',
  'purpose-end': 'the purpose that the data were collected for ended',
  'processing-end': 'the processing ended',
  'erasure-request': 'the person asked for erasure, and it was found to be owed',
  withdrawal: 'the person withdrew the consent that the data rest on',
  request: 'a request of the person came in',
  completion: 'an assessment was completed',
  'notice-of-action': 'the notice of the action taken was sent',
  offer: 'a firm offer was made',
  'last-dissemination': 'the claim was last made',
  'audit-concluded': 'the audit or review was concluded',
  'report-release': "the auditor's report was released",
  'period-end': 'the audit period ended',
  'return-filed': 'the tax return was due or filed, whichever is later',
  'fiscal-year-end': 'the fiscal year in which the document was last used ended',
  receipt: 'the receipt was signed',
  sale: 'the franchise was sold',
  signature: 'the authorisation was signed',
  'placed-on-market': 'the system was placed on the market',
  'log-event': 'the log entry was written',
  superseded: 'a newer one took its place',
} as const;

export type ClockEvent = keyof typeof clockEvents;

/** Events that are noted when they happen, so that silence means not yet. Of all others it means that nobody knows when. */
export const notedEvents: ReadonlySet<ClockEvent> = new Set([
  'erasure-request',
  'withdrawal',
  'purpose-end',
  'processing-end',
  'superseded',
]);

export function isRecordClass(name: string): name is RecordClassName {
  return Object.hasOwn(recordClasses, name);
}

export function isClockEvent(name: string): name is ClockEvent {
  return Object.hasOwn(clockEvents, name);
}
