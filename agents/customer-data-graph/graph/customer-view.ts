/** A customer as of any time, from the log alone: who, by which links, what was declared and by whom, and how it came about. */
import type { IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { declaredField, type StandingProperties } from '../features/declared.ts';
import { type FeatureWindow, type QueryEngine, resultColumn } from '../features/query-engine.ts';
import { type FieldState, policyOf, takeValue } from '../identities/field-policy.ts';
import { customerIdOf, identityOf, ownerOf } from '../identities/identity.ts';
import { identitySqlUntil } from '../identities/load-identities.ts';
import { readNeighbourhood } from '../identities/neighbourhood.ts';
import type { AttributeValue, CustomerAttribute, CustomerView } from './graph-interface.ts';
import { LocalGraph } from './local-graph.ts';
import { instantText } from './local-view.ts';

export interface CustomerQuestion {
  /** A customer id, or any identity. */
  readonly id: string;
  /** Epoch milliseconds; what comes later is not known yet. */
  readonly untilMs: number;
  readonly asOf: string | null;
  readonly waiting: number;
}

/** @throws {CohortiumError} CUSTOMER_NOT_FOUND when nothing is known of the id by then */
export async function readCustomer(
  engine: QueryEngine,
  window: FeatureWindow,
  rules: IdentityRules,
  { id, untilMs, asOf, waiting }: CustomerQuestion,
): Promise<CustomerView> {
  const focus = identityOf(id);
  const local = new LocalGraph(await readNeighbourhood(engine, window, focus, untilMs, rules), focus, rules);
  if (!local.isKnown) {
    const when = asOf === null ? '' : ` as of ${asOf}`;
    const also =
      waiting > 0 ? `; ${waiting} accepted signals cannot be looked at until the process that holds the directory has stopped` : '';
    throw new CohortiumError('CUSTOMER_NOT_FOUND', `nothing is known of '${id}'${when}${also}`);
  }
  const view = local.at(untilMs);
  const members = view.members.map((number) => ({ number, ...view.identityOf(number) }));
  await engine.load('owned', { owner: members.map(ownerOf) });
  const history = local.changes(untilMs);
  const names = history.flatMap(({ kind, customers }) => (kind === 'left' ? [] : customers));
  const absorbed = new Set(members.map(customerIdOf));
  return {
    customerId: view.customerId,
    asked: id,
    asOf,
    identities: members.map(({ number, kind, value }) => ({
      kind,
      value,
      since: instantText(view.sinceMs(number)),
      silence: view.silenceOf(number),
    })),
    links: view.links,
    ...(await readDeclarations(engine, window, rules, untilMs)),
    history,
    previousIds: [...new Set(names)].filter((name) => name !== view.customerId && absorbed.has(name)),
    signals: await readSignals(engine, window, untilMs),
    waiting,
  };
}

/** The table `owned` is made. */
async function readDeclarations(
  engine: QueryEngine,
  window: FeatureWindow,
  rules: IdentityRules,
  untilMs: number,
): Promise<Pick<CustomerView, 'attributes' | 'consents'>> {
  const found = await engine.select(identitySqlUntil('owned_standing', untilMs), window);
  const fields = new Map<string, { state: FieldState<AttributeValue>; readonly all: AttributeValue[] }>();
  const consents = new Map<string, AttributeValue & { readonly purpose: string }>();
  for (const [row, id] of resultColumn(found, 'id').entries()) {
    const type = String(found['type']?.[row]);
    const said = JSON.parse(String(found['properties']?.[row])) as StandingProperties; // checked at capture
    const source = said.source ?? String(found['channel']?.[row]);
    const about = { source, signalId: String(id), at: instantText(Number(found['ts_ms']?.[row])) };
    if (type === 'consent-event' && said.purpose !== undefined) {
      consents.set(said.purpose, { purpose: said.purpose, value: said.granted === true ? 'granted' : 'refused', ...about });
    }
    const field = declaredField(type, said);
    if (!field) continue;
    const value = { value: field.value, ...about };
    const known = fields.get(field.name);
    const state = takeValue(known?.state, value, policyOf(rules.fields, field.name));
    fields.set(field.name, { state, all: [...(known?.all ?? []), value] });
  }
  const attributes = [...fields].map(([name, { state, all }]): CustomerAttribute => ({
    name,
    ...state.winner,
    policy: policyOf(rules.fields, name).policy,
    others: all.filter(({ signalId }) => signalId !== state.winner.signalId).reverse(),
  }));
  return {
    attributes: attributes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    consents: [...consents.values()].sort((a, b) => (a.purpose < b.purpose ? -1 : 1)),
  };
}

/** The table `owned` is made. */
async function readSignals(engine: QueryEngine, window: FeatureWindow, untilMs: number): Promise<CustomerView['signals']> {
  const found = await engine.select(identitySqlUntil('owned_signals', untilMs), window);
  return resultColumn(found, 'type').map((type, row) => ({
    type: String(type),
    count: Number(found['signals']?.[row]),
    firstAt: instantText(Number(found['first_ms']?.[row])),
    lastAt: instantText(Number(found['last_ms']?.[row])),
  }));
}
