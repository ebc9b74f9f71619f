import { describe, expect, it } from 'vitest';

import { custodyDoor } from './custody-door.ts';
import type { OpenRecord, RecordBook } from './record-interface.ts';

const kid = 'ab'.repeat(16);

function written(index: number, kind: OpenRecord['kind'], body: OpenRecord['body']): OpenRecord {
  const time = `2026-11-20T00:00:0${index % 10}.000Z`;
  return { index, item: null, kind, time, class: 'system-log', schema: `cohortium/${kind}@1`, kid, state: 'open', body, redacted: [] };
}

const ledger: readonly OpenRecord[] = [
  written(3, 'custody.created', { what: 'ledger-segment', from: 0, to: 3 }),
  written(4, 'custody.exported', { files: [{ from: 0, to: 3, place: 's3:bucket' }] }),
  written(5, 'custody.anchored', { size: 5 }),
  written(6, 'custody.accessed', { request: 'req-1', by: 'ada', places: [[2, 7]] }),
  written(7, 'custody.exported', { request: 'req-1', by: 'ada', recipient: 'the person', ledgerSize: 6 }),
  written(8, 'custody.held', { hold: 'suit', by: 'grace', kids: [kid] }),
  written(9, 'custody.released', { hold: 'suit', by: 'grace' }),
  written(10, 'custody.erased', { erasure: 'er-1', by: 'otto', bodies: 4 }),
  written(11, 'erasure.completed', { erasure: 'er-1', kids: [kid] }),
];

const records = {
  ofKind: async (kinds: readonly string[]) => ledger.filter((record) => kinds.includes(record.kind)),
  at: async ({ index, item }: { readonly index: number; readonly item: number | null }) => ({ ...written(index, 'score', {}), item }),
} as unknown as RecordBook; // only what the door reads
const leaves = { proof: (index: number) => ({ record: index === 2 ? { count: 9 } : {} }) };
const door = custodyDoor({ records: () => records, ledger: () => leaves } as unknown as Parameters<typeof custodyDoor>[0]);

describe('the chain of custody', () => {
  it('is every entry in order, each with who held it before', async () => {
    const chain = await door.custody({});
    expect(chain.map(({ step, by }) => `${step} ${by}`)).toEqual([
      'created service',
      'exported service',
      'anchored service',
      'accessed ada',
      'exported ada',
      'held grace',
      'released grace',
      'erased otto',
    ]);
    expect(chain.map(({ holder, before }) => [holder, before])).toContainEqual(['the person', 's3:bucket']);
  });

  it('of a record is what concerns it: its segment, who read it, holds and erasure of its key', async () => {
    expect((await door.custody({ record: 2, item: 7 })).map(({ index }) => index)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('of another record leaves out what was read, and what came before it', async () => {
    expect((await door.custody({ record: 2, item: 1 })).map(({ index }) => index)).toEqual([3, 4, 5, 8, 9, 10]);
    expect((await door.custody({ record: 4 })).map(({ index }) => index)).toEqual([5, 8, 9, 10]);
  });

  it('of a whole batch knows of no single key', async () => {
    expect((await door.custody({ record: 2 })).map(({ index }) => index)).toEqual([3, 4, 5, 6, 7]);
  });
});
