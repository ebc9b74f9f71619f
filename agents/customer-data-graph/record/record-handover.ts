/**
 * Writes what was handed to whom, once the other side has answered: one record per customer in the message, before the outbox forgets
 * the text. That a value was allowed to leave is a decision record, written before; this is what became of it. A crash in between sends
 * again and writes the same records, which are one.
 */
import { z } from 'zod';

import { batchNumbers } from '../../../skills/audit/core/batches.ts';
import { classOf, schemaOf } from '../../../skills/audit/record/record-schema.ts';
import { canonicalJson, column, digestOf, makeTable } from '../../../skills/sdk/index.ts';
import type { SqliteLedger } from '../../adapters/sqlite/ledger/ledger.ts';

export interface SettledMessage {
  readonly messageId: string;
  readonly subscriber: string;
  readonly body: string;
  /** Dead: the other side refused it, or was not there for as long as we tried. */
  readonly state: 'acknowledged' | 'dead';
}

const kind = 'emission';
const place = z.strictObject({ index: z.int().min(0), item: z.int().min(0).nullable() });

/** Messages of values; others, such as opt-outs that follow them, have records of their own or concern no value. */
const valueMessage = z.looseObject({
  type: z.literal('com.cohortium.value.v1'),
  data: z.looseObject({
    purpose: z.string(),
    sink: z.string(),
    items: z.array(z.looseObject({ customerId: z.string(), records: z.strictObject({ decision: place, score: place }) })),
  }),
});

/** @throws {CohortiumError} as the ledger does; then the message stays as it was and is tried again */
export async function recordHandover(ledger: Pick<SqliteLedger, 'write'>, message: SettledMessage, signal: AbortSignal): Promise<void> {
  const { messageId, subscriber, state } = message;
  const parsed = valueMessage.safeParse(parseJson(message.body));
  if (!parsed.success) return;
  const { purpose, sink, items } = parsed.data.data;
  const same = (text: string) => column.coded(new Int32Array(items.length), [text]);
  const handOff = { subscriber, purpose, sink, message: messageId };
  const bodies = items.map(({ records: { decision, score } }) =>
    canonicalJson({ customer: 'kid', handOff, decision, score, acknowledgment: { state } }),
  );
  const records = makeTable({
    kind: same(kind),
    stream: same(canonicalJson([subscriber, purpose, sink])),
    subject: column.text(items.map(({ customerId }) => customerId)),
    class: same(classOf(kind)),
    schema: same(schemaOf(kind)),
    body: column.text(bodies),
    batch: column.int32(batchNumbers(items.length, 0)),
  });
  await ledger.write(records, { signal, idempotencyKey: `${kind} ${messageId} ${state} ${digestOf(bodies)}` });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no message of ours
  }
}
