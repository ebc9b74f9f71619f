import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createReviews, type SqliteReviews } from './reviews.ts';

const content = createMemoryContent();
let directory = '';
let reviews: SqliteReviews;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reviews-'));
  reviews = createReviews({ directory, content });
});
afterEach(() => {
  reviews.close();
  rmSync(directory, { recursive: true });
});

const aCase = (key: string, customers = 3) => ({
  key,
  purpose: 'ad-audience',
  sink: 'ads',
  facts: { residency: null, marketingConsent: false },
  policies: ['gdpr-6-ad-audience'],
  unknownFacts: ['residency'],
  customers,
});

function open(cases: readonly ReturnType<typeof aCase>[], asOf = '2026-06-30', idempotencyKey = `${asOf} ${JSON.stringify(cases)}`) {
  return reviews.open({ decisions: content.putJson(cases), asOf }, { signal: new AbortController().signal, idempotencyKey });
}

const onlyId = (): string => reviews.list('all')[0]?.id ?? '';

describe('opening cases', () => {
  it('makes one open review per case', async () => {
    expect(await open([aCase('k1'), aCase('k2')])).toEqual({ opened: 2, known: 0 });
    expect(reviews.list('open')).toHaveLength(2);
    expect(reviews.list('open').find(({ customers }) => customers === 3)).toMatchObject({
      purpose: 'ad-audience',
      sink: 'ads',
      policies: ['gdpr-6-ad-audience'],
      unknownFacts: ['residency'],
      openedAsOf: '2026-06-30',
      status: 'open',
      decidedBy: null,
      note: null,
    });
    expect(reviews.factsOf(onlyId())).toEqual({ residency: null, marketingConsent: false });
  });

  it('knows a case again, keeps its day and recounts its customers', async () => {
    await open([aCase('k1')]);
    expect(await open([aCase('k1', 8), aCase('k2')], '2026-07-31')).toEqual({ opened: 1, known: 1 });
    expect(reviews.list('open').map(({ openedAsOf, customers }) => [openedAsOf, customers])).toEqual([
      ['2026-07-31', 3],
      ['2026-06-30', 8],
    ]);
  });

  it('answers a repeated call as the first time and changes nothing', async () => {
    const first = await open([aCase('k1')], '2026-06-30', 'effect-1');
    expect(await open([aCase('k1')], '2026-06-30', 'effect-1')).toEqual(first);
    expect(reviews.list('all')).toHaveLength(1);
  });

  it('gives a case the same id in every store', async () => {
    await open([aCase('k1')]);
    const id = onlyId();
    const elsewhere = mkdtempSync(join(tmpdir(), 'reviews-'));
    const other = createReviews({ directory: elsewhere, content });
    await other.open(
      { decisions: content.putJson([aCase('k1', 99)]), asOf: '2027-01-01' },
      { signal: new AbortController().signal, idempotencyKey: 'x' },
    );
    expect(other.list('all')[0]?.id).toBe(id);
    other.close();
    rmSync(elsewhere, { recursive: true });
  });

  it('keeps nothing of a batch with a fault', async () => {
    await expect(open([aCase('k1'), { ...aCase('k2'), customers: -1 }])).rejects.toThrow('customers');
    expect(reviews.list('all')).toEqual([]);
  });
});

describe('deciding a case', () => {
  it.each([
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const)('%s leaves the open list and is remembered as %s', async (decision, status) => {
    await open([aCase('k1')]);
    expect(reviews.rulingOf('k1')).toBeUndefined();
    const id = onlyId();
    expect(reviews.decide(id, decision, 'Ada', 'seen the contract')).toMatchObject({ status, decidedBy: 'Ada', note: 'seen the contract' });
    expect(reviews.list('open')).toEqual([]);
    expect(reviews.list('all')).toHaveLength(1);
    expect(reviews.rulingOf('k1')).toEqual({ review: id, status, by: 'Ada', note: 'seen the contract' });
  });

  it('survives closing the store, and does not open again', async () => {
    await open([aCase('k1')]);
    reviews.decide(onlyId(), 'approve', 'Ada', '');
    reviews.close();
    reviews = createReviews({ directory, content });
    expect(await open([aCase('k1', 50)], '2026-07-31')).toEqual({ opened: 0, known: 1 });
    expect(reviews.list('all')[0]).toMatchObject({ status: 'approved', customers: 3 });
  });

  it('happens once', async () => {
    await open([aCase('k1')]);
    reviews.decide(onlyId(), 'reject', 'Ada', '');
    expect(() => reviews.decide(onlyId(), 'approve', 'Bob', '')).toThrow(/was rejected by Ada/);
    expect(reviews.get(onlyId()).decidedBy).toBe('Ada');
  });

  it('needs a case and a name', async () => {
    expect(() => reviews.decide('rev-0', 'approve', 'Ada', '')).toThrow("there is no review 'rev-0'");
    expect(() => reviews.get('rev-0')).toThrow(expect.objectContaining({ code: 'REVIEW_NOT_FOUND' }));
    await open([aCase('k1')]);
    expect(() => reviews.decide(onlyId(), 'approve', ' ', '')).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
