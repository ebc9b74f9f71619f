import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { callOf, openLedgerPlace, recordTable, tamper } from '../../../test/fixtures/ledger-place.ts';
import { eraseBodies, eraseFields } from '../../adapters/sqlite/ledger/erase-bodies.ts';

const place = (isReal = true) => openLedgerPlace(undefined, { isReal });

describe('the record book', () => {
  it('writes records and opens them again, whatever JSON they hold, with real keys and those of a demonstration', async () => {
    for (const { book } of [place(), place(false)]) {
      let call = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(
            fc.string({ unit: 'grapheme' }),
            fc.jsonValue().filter((value) => JSON.stringify(value).isWellFormed()),
          ),
          fc.string(),
          async (fields, stream) => {
            // As JSON carries it: without negative zero, and with members that JSON.parse keeps.
            const body = JSON.parse(JSON.stringify({ ...fields, a: null })) as Record<string, null>;
            const [written] = await book.write([{ kind: 'score', stream, subject: 'ada', body }], `${(call += 1)}`);
            expect(await book.at(written!)).toMatchObject({ kind: 'score', class: 'value', state: 'open', redacted: [] });
            expect((await book.at(written!)).body).toEqual(body);
          },
        ),
        { numRuns: 40 },
      );
    }
  });

  it('answers the same idempotency key with the same places, and a record that did not change with that one', async () => {
    const { book } = place();
    const record = { kind: 'score', stream: '', subject: 'ada', body: { value: 1 } } as const;
    const first = await book.write([record], 'a');
    expect(await book.write([record], 'a')).toEqual(first);
    expect(await book.write([record], 'b')).toEqual(first);
    expect(await book.write([{ ...record, body: { value: 2 } }], 'c')).toEqual([{ index: 1, item: null }]);
    expect(await book.write([], 'd')).toEqual([]);
  });

  it('finds everything about a subject, oldest first, in batches and out of them, and of nobody by kind', async () => {
    const { ledger, book } = place();
    const rows = ['ada', 'bob', 'ada'].map((subject, at) => ({ subject, stream: `${at}`, body: { at }, batch: 0 }));
    await ledger.write(recordTable(rows), callOf('a'));
    await book.write([{ kind: 'score', stream: '', subject: 'ada', body: { at: 3 } }], 'b');
    await book.write([{ kind: 'run', stream: 'r', subject: null, body: { at: 4 } }], 'c');
    expect((await book.about('ada')).map(({ body, index, item }) => [body?.['at'], index, item])).toEqual([
      [0, 0, 0],
      [2, 0, 2],
      [3, 1, null],
    ]);
    expect((await book.about('ada', ['score'])).map(({ body }) => body)).toEqual([{ at: 3 }]);
    expect(await book.about('nobody')).toEqual([]);
    expect((await book.ofKind(['run', 'decision'])).map(({ body }) => body?.['at'])).toEqual([0, 1, 2, 4]);
    expect(await book.ofKind(['feedback'])).toEqual([]);
  });

  it('says erased when the key or the body is gone, and still proves the leaf', async () => {
    const { directory, ledger, vault, book } = place();
    const [ada, bob] = await book.write(
      ['ada', 'bob'].map((subject) => ({ kind: 'score' as const, stream: '', subject, body: { of: subject } })),
      'a',
    );
    const kids = vault.entriesOf('ada').map(({ kid }) => kid);
    vault.shred(kids, 0);
    expect(await book.at(ada!)).toMatchObject({ state: 'erased', body: null, class: 'value', kind: 'score' });
    expect(await book.about('ada')).toEqual([]);
    expect(eraseBodies(directory, kids, 0)).toBe(1);
    expect(await book.at(ada!)).toMatchObject({ state: 'erased', body: null });
    expect((await book.at(bob!)).body).toEqual({ of: 'bob' });
    expect(ledger.proof(0).item).toBeNull();
    expect(await ledger.verifyDeep([])).toMatchObject({ verified: true });
    // Whoever comes back has another key.
    await book.write([{ kind: 'score', stream: '', subject: 'ada', body: { of: 'ada' } }], 'b');
    expect((await book.about('ada')).map(({ index }) => index)).toEqual([2]);
  });

  it('names fields that were taken out, opens the others, and the leaf still holds', async () => {
    const { directory, ledger, vault, book } = place();
    const [written] = await book.write([{ kind: 'score', stream: '', subject: 'ada', body: { a: 1, b: 'secret', c: [2] } }], 'a');
    const [entry] = vault.entriesOf('ada');
    const key = { kid: entry?.kid ?? '', key: vault.key(entry?.kid ?? '') ?? Buffer.alloc(0) };
    expect(eraseFields(directory, written!, ['b'], key, Buffer.alloc(12, 1), 0)).toEqual(['b']);
    expect(await book.at(written!)).toMatchObject({ state: 'redacted', body: { a: 1, c: [2] }, redacted: ['b'] });
    expect(eraseFields(directory, written!, ['a', 'b'], key, Buffer.alloc(12, 2), 0)).toEqual(['a']);
    expect(await book.at(written!)).toMatchObject({ body: { c: [2] }, redacted: ['a', 'b'] });
    expect(await ledger.verifyDeep([])).toMatchObject({ verified: true });
  });

  it('refuses a body that was put in the place of another, and a place that is none', async () => {
    const { directory, ledger, book } = place();
    const record = (at: number) => ({ kind: 'score' as const, stream: `${at}`, subject: 'ada', body: { at } });
    const [first] = await book.write([record(0), record(1)], 'a');
    await ledger.close();
    tamper(directory, 'UPDATE body SET sealed = (SELECT sealed FROM body WHERE idx = 1) WHERE idx = 0');
    await expect(book.at(first!)).rejects.toMatchObject({ code: 'LEDGER_LEAF_MISMATCH' });
    for (const wrong of [
      { index: 2, item: null },
      { index: 0, item: 0 },
      { index: -1, item: null },
    ]) {
      await expect(book.at(wrong)).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' });
    }
  });
});
