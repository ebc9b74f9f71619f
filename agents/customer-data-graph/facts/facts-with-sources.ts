/**
 * Every fact about one customer with the evidence for it: a row of the consent store and its event, the signal that declared an
 * attribute, or why there is none. The values are those that the gate decides by, computed by the same function.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { emptyConsentState, speaksOfConsent, speaksOfRefusal, takeAnswer } from '../consents/consent-aspects.ts';
import type { ConsentRow } from '../consents/consent-row.ts';
import { graphDoor } from '../graph/graph-door.ts';
import type { CustomerAttribute } from '../graph/graph-interface.ts';
import type { Workspace } from '../workspace.ts';
import { factsOf } from './assemble-facts.ts';
import { type CustomerFactName, customerFactNames, optOutFacts, purposesOfFact } from './customer-facts.ts';
import type { ConsentEvidence, FactSource, SourcedFact } from './fact-source.ts';

const dayMs = 86_400_000;

/** @throws {CohortiumError} CUSTOMER_NOT_FOUND, ARGUMENT_INVALID */
export async function factsWithSources(workspace: Workspace, customer: string, asOf: string): Promise<readonly SourcedFact[]> {
  const day = dayOfIsoDate(asOf);
  if (day === undefined) throw new CohortiumError('ARGUMENT_INVALID', `asOf: an ISO date such as 2026-01-31 was expected; found '${asOf}'`);
  const view = await graphDoor(workspace).customer(customer, asOf);
  const { refresh, store } = workspace.consents();
  await refresh(new AbortController().signal);
  const owners = view.identities.map(({ kind, value }) => `${kind}:${value}`);
  const rows = store.answersOf(owners, (day + 1) * dayMs - 1);
  const state = emptyConsentState();
  for (const row of rows) takeAnswer(state, row);
  const declared = new Map(view.attributes.map((attribute) => [attribute.name, attribute]));
  const attributes = new Map(view.attributes.map(({ name, value }) => [name, value]));
  const { completeSince } = workspace.config.consent;
  const facts = factsOf({ ...state, attributes }, asOf, completeSince);
  return customerFactNames.map((name) => {
    const value = valueOf(facts[name]);
    const { source, at } = sourceOf(name, value, { rows, declared, completeSince: completeSince ?? null, asOf });
    return { name, value, source, at };
  });
}

interface Evidence {
  readonly rows: readonly ConsentRow[];
  readonly declared: ReadonlyMap<string, CustomerAttribute>;
  readonly completeSince: string | null;
  readonly asOf: string;
}

interface Found {
  readonly source: FactSource;
  readonly at: string | null;
}

function sourceOf(name: CustomerFactName, value: SourcedFact['value'], evidence: Evidence): Found {
  if (name === 'residency' || name === 'country')
    return attributeSource(evidence, ['residency'], 'the code that was declared, as regimes name it');
  if (name === 'ageBand')
    return attributeSource(evidence, ['birthYear', 'minor'], 'the younger band in the year of a birthday that decides');
  const isOptOut = optOutFacts.some((one) => one === name);
  const purposes = purposesOfFact[name] ?? [];
  const found = purposes.flatMap((purpose) => {
    const speaks = isOptOut ? speaksOfRefusal : speaksOfConsent;
    return evidence.rows.findLast((row) => row.purpose === purpose && speaks(row)) ?? [];
  });
  // Of several purposes, what refused decides.
  const [first, ...rest] = found.sort((a, b) => Number(a.granted) - Number(b.granted)).map(evidenceOf);
  if (first && value !== null) return { source: { kind: name === 'gpc' ? 'gpc' : 'consent', consents: [first, ...rest] }, at: first.at };
  if (!isOptOut) return { source: { kind: 'not-on-record' }, at: null };
  const { completeSince, asOf } = evidence;
  return { source: { kind: 'silence', completeSince: completeSince !== null && completeSince <= asOf ? completeSince : null }, at: null };
}

function attributeSource({ declared }: Evidence, names: readonly string[], how: string): Found {
  for (const name of names) {
    const attribute = declared.get(name);
    if (!attribute) continue;
    const { value, signalId, source, at } = attribute;
    return { source: { kind: 'derived', attribute: name, declared: value, event: signalId, by: source, how }, at };
  }
  return { source: { kind: 'not-on-record' }, at: null };
}

function evidenceOf({ id, event, purpose, granted, method, noticeVersion, servedNotice, atMs }: ConsentRow): ConsentEvidence {
  return { consent: id, event, purpose, granted, method, noticeVersion, servedNotice, at: new Date(atMs).toISOString() };
}

function valueOf(text: string): string | boolean | null {
  if (text === '') return null;
  return text === 'true' ? true : text === 'false' ? false : text;
}
