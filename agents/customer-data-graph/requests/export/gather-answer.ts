/**
 * The answer to a request for know, access or portability, as data: what GDPR art. 15 and 20 and 11 CCR § 7024 ask it to hold. Reads
 * every store and writes to none.
 */
import { purposes as knownPurposes } from '../../../../skills/gate/schemas.ts';
import { compareText, isCohortiumError, type Json } from '../../../../skills/sdk/index.ts';
import type { ConsentDoor } from '../../consents/consent-interface.ts';
import type { GateDoor } from '../../gate/gate-interface.ts';
import { logicWords } from '../../gate/notices/logic-words.ts';
import { modelKinds } from '../../gate/notices/notice-door.ts';
import { championsOf, readManifest } from '../../govern/models/manifest.ts';
import type { GraphDoor } from '../../graph/graph-interface.ts';
import { identityOf, ownerOf } from '../../identities/identity.ts';
import type { OpenRecord } from '../../record/record-interface.ts';
import type { Workspace } from '../../workspace.ts';
import type { RequestAnswers } from '../answers-file.ts';
import { logRowOf } from '../measure-requests.ts';
import type { RequestDetail } from '../request-interface.ts';
import type { SubjectExport } from './export-schema.ts';
import { gatherDerived } from './gather-derived.ts';
import { gatherPerson, type PersonData } from './gather-person.ts';
import { contestedDecisionOf, gatherReviews } from './gather-reviews.ts';
import { disclosable, withheldCounter } from './withhold.ts';

export interface AnswerDoors {
  readonly graph: GraphDoor;
  readonly gate: GateDoor;
  readonly consents: ConsentDoor;
}

/** The moment that an answer is about: the same request answered again says the same. */
export interface AnswerMoment {
  readonly ledgerSize: number;
  readonly ledgerRoot: string;
  /** ISO instant. */
  readonly at: string;
}

export interface GatheredAnswer {
  readonly answer: SubjectExport;
  /** Records whose bodies it shows; each needs a proof. */
  readonly opened: readonly OpenRecord[];
}

export async function gatherAnswer(
  workspace: Workspace,
  doors: AnswerDoors,
  request: RequestDetail,
  answers: RequestAnswers,
  kind: SubjectExport['kind'],
  moment: AnswerMoment,
  signal: AbortSignal,
): Promise<GatheredAnswer> {
  const { config } = workspace;
  const { state } = request;
  const withheld = withheldCounter();
  const untilMs = Date.parse(moment.at);
  const customer = state.customer;
  const isReview = kind === 'human-review';
  const person = customer === null ? undefined : await personOf(workspace, doors, customer, untilMs, withheld, signal);
  const isAll = kind === 'access' && customer !== null;
  const derived = isAll ? await gatherDerived(workspace, doors.gate, customer) : undefined;
  const contested = isReview && state.referred ? await contestedDecisionOf(workspace, state.referred.decision) : undefined;
  const records = isAll
    ? (await workspace.records().about(customer)).filter(({ index }) => index < moment.ledgerSize)
    : contested
      ? [contested.record]
      : [];
  const recipients = await recipientsOf(workspace, doors, customer, kind, signal);
  const retention = isAll ? await retentionOf(doors.gate, customer, moment.at.slice(0, 10)) : [];
  const usedFor = new Set<string>(
    isReview && state.referred ? [state.referred.purpose] : workspace.subscribers().flatMap(({ purposes }) => purposes),
  );
  const { bundle } = await workspace.policies().session();
  const champion = championsOf(readManifest(workspace.paths.directory)).at(-1);
  const openRecords = records.map((record) => recordOf(record, withheld));
  const answer: SubjectExport = {
    format: 'cohortium/subject-export@1',
    kind,
    request: {
      id: state.id,
      receivedAt: state.receivedAt,
      identity: state.level,
      law: request.basis.map(({ regime, citation }) => ({ regime, citation })),
    },
    madeAsOf: moment.at,
    ledger: { size: moment.ledgerSize, root: moment.ledgerRoot },
    operator: {
      name: config.merchant,
      contact: config.requests.contact ?? null,
      privacyNotice: config.requests.privacyNotice ?? null,
      authority: config.requests.authority ?? null,
      currency: config.currency,
    },
    confirmation: person
      ? `${config.merchant} processes personal data about you. ${kindWords[kind]}`
      : `${config.merchant} looked for personal data about you and found none.`,
    categories: isReview ? [] : categoriesOf(person, isAll, derived, workspace, config.requests.sources, retention),
    person: kind === 'know' || isReview ? null : (person?.person ?? null),
    signals: kind === 'know' || isReview ? [] : (person?.signals ?? []),
    consents: kind === 'know' || isReview ? [] : (person?.consents ?? []),
    features: derived?.features ?? null,
    cohorts: derived?.cohorts ?? { current: [], transitions: [] },
    values: derived?.values ?? null,
    decisions: contested ? [contested.decision] : (derived?.decisions ?? []),
    reviews:
      customer === null || kind === 'know' || kind === 'port'
        ? []
        : gatherReviews(workspace, customer, isReview ? state.id : null, moment.at),
    valueExplanations: derived?.valueExplanations ?? [],
    overrides: openRecords
      .filter(({ kind: of }) => of === 'override')
      .map(({ time, index }) => ({ at: time, what: 'a person let the agent go on', index })),
    records: openRecords,
    recipients,
    purposes: [...usedFor].sort(compareText).map((purpose) => ({
      purpose,
      legalBasis: config.requests.legalBases[purpose] ?? 'not stated by the operator in cohortium.yaml (requests: legalBases)',
      recipients: workspace
        .subscribers()
        .filter((one) => one.purposes.includes(purpose))
        .map(({ sink }) => sink),
    })),
    sources: ['You: what you bought, did and declared', ...config.requests.sources],
    retention,
    transfers: config.requests.transfers.length > 0 ? [...config.requests.transfers] : ['None stated by the operator.'],
    rights: request.basis.map(({ regime, title, citation }) => ({
      regime,
      title,
      citation,
      rights: bundle.law.files.find((file) => file.regime === regime)?.rights ?? [],
    })),
    logic: kind === 'port' ? [] : await logicOf(workspace, usedFor),
    model: champion ? { id: champion.modelId, card: `models/${champion.modelId}/card.md` } : null,
    requests: customer === null || kind === 'know' || isReview ? [] : ownRequests(workspace, customer, state.id, moment.at),
    withheld: [...withheld.kinds]
      .sort(([a], [b]) => compareText(a, b))
      .map(([what, places]) => ({ what, places, because: answers.neverDisclosed.citation })),
  };
  return { answer, opened: records };
}

const kindWords: Readonly<Record<SubjectExport['kind'], string>> = {
  know: 'This answer names the categories of it; the data themselves are given to whoever has shown who they are to a higher degree.',
  access: 'This answer holds all of it, and what was made of it.',
  'human-review': 'This answer says what people of ours decided, who looked again at a decision about you.',
  port: 'This answer holds what you provided, and what was observed of you, in forms that other programs read.',
};

async function personOf(
  workspace: Workspace,
  doors: AnswerDoors,
  customer: string,
  untilMs: number,
  withheld: ReturnType<typeof withheldCounter>,
  signal: AbortSignal,
): Promise<PersonData | undefined> {
  try {
    return await gatherPerson(workspace, doors, customer, untilMs, withheld, signal);
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'CUSTOMER_NOT_FOUND') return undefined;
    throw error;
  }
}

function recordOf(record: OpenRecord, withheld: ReturnType<typeof withheldCounter>): SubjectExport['records'][number] {
  const { index, item, kind, time, schema, state, body, redacted } = record;
  return {
    index,
    item,
    kind,
    time,
    schema,
    state,
    body: body === null ? null : disclosable(body as Json, withheld), // what record books write
    redacted: [...redacted],
    proof: `proofs/${proofName(index, item)}`,
  };
}

export function proofName(index: number, item: number | null): string {
  return `${String(index).padStart(8, '0')}${item === null ? '' : `-${String(item).padStart(3, '0')}`}.tlog-proof`;
}

async function recipientsOf(
  workspace: Workspace,
  { consents }: AnswerDoors,
  customer: string | null,
  kind: SubjectExport['kind'],
  signal: AbortSignal,
): Promise<SubjectExport['recipients']> {
  if (kind === 'port') return [];
  const isOfPerson = customer !== null && (kind === 'access' || kind === 'human-review');
  const told = isOfPerson ? await consents.propagation(customer, { signal }) : [];
  const received = isOfPerson ? workspace.outbox().optOuts.recipientsOf(customerIds(workspace, customer)) : [];
  return workspace.subscribers().map(({ id, sink, purposes }) => ({
    subscriber: id,
    sink,
    purposes: [...purposes],
    values: !isOfPerson
      ? 'may receive values of customers'
      : received.some((one) => one.subscriber === id && one.sink === sink)
        ? 'a value about you was sent there'
        : 'nothing about you was sent there',
    optOuts: told
      .filter((one) => one.subscriber === id && one.sink === sink)
      .map(({ purposes: refused, effectiveAt, state }) => ({ purposes: [...refused], at: effectiveAt, state })),
  }));
}

function customerIds(workspace: Workspace, customer: string): readonly string[] {
  return [...new Set([customer, ...workspace.consents().customerIdsOf([ownerOf(identityOf(customer))])])];
}

async function retentionOf(gate: GateDoor, customer: string, today: string): Promise<SubjectExport['retention']> {
  try {
    const { records } = await gate.whyKept(customer, today);
    return records.map(({ class: what, outcome, bodyThrough, clocks }) => ({
      what,
      outcome,
      through: bodyThrough,
      rules: clocks.filter(({ isDeciding }) => isDeciding).map(({ rule, citation }) => `${rule}: ${citation}`),
    }));
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'RECORD_NOT_FOUND') return [];
    throw error;
  }
}

/** "The procedure and principles actually applied". @see CJEU C-203/22 (Dun & Bradstreet Austria) */
async function logicOf(workspace: Workspace, usedFor: ReadonlySet<string>): Promise<SubjectExport['logic']> {
  const kinds = await modelKinds(workspace);
  return knownPurposes
    .filter((purpose) => usedFor.has(purpose))
    .map((purpose) => {
      const { what, logic, features, significance, consequences } = logicWords(kinds, purpose);
      return { purpose, what, procedure: logic, data: features, significance, consequences };
    });
}

function ownRequests(workspace: Workspace, customer: string, without: string, at: string): SubjectExport['requests'] {
  return workspace
    .requests()
    .all()
    .filter((state) => state.customer === customer && state.id !== without && state.receivedAt <= at)
    .map(logRowOf)
    .map(({ id, nature, receivedOn, response, respondedOn }) => ({ id, nature, receivedOn, response, respondedOn }));
}

function categoriesOf(
  person: PersonData | undefined,
  isAll: boolean,
  derived: Awaited<ReturnType<typeof gatherDerived>> | undefined,
  workspace: Workspace,
  sources: readonly string[],
  retention: SubjectExport['retention'],
): SubjectExport['categories'] {
  const sinks = [...new Set(workspace.subscribers().map(({ sink }) => sink))].sort(compareText);
  const kept = (what: string): string => {
    const row = retention.find((one) => one.what === what);
    if (!row) return 'as long as the purpose needs it, by the rules of the operator and the law';
    return row.through === null ? `${row.outcome}${row.rules[0] === undefined ? '' : `, by ${row.rules[0]}`}` : `through ${row.through}`;
  };
  const count = (type: (name: string) => boolean): number => person?.signals.filter((one) => type(one.type)).length ?? 0;
  const from = ['you', ...sources];
  const bought = (type: string): boolean => type === 'purchase' || type === 'return' || type === 'order';
  const rows: readonly (readonly [
    category: string,
    count: number,
    from: readonly string[],
    recipients: readonly string[],
    kept: string,
  ])[] = [
    [
      'Identifiers: customer numbers, and e-mail addresses and telephone numbers as their SHA-256',
      person?.person.identities.length ?? 0,
      from,
      sinks,
      kept('signal'),
    ],
    ['Commercial information: purchases and returns', count(bought), from, [], kept('signal')],
    ['Activity with us besides purchases', count((type) => !bought(type)), from, [], kept('signal')],
    ['What you declared: residence, language, preferences', person?.person.attributes.length ?? 0, from, [], kept('signal')],
    ['Consents and objections', person?.consents.length ?? 0, ['you'], sinks, kept('consent')],
  ];
  const made: SubjectExport['categories'] = [
    {
      category: 'Inferences: expected value, probability of a purchase, cohorts',
      isHeld: derived ? derived.values !== null || derived.cohorts.current.length > 0 : person !== undefined,
      count: null,
      from: ['made by us from the above'],
      recipients: sinks,
      kept: kept('value'),
    },
  ];
  return [
    ...rows.map(([category, held, origins, recipients, until]) => ({
      category,
      isHeld: held > 0,
      // A count is a piece, which an answer about categories does not give.
      count: isAll ? held : null,
      from: [...origins],
      recipients: [...recipients],
      kept: until,
    })),
    ...made,
  ];
}
