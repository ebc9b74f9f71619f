import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createGraphReviews, type Proposal, type SqliteGraphReviews } from './graph-reviews.ts';

const pair = (left: string, right: string, probability = 0.9): Proposal => ({
  left,
  right,
  weight: 3.2,
  probability,
  evidence: [{ comparison: 'givenName', level: 'the same', bits: 5.5 }],
  needsPerson: false,
});

describe('proposed links', () => {
  let directory: string;
  let reviews: SqliteGraphReviews;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'graph-reviews-'));
    reviews = createGraphReviews({ directory });
  });
  afterEach(() => {
    reviews.close();
    rmSync(directory, { recursive: true });
  });
  const idOf = (left: string): string => reviews.list('all').find((one) => one.left === left)?.id ?? '';
  const statuses = (): Record<string, string> => Object.fromEntries(reviews.list('all').map(({ left, status }) => [left, status]));

  it('are listed with the likeliest first, and keep what they rest on', () => {
    expect(reviews.propose([pair('user:a', 'user:b', 0.7), pair('user:c', 'user:d', 0.99)], 0)).toEqual({ proposed: 2, withdrawn: 0 });
    expect(reviews.list('open')).toMatchObject([
      {
        left: 'user:c',
        right: 'user:d',
        probability: 0.99,
        evidence: [{ bits: 5.5 }],
        status: 'open',
        proposedAt: '1970-01-01T00:00:00.000Z',
        decidedBy: null,
        decidedAt: null,
      },
      { left: 'user:a' },
    ]);
  });

  it('are withdrawn when they are likely no more, come back when they are again, and are renewed meanwhile', () => {
    reviews.propose([pair('user:a', 'user:b'), pair('user:c', 'user:d')], 0);
    expect(reviews.propose([pair('user:c', 'user:d', 0.6)], 1)).toEqual({ proposed: 0, withdrawn: 1 });
    expect(statuses()).toEqual({ 'user:a': 'withdrawn', 'user:c': 'open' });
    expect(reviews.list('open')).toMatchObject([{ probability: 0.6, proposedAt: '1970-01-01T00:00:00.000Z' }]);
    expect(reviews.propose([pair('user:a', 'user:b')], 2)).toEqual({ proposed: 0, withdrawn: 1 });
    expect(statuses()).toEqual({ 'user:a': 'open', 'user:c': 'withdrawn' });
  });

  it('are decided once, and stay decided whatever is likely later', () => {
    reviews.propose([pair('user:a', 'user:b'), pair('user:c', 'user:d')], 0);
    expect(reviews.decide(idOf('user:a'), 'rejected', 'Ada', 'sisters', 5)).toMatchObject({
      status: 'rejected',
      decidedBy: 'Ada',
      note: 'sisters',
      decidedAt: '1970-01-01T00:00:00.005Z',
    });
    expect(() => reviews.decide(idOf('user:a'), 'confirmed', 'Bob', '', 6)).toThrow(/was rejected by Ada/);
    expect(() => reviews.decide('link-none', 'confirmed', 'Bob', '', 6)).toThrow(expect.objectContaining({ code: 'LINK_NOT_FOUND' }));
    reviews.propose([pair('user:a', 'user:b', 0.999)], 7);
    expect(statuses()).toEqual({ 'user:a': 'rejected', 'user:c': 'withdrawn' });
    reviews.link([pair('user:a', 'user:b', 0.999)], 8);
    expect(statuses()['user:a']).toBe('rejected');
  });

  it('wait to be logged until somebody says that they are, also after the store was closed', () => {
    reviews.propose([pair('user:a', 'user:b')], 0);
    reviews.decide(idOf('user:a'), 'confirmed', 'Ada', 'same', 1);
    reviews.link([pair('user:e', 'loyalty:f', 0.999)], 2);
    reviews.close();
    reviews = createGraphReviews({ directory });
    expect(reviews.unlogged().map(({ left, status }) => [left, status])).toEqual([
      ['user:e', 'linked'],
      ['user:a', 'confirmed'],
    ]);
    reviews.logged(idOf('user:a'));
    expect(reviews.unlogged().map(({ left }) => left)).toEqual(['user:e']);
  });
});
