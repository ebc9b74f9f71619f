/**
 * The chain of custody as the ledger tells it: segments made, copies that left, checkpoints witnessed, bodies read, holds, erasures. Each
 * entry is written by who takes the step; this only reads them, and says which concern a record.
 */
import type { Workspace } from '../workspace.ts';
import { type CustodyDoor, type CustodyEntry, type CustodyQuestion, type CustodyStep, custodySteps } from './custody-interface.ts';
import type { OpenRecord } from './record-interface.ts';

const service = 'service';

type Body = NonNullable<OpenRecord['body']>;

/** What a record is told by in custody entries. */
interface Sought {
  readonly index: number;
  readonly item: number | null;
  /** Erasures that shredded the key. */
  readonly erasures: ReadonlySet<string>;
  /** Holds on the key. */
  readonly holds: ReadonlySet<string>;
  /** Requests that were answered with it; found on the way. */
  readonly requests: Set<string>;
}

export function custodyDoor(workspace: Pick<Workspace, 'records' | 'ledger'>): CustodyDoor {
  return {
    custody: async (question) => {
      const sought = await soughtOf(workspace, question);
      const written = await workspace.records().ofKind(custodySteps.map((step) => `custody.${step}` as const));
      const chain: CustodyEntry[] = [];
      let before = service;
      for (const record of written) {
        const step = record.kind.slice('custody.'.length) as CustodyStep; // only these kinds were asked for
        const { body } = record;
        if (sought && !(body && concerns(step, body, sought))) continue;
        const holder = body ? holderOf(step, body) : null;
        const signedBy = textIn((body?.['hand'] ?? null) as Body | null, 'identity') ?? null;
        chain.push({
          index: record.index,
          step,
          time: record.time,
          by: textIn(body, 'by') ?? service,
          signedBy,
          holder,
          before,
          says: body,
        });
        if (holder !== null) before = holder;
      }
      return chain;
    },
  };
}

async function soughtOf(
  { records, ledger }: Pick<Workspace, 'records' | 'ledger'>,
  question: CustodyQuestion,
): Promise<Sought | undefined> {
  const { record: index, item = null } = question;
  if (index === undefined) return undefined;
  const { record: leaf } = ledger().proof(index, item);
  const isWholeBatch = item === null && 'count' in leaf;
  // The records of a batch have keys of their own.
  const kid = isWholeBatch ? undefined : (await records().at({ index, item })).kid;
  const erasures = new Set<string>();
  const holds = new Set<string>();
  if (kid !== undefined) {
    for (const { body } of await records().ofKind(['custody.held'])) {
      const hold = textIn(body, 'hold');
      if (hold !== undefined && listIn(body, 'kids').includes(kid)) holds.add(hold);
    }
    for (const { body } of await records().ofKind(['erasure.started', 'erasure.completed'])) {
      const erasure = textIn(body, 'erasure') ?? textIn(body, 'id');
      if (erasure !== undefined && listIn(body, 'kids').includes(kid)) erasures.add(erasure);
    }
  }
  return { index, item, erasures, holds, requests: new Set() };
}

function concerns(step: CustodyStep, body: Body, { index, item, erasures, holds, requests }: Sought): boolean {
  const isWithin = (range: unknown): boolean => {
    const { from, to } = (range ?? {}) as { readonly from?: unknown; readonly to?: unknown }; // looked at below
    return typeof from === 'number' && typeof to === 'number' && from <= index && index < to;
  };
  if (step === 'created') return isWithin(body);
  // An answer to a person is what was read for it.
  if (step === 'exported') return listIn(body, 'files').some(isWithin) || requests.has(textIn(body, 'request') ?? '');
  if (step === 'anchored') return typeof body['size'] === 'number' && index < body['size'];
  if (step === 'erased') return erasures.has(textIn(body, 'erasure') ?? '');
  if (step === 'held' || step === 'released') return holds.has(textIn(body, 'hold') ?? '');
  const isRead = listIn(body, 'places').some((place) => Array.isArray(place) && place[0] === index && (item === null || place[1] === item));
  const request = textIn(body, 'request');
  if (isRead && request !== undefined) requests.add(request);
  return isRead;
}

/** Where a copy went. */
function holderOf(step: CustodyStep, body: Body): string | null {
  if (step !== 'exported') return null;
  const places = listIn(body, 'files').flatMap((file) => textIn(file as Body, 'place') ?? []);
  if (places.length > 0) return [...new Set(places)].join(', ');
  return textIn(body, 'recipient') ?? textIn(body, 'place') ?? null;
}

function textIn(body: Body | null, name: string): string | undefined {
  const value = body?.[name];
  return typeof value === 'string' ? value : undefined;
}

function listIn(body: Body | null, name: string): readonly unknown[] {
  const value = body?.[name];
  return Array.isArray(value) ? value : [];
}
