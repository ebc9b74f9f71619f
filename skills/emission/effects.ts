/** Messages made from decided and recorded values. A value without a decision to pass and a record never gets into one. */
import {
  canonicalJson,
  CohortiumError,
  column,
  digestOf,
  float64Column,
  int32Column,
  makeTable,
  type PureContext,
  type Table,
  textColumn,
} from '../sdk/index.ts';
import type { ComposeInput } from './schemas.ts';

/** The score store takes its values by `scores.publish`, not as messages. */
const storeSubscriber = 'score-store';

const eventType = 'com.cohortium.value.v1';

/**
 * Batches what may be sent, per subscriber, purpose and sink, in the order of the accounts. Bodies are CloudEvents 1.0; the message
 * id is a digest of the content, so the same message has the same id in every attempt and every run.
 * @throws {CohortiumError} EMISSION_UNRECORDED when decisions and records do not match
 */
export function composeEmissions(input: ComposeInput, context: PureContext) {
  const decisions = context.readTable(input.decisions);
  const receipts = context.readTable(input.receipts);
  const [records, items, scoreRecords, scoreItems] = ['record', 'item', 'scoreRecord', 'scoreItem'].map((name) =>
    int32Column(receipts, name),
  );
  if (receipts.rows !== decisions.rows) {
    throw new CohortiumError(
      'EMISSION_UNRECORDED',
      `${decisions.rows} decisions have ${receipts.rows} records; run the audit step on these decisions`,
    );
  }
  const itemOf = itemWriter(context.readTable(input.calibrated), context.readTable(input.calibratedCells));
  const account = int32Column(decisions, 'account');
  const [subscribers, purposes, sinks, outcomes] = ['subscriber', 'purpose', 'sink', 'outcome'].map((name) => textColumn(decisions, name));
  const groups = new Map<
    string,
    { readonly subscriber: string; readonly purpose: string; readonly sink: string; readonly items: unknown[] }
  >();
  for (let row = 0; row < decisions.rows; row++) {
    const subscriber = subscribers?.[row] ?? '';
    const [record, score] = [records?.[row] ?? -1, scoreRecords?.[row] ?? -1];
    if (outcomes?.[row] !== 'pass' || subscriber === storeSubscriber) continue;
    if (!isWithin(record, input.ledgerSize) || !isWithin(score, input.ledgerSize)) {
      const found = `record ${record}, and its value record ${score}`;
      throw new CohortiumError('EMISSION_UNRECORDED', `decision ${row} names ${found}; the ledger has ${input.ledgerSize}`);
    }
    const purpose = purposes?.[row] ?? '';
    const sink = sinks?.[row] ?? '';
    const key = JSON.stringify([subscriber, purpose, sink]);
    const group = groups.get(key) ?? { subscriber, purpose, sink, items: [] };
    group.items.push(
      itemOf(account[row] ?? 0, {
        decision: { index: record, item: itemOrNull(items?.[row]) },
        score: { index: score, item: itemOrNull(scoreItems?.[row]) },
      }),
    );
    groups.set(key, group);
  }
  const names: string[] = [];
  const ids: string[] = [];
  const bodies: string[] = [];
  let values = 0;
  for (const group of groups.values()) {
    for (let start = 0; start < group.items.length; start += input.batchSize) {
      const batch = group.items.slice(start, start + input.batchSize);
      const data = {
        purpose: group.purpose,
        sink: group.sink,
        asOf: input.asOf,
        currency: input.currency,
        items: batch,
        ledger: { size: input.ledgerSize, root: input.ledgerRoot },
      };
      const id = `msg_${digestOf([group.subscriber, data]).slice(0, 32)}`;
      names.push(group.subscriber);
      ids.push(id);
      bodies.push(
        canonicalJson({
          specversion: '1.0',
          type: eventType,
          source: '/cohortium',
          id,
          time: `${input.asOf}T00:00:00Z`,
          datacontenttype: 'application/json',
          data,
        }),
      );
      values += batch.length;
    }
  }
  const emissions = makeTable({ subscriber: column.text(names), messageId: column.text(ids), body: column.text(bodies) });
  return { emissions: context.writeTable(emissions), items: values };
}

/** Where the proofs of an item are: a leaf, and the position in it where it is of a batch. */
interface ItemRecords {
  readonly decision: { readonly index: number; readonly item: number | null };
  readonly score: { readonly index: number; readonly item: number | null };
}

function isWithin(record: number, size: number): boolean {
  return record >= 0 && record < size;
}

/** Minus one stands for a leaf of its own. */
function itemOrNull(item = -1): number | null {
  return item < 0 ? null : item;
}

/** Writes the value of one account with its visited cells; money in minor units, rounded to whole ones for people. */
function itemWriter(scores: Table, cells: Table): (account: number, records: ItemRecords) => unknown {
  const text = (name: string) => textColumn(scores, name);
  const number = (name: string) => float64Column(scores, name);
  const [customers, tiers] = [text('customerId'), text('tier')];
  const [value, low, high, pPurchase] = [number('clvMinor'), number('clvLowMinor'), number('clvHighMinor'), number('pPurchase')];
  const owner = int32Column(cells, 'account');
  const [location, channel, brand] = [textColumn(cells, 'location'), textColumn(cells, 'channel'), textColumn(cells, 'brand')];
  const cellValue = float64Column(cells, 'clvMinor');
  const cellsOf = new Map<number, number[]>();
  for (let cell = 0; cell < cells.rows; cell++) {
    const list = cellsOf.get(owner[cell] ?? 0);
    if (list) list.push(cell);
    else cellsOf.set(owner[cell] ?? 0, [cell]);
  }
  return (account, records) => ({
    customerId: customers[account] ?? '',
    clvMinor: Math.round(value[account] ?? 0),
    lowMinor: Math.round(low[account] ?? 0),
    highMinor: Math.round(high[account] ?? 0),
    pPurchase: pPurchase[account] ?? 0,
    tier: tiers[account] ?? 'none',
    records,
    cells: (cellsOf.get(account) ?? []).map((cell) => ({
      location: location[cell] ?? '',
      channel: channel[cell] ?? '',
      brand: brand[cell] ?? '',
      clvMinor: Math.round(cellValue[cell] ?? 0),
    })),
  });
}
