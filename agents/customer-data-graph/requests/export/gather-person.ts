/**
 * What the log and the graph hold of a person: identities, attributes, every signal, every consent. Numbers of documents and accounts
 * are taken out on the way. Reads only.
 */
import type { Json } from '../../../../skills/sdk/index.ts';
import { dayOfInstant } from '../../../../skills/signal-capture/core/civil-date.ts';
import type { ConsentDoor } from '../../consents/consent-interface.ts';
import { resultColumn } from '../../features/query-engine.ts';
import type { CustomerView, GraphDoor } from '../../graph/graph-interface.ts';
import { identitySqlUntil } from '../../identities/load-identities.ts';
import type { Workspace } from '../../workspace.ts';
import type { SubjectExport } from './export-schema.ts';
import { disclosable, disclosableText, type Withheld } from './withhold.ts';

export interface PersonData {
  readonly view: CustomerView;
  readonly person: NonNullable<SubjectExport['person']>;
  readonly signals: SubjectExport['signals'];
  readonly consents: SubjectExport['consents'];
}

/** @param untilMs what came later is not looked at */
export async function gatherPerson(
  workspace: Pick<Workspace, 'eventLog' | 'graphReader'>,
  doors: { readonly graph: GraphDoor; readonly consents: ConsentDoor },
  customer: string,
  untilMs: number,
  withheld: Withheld,
  signal: AbortSignal,
): Promise<PersonData> {
  const view = await doors.graph.customer(customer, new Date(untilMs).toISOString(), { signal });
  const owners = view.identities.map(({ kind, value }) => `${kind}:${value}`);
  const history = await doors.consents.show(customer, { signal });
  return {
    view,
    person: {
      customerId: view.customerId,
      previousIds: [...view.previousIds],
      identities: view.identities.map(({ kind, value, since }) => ({ kind, value, since })),
      attributes: view.attributes.map(({ name, value, source, at }) => ({ name, value: disclosableText(value, withheld), source, at })),
      links: view.links.map(({ left, right, source, firstAt, reason }) => ({ left, right, source, since: firstAt, reason })),
    },
    signals: await signalsOf(workspace, owners, untilMs, withheld, signal),
    consents: [...history.history]
      .reverse()
      .filter(({ at }) => Date.parse(at) <= untilMs)
      .map(({ purpose, granted, mode, at, method, noticeVersion, id }) => ({
        purpose,
        isGranted: granted,
        mode,
        at,
        method,
        noticeVersion,
        evidence: id,
      })),
  };
}

async function signalsOf(
  { eventLog, graphReader }: Pick<Workspace, 'eventLog' | 'graphReader'>,
  owners: readonly string[],
  untilMs: number,
  withheld: Withheld,
  signal: AbortSignal,
): Promise<SubjectExport['signals']> {
  const day = dayOfInstant(untilMs);
  const window = { asOfDay: day, endDay: day };
  return graphReader().lend(eventLog().sealed(), day, { signal }, async (engine) => {
    await engine.load('owned', { owner: [...owners] });
    const found = await engine.select(identitySqlUntil('owned_events', untilMs), window);
    const text = (name: string, row: number): string => String(found[name]?.[row] ?? '');
    return resultColumn(found, 'id').map((id, row) => ({
      id: String(id),
      type: text('type', row),
      at: new Date(Number(found['ts_ms']?.[row])).toISOString(),
      identity: text('owner', row),
      location: text('location', row),
      channel: text('channel', row),
      brand: text('brand', row),
      orderId: text('order_id', row),
      sku: text('sku', row),
      amountMinor: Number(found['amount_minor']?.[row] ?? 0),
      properties: disclosable(JSON.parse(text('properties', row) || '{}') as Json, withheld), // canonical JSON since capture
    }));
  });
}
