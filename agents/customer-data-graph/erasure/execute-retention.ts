/**
 * Executes the retention plan: a customer whose maximum has ended is erased, a body of the ledger whose time is over is emptied or goes with
 * its key, files of models and predictions go as their own plan says. Each step is on record. Skeletons of the ledger stay, and so does what
 * says that something was erased, held or replaced. What is due and cannot go by itself is reported.
 */
import { randomBytes } from 'node:crypto';

import { isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import { eraseBodies, eraseFields } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import type { DueRecord } from '../gate/retention/retention-interface.ts';
import type { CustomerDataGraph } from '../interface.ts';
import type { Orderer } from '../record/act-interface.ts';
import { type Hand, handOf, signAct } from '../record/attest-act.ts';
import type { OpenRecord, RecordPlace } from '../record/record-interface.ts';
import type { Workspace } from '../workspace.ts';
import type { RetentionExecution } from './erasure-interface.ts';
import { heldKeys } from './held-customers.ts';

/** What the agent does for it. */
export type RetentionParts = Pick<CustomerDataGraph, 'gate' | 'erasure' | 'scoring'>;

/** Records by which others are explained: they stay as long as the ledger. */
const control = /^(?:erasure\.|custody\.|key\.|redaction$|override$)/;

/** @param today ISO date; the clock's when absent */
export async function executeRetention(
  workspace: Workspace,
  parts: RetentionParts,
  orderer: Orderer,
  today?: string,
): Promise<RetentionExecution> {
  const day = today ?? new Date(workspace.clock.now()).toISOString().slice(0, 10);
  const left = new Map<string, { records: number; readonly because: string }>();
  const leave = (kind: string, because: string): void => {
    const known = left.get(`${kind} ${because}`) ?? { records: 0, because };
    known.records += 1;
    left.set(`${kind} ${because}`, known);
  };
  const hand = handOf(workspace, 'erase', orderer);
  const due = await parts.gate.dueRetention(day);
  const erasures: RetentionExecution['erasures'][number][] = [];
  for (const [customer, because] of customersIn(due)) {
    try {
      const { erasure, state } = await parts.erasure.erase({ customer, by: orderer, why: `retention on ${day}: ${because.join('; ')}` });
      erasures.push({ erasure, state, because });
    } catch (error) {
      if (!isCohortiumError(error) || (error.code !== 'ERASURE_HELD' && error.code !== 'CUSTOMER_NOT_FOUND')) throw error;
      leave('value', error.code === 'ERASURE_HELD' ? 'a hold keeps the customer' : 'nothing is kept of the customer any more');
    }
  }
  const ledger = await emptyBodies(workspace, due, hand, day, leave);
  for (const { id, class: kind } of due) {
    if (/^(?:review|fairness-audit):/.test(id)) leave(kind, 'what a person decided, and what was audited, goes by hand');
    if (id.startsWith('consent:')) leave(kind, 'a consent goes with its customer');
  }
  const { purged } = await parts.scoring.retention(true);
  return {
    today: day,
    erasures,
    ...ledger,
    files: purged,
    left: [...left].map(([key, { records, because }]) => ({ class: key.split(' ')[0] ?? '', records, because })),
  };
}

/** Customers whose value or signals may not be there any more, with why. */
function customersIn(due: readonly DueRecord[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { id, because } of due) {
    const [, customer] = /^(?:value|signal):(.+)$/.exec(id) ?? [];
    if (customer !== undefined && !found.has(customer)) found.set(customer, because);
  }
  return found;
}

async function emptyBodies(
  workspace: Workspace,
  due: readonly DueRecord[],
  hand: Hand,
  day: string,
  leave: (kind: string, because: string) => void,
): Promise<Pick<RetentionExecution, 'emptied' | 'keys' | 'bodies'>> {
  const { clock, ledger, paths, records, vault } = workspace;
  const isHeld = await heldKeys(workspace, day);
  const byKid = new Map<string, { readonly class: string; readonly places: RecordPlace[]; readonly because: readonly string[] }>();
  for (const { id, class: kind, decidedBy } of due) {
    const [, index, item] = /^ledger:(\d+)(?:\/(\d+))?$/.exec(id) ?? [];
    if (index === undefined) continue;
    const record = await records().at({ index: Number(index), item: item === undefined ? null : Number(item) });
    if (record.state === 'erased' || isEmpty(record) || control.test(record.kind)) continue;
    if (isHeld(record.kid)) {
      leave(kind, 'a hold keeps the key');
      continue;
    }
    const known = byKid.get(record.kid) ?? { class: kind, places: [], because: decidedBy };
    known.places.push({ index: record.index, item: record.item });
    byKid.set(record.kid, known);
  }
  const over = new Map<string, number>();
  let emptied = 0;
  for (const [kid, { class: kind, places, because }] of byKid) {
    const isWhole = ledger().placesOfKids([kid]).length === places.length;
    const body: Readonly<Record<string, Json>> = {
      retention: day,
      class: kind,
      rules: [...because],
      kids: isWhole ? [kid] : [],
      records: places.map(({ index, item }) => ({ index, item })),
    };
    const name = `retention ${day} ${kid}`;
    const rationale = `retention on ${day}: ${because.join('; ')}`;
    const act = await signAct(workspace, hand, { kind: 'custody.erased', stream: name, subject: null, body, rationale });
    const [said] = await records().write([act], `${name} ${act.nonce}`);
    const at = said?.index ?? 0;
    if (isWhole) {
      over.set(kid, at);
      continue;
    }
    const key = vault().key(kid);
    if (!key) continue;
    for (const place of places) {
      const { body: fields } = await records().at(place);
      if (eraseFields(paths.state, place, Object.keys(fields ?? {}), { kid, key }, randomBytes(12), at).length > 0) emptied += 1;
    }
  }
  // All at once: the file of the vault is written anew for it.
  const keys = over.size > 0 ? vault().shred([...over.keys()], clock.now()).length : 0;
  let bodies = 0;
  for (const [kid, at] of over) bodies += eraseBodies(paths.state, [kid], at);
  return { emptied, keys, bodies };
}

function isEmpty({ body }: OpenRecord): boolean {
  return body !== null && Object.keys(body).length === 0;
}
