/** The chain of custody: who had what of the record in their hands. */
import type { CustodyEntry } from '../../../agents/customer-data-graph/interface.ts';
import type { CommandSpec } from '../command-spec.ts';
import { formatTable } from '../format-table.ts';
import { recordPlace } from './record-place.ts';

export const custody: CommandSpec = {
  name: 'custody',
  summary: 'who had what of the record in their hands: made, exported, anchored, read, held, released, erased',
  says: 'Lists the custody entries of the ledger, oldest first: when, which step, by whom and with whose signature, where a copy went and who held it before. With --record only those that concern one leaf, or one record of a batch. Every entry is a record itself and is proven like any other.',
  options: [{ flags: '--record <n>', says: 'only what concerns this record: 12, or 12/37 for an item of a batch' }],
  examples: [
    ['cohortium custody', 'everything'],
    ['cohortium custody --record 12/3', 'the chain of one record'],
  ],
  next: 'cohortium verify --record <n> proves an entry.',
  async action(call) {
    const given = call.text('record');
    const { index: record, item } = given === undefined ? {} : recordPlace(given);
    const chain = await call.withAgent('readonly', (agent) =>
      agent.custody({ ...(record === undefined ? {} : { record }), ...(typeof item === 'number' ? { item } : {}) }),
    );
    return { document: chain, lines: chain.length === 0 ? ['no custody entries'] : chainLines(chain) };
  },
};

function chainLines(chain: readonly CustodyEntry[]): string[] {
  return formatTable(
    ['record', 'time', 'step', 'by', 'signed by', 'held before by', 'now also at'].map(
      (head, at) => ({ head, align: at === 0 ? 'right' : 'left' }) as const,
    ),
    chain.map(({ index, time, step, by, signedBy, before, holder }) => [
      String(index),
      time,
      step,
      by,
      signedBy ?? '',
      before,
      holder ?? '',
    ]),
  );
}
