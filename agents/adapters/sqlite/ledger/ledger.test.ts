import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson, int32Column } from '../../../../skills/sdk/index.ts';
import {
  callOf,
  decisions,
  ledgerContent,
  openLedgerPlace,
  type RecordRow,
  recordTable,
  tamper,
  writtenLedger,
} from '../../../../test/fixtures/ledger-place.ts';
import { verifyInclusion } from './ledger.ts';
import { hashLeaf } from './merkle.ts';

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { readonly code: string }).code; // the code is what is asked for
  }
};

describe('appending', () => {
  it('numbers leaves from 0, signs a checkpoint, and says where each record is', async () => {
    const { ledger } = openLedgerPlace();
    const receipt = await ledger.append({ records: ledgerContent.putTable(decisions(0, 3)) }, callOf('a'));
    expect(receipt).toMatchObject({ firstIndex: 0, size: 3, root: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect([...int32Column(ledgerContent.getTable(receipt.indexes), 'record')]).toEqual([0, 1, 2]);
    expect([...int32Column(ledgerContent.getTable(receipt.indexes), 'item')]).toEqual([-1, -1, -1]);
    expect(await ledger.write(decisions(3, 5), callOf('b'))).toMatchObject({ firstIndex: 3, size: 5 });
    expect(ledger.verify()).toMatchObject({ verified: true, size: 5, checkpoints: 2, faults: [] });
  });

  it('answers a repeated call with its first receipt and writes nothing, also after more was appended and the file was opened again', async () => {
    const { directory, ledger } = openLedgerPlace();
    const first = await ledger.write(decisions(0, 3), callOf('a'));
    expect(await ledger.write(decisions(0, 3), callOf('a'))).toEqual(first);
    await ledger.write(decisions(3, 9), callOf('b'));
    await ledger.close();
    const { ledger: again } = openLedgerPlace(directory);
    expect(await again.write(decisions(0, 3), callOf('a'))).toEqual(first);
    expect(again.verify()).toMatchObject({ verified: true, size: 9, checkpoints: 2 });
  });

  it('refuses other records under a known idempotency key', async () => {
    const { ledger } = openLedgerPlace();
    await ledger.write(decisions(0, 2), callOf('a'));
    await expect(ledger.write(decisions(0, 3), callOf('a'))).rejects.toMatchObject({ code: 'LEDGER_KEY_CONFLICT' });
    const same = Promise.allSettled([ledger.write(decisions(5, 6), callOf('b')), ledger.write(decisions(6, 7), callOf('b'))]);
    expect((await same).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 3 });
  });

  it('passes over a record that says what the newest one of its thing says, and goes on from another', async () => {
    const { ledger } = openLedgerPlace();
    const about = (body: object, stream = 'offer') => recordTable([{ subject: 'ada', stream, body }]);
    const places: number[] = [];
    for (const [call, body] of [{ a: 1 }, { a: 1 }, { a: 2 }, { a: 1 }].entries()) {
      places.push((await ledger.write(about(body), callOf(`${call}`))).records[0] ?? -1);
    }
    expect(places).toEqual([0, 0, 1, 2]);
    expect((await ledger.write(about({ a: 1 }, 'desk'), callOf('other thing'))).records[0]).toBe(3);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 4, checkpoints: 4 });
  });

  it('does so within a call, in a batch and out of it', async () => {
    const { ledger } = openLedgerPlace();
    const row = (a: number, batch: number): RecordRow => ({ subject: 'ada', stream: 'offer', body: { a }, batch });
    const alone = await ledger.write(recordTable([row(1, -1), row(1, -1), row(2, -1)]), callOf('alone'));
    expect([...alone.records]).toEqual([0, 0, 1]);
    const batch = await ledger.write(recordTable([row(3, 0), row(3, 0), row(4, 0), row(4, 0)]), callOf('batch'));
    expect([...batch.records]).toEqual([2, 2, 3, 3]);
    expect([...batch.items]).toEqual([0, 0, 0, 0]);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 4 });
  });

  it('gives neighbours of one batch, kind, class and schema a leaf, and any other a leaf of its own', async () => {
    const { ledger } = openLedgerPlace();
    const row = (subject: string, more: RecordRow = {}): RecordRow => ({ subject, body: { subject }, batch: 0, ...more });
    const rows = [
      row('a'),
      row('b'),
      row('c', { kind: 'score' }),
      row('d', { schema: 'other@1' }),
      row('e', { batch: -1 }),
      row('f', { batch: 1 }),
    ];
    const { records, items } = await ledger.write(recordTable(rows), callOf('a'));
    expect([...records]).toEqual([0, 0, 1, 2, 3, 4]);
    expect([...items]).toEqual([0, 1, 0, 0, -1, 0]);
    expect([...ledger.records()].map((leaf) => (JSON.parse(leaf) as { format: string }).format)).toEqual([
      'cohortium/batch@1',
      'cohortium/batch@1',
      'cohortium/batch@1',
      'cohortium/record@2',
      'cohortium/batch@1',
    ]);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 5 });
  });

  it('writes what is too large for one transaction in several, and lets small calls through meanwhile', async () => {
    const { ledger } = openLedgerPlace();
    const many = Array.from({ length: 9000 }, (_, at) => ({ subject: `c${at}`, body: { at: at % 7 }, batch: Math.floor(at / 256) }));
    const [large, small] = await Promise.all([
      ledger.write(recordTable(many), callOf('large')),
      ledger.write(decisions(0, 1), callOf('small')),
    ]);
    expect(large.records[8999]).toBe(large.size - 1);
    expect(small.size).toBeLessThan(large.size);
    expect(new Set(large.records).size).toBe(Math.ceil(9000 / 256));
    expect(await ledger.write(recordTable(many), callOf('again'))).toMatchObject({ records: large.records, items: large.items });
    const report = ledger.verify();
    expect(report).toMatchObject({ verified: true, size: large.size });
    expect(report.checkpoints).toBeGreaterThan(1);
  });

  it('answers every one of many callers at once, in few checkpoints', async () => {
    const { ledger } = openLedgerPlace();
    const receipts = await Promise.all(Array.from({ length: 200 }, (_, at) => ledger.write(decisions(at, at + 1), callOf(`${at}`))));
    expect(receipts.map(({ firstIndex }) => firstIndex)).toEqual(Array.from({ length: 200 }, (_, at) => at));
    for (const { firstIndex, size } of receipts) expect(size).toBeGreaterThan(firstIndex);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 200, checkpoints: 1 });
  });

  it('fails only the call that is wrong, of those that share a transaction', async () => {
    const { ledger } = openLedgerPlace();
    const bad = (row: RecordRow) => ledger.write(recordTable([{ subject: 'x', body: { a: 1 } }, row]), callOf(JSON.stringify(row)));
    const answers = await Promise.allSettled([
      ledger.write(decisions(0, 2), callOf('a')),
      bad({ body: 'not json' }),
      bad({ body: '[1]' }),
      bad({ body: 'null' }),
      bad({ kind: 'gossip' }),
      bad({ att: 'abc' }),
      ledger.write(decisions(2, 4), callOf('b')),
    ]);
    expect(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.firstIndex : (answer.reason as { code: string }).code)),
    ).toEqual([0, ...Array.from({ length: 5 }, () => 'ARGUMENT_INVALID'), 2]);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 4 });
  });

  it('refuses a large call with one bad body before it writes anything of it, and a batch of 257', async () => {
    const { ledger } = openLedgerPlace();
    const rows = Array.from({ length: 5000 }, (_, at) => ({ subject: `${at}`, body: at === 4999 ? '{' : { at } }));
    await expect(ledger.write(recordTable(rows), callOf('a'))).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    const batch = Array.from({ length: 257 }, (_, at) => ({ subject: `${at}`, body: { at }, batch: 3 }));
    await expect(ledger.write(recordTable(batch), callOf('b'))).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(ledger.verify()).toMatchObject({ verified: true, size: 0 });
  });

  it('writes nothing for no records', async () => {
    const { ledger } = openLedgerPlace();
    expect(await ledger.write(recordTable([]), callOf('a'))).toMatchObject({ firstIndex: 0, size: 0 });
    expect(ledger.verify()).toMatchObject({ verified: true, size: 0, checkpoints: 0 });
  });

  it('stops before it writes when it is cancelled, also while it waits', async () => {
    const { ledger } = openLedgerPlace();
    await expect(ledger.write(decisions(0, 2), { ...callOf('a'), signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    const controller = new AbortController();
    const waiting = ledger.write(decisions(0, 2), { idempotencyKey: 'b', signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toThrow(/abort/);
    expect(ledger.verify().size).toBe(0);
  });

  it('keeps no customer id, no stream and no body, neither in the file nor beside it', async () => {
    const { directory, ledger, vault } = openLedgerPlace(undefined, { isReal: true });
    const row = { subject: 'kestrelina@example.com', stream: 'secret-stream', body: { note: 'divulged-nowhere'.repeat(30) } };
    await ledger.write(recordTable([row, { ...row, batch: 1, stream: 'secret-stream-2' }]), callOf('a call of kestrelina@example.com'));
    await ledger.close();
    vault.close();
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const file of files)
      expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toMatch(/kestrelina|secret-stream|divulged/);
  });

  it('has the same root for the same records of a demonstration, and another with real keys', async () => {
    const rootOf = async (isReal: boolean) => {
      const { ledger } = openLedgerPlace(undefined, { isReal });
      return (await ledger.write(decisions(0, 50), callOf('a'))).root;
    };
    expect(await rootOf(false)).toBe(await rootOf(false));
    expect(await rootOf(true)).not.toBe(await rootOf(true));
  });
});

describe('a proof', () => {
  it('holds for every leaf asked, against the newest checkpoint', async () => {
    const { ledger } = openLedgerPlace(await writtenLedger());
    for (const index of [0, 1, 255, 256, 299, 300, 512, 600]) {
      const proof = ledger.proof(index);
      expect(proof).toMatchObject({ index, treeSize: 601, record: { index, kind: 'decision' }, item: null });
      expect(hashLeaf(Buffer.from(canonicalJson(proof.record))).toString('hex')).toBe(proof.leafHash);
      expect(verifyInclusion(proof.leafHash, index, proof.treeSize, proof.inclusion, proof.root)).toBe(true);
      expect(proof.checkpoint.split('\n')[2]).toBe(Buffer.from(proof.root, 'hex').toString('base64'));
    }
  });

  it('holds for every record of a batch of any size, at its own position only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 256 }), fc.nat(), fc.nat(), async (count, a, b) => {
        const { ledger } = openLedgerPlace();
        await ledger.write(
          recordTable(Array.from({ length: count }, (_, at) => ({ subject: `${at}`, body: { at }, batch: 0 }))),
          callOf('a'),
        );
        const { record, item } = ledger.proof(0, a % count);
        if (!item) throw new Error('no item');
        expect(item).toMatchObject({ position: a % count, count, record: { position: a % count } });
        const root = String(record['root']);
        expect(verifyInclusion(item.hash, item.position, count, item.inclusion, root)).toBe(true);
        expect(verifyInclusion(item.hash, b % count, count, item.inclusion, root)).toBe(b % count === a % count);
      }),
      { numRuns: 12 },
    );
  });

  it('is refused for a number that has no record, and for an item that a leaf does not have', async () => {
    const { ledger } = openLedgerPlace(await writtenLedger());
    const { ledger: none } = openLedgerPlace();
    const { ledger: batch } = openLedgerPlace();
    await batch.write(recordTable([{ body: { a: 1 }, batch: 0 }]), callOf('a'));
    const proofs = [
      () => ledger.proof(601),
      () => ledger.proof(-1),
      () => ledger.proof(1.5),
      () => none.proof(0),
      () => ledger.proof(0, 0),
      () => batch.proof(0, 1),
    ];
    expect(proofs.map(codeOf)).toEqual(proofs.map(() => 'RECORD_NOT_FOUND'));
  });

  it('is refused for a leaf, and for an item, that was changed', async () => {
    const directory = await writtenLedger();
    tamper(directory, `UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'decision', 'decisiom') AS BLOB) WHERE idx = 7`);
    expect(codeOf(() => openLedgerPlace(directory).ledger.proof(7))).toBe('LEDGER_ROOT_MISMATCH');
    const { directory: other, ledger } = openLedgerPlace();
    await ledger.write(
      recordTable([
        { body: { a: 1 }, batch: 0 },
        { body: { a: 2 }, batch: 0, subject: 'b' },
      ]),
      callOf('a'),
    );
    await ledger.close();
    tamper(other, `UPDATE item SET ct = zeroblob(32) WHERE position = 1`);
    expect(codeOf(() => openLedgerPlace(other).ledger.proof(0, 0))).toBe('LEDGER_ROOT_MISMATCH');
  });
});
