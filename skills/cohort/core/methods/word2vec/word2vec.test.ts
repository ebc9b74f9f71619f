import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { plantSequences } from '../../../../../test/fixtures/planted-tokens.ts';
import type { TokenDocuments } from '../tokens/token-documents.ts';
import { completeWord2vecConfig } from './config.ts';
import { toUnitLength } from './customers.ts';
import { emitKernel } from './emit-kernel.ts';
import { nearestTokens, word2vec } from './index.ts';
import { plainTrainer } from './simd-trainer.ts';
import { trainVectors } from './train.ts';
import { layOut } from './trainer.ts';

/** Sequences of names, as a reader would write them. */
function sequences(...rows: readonly string[]): TokenDocuments {
  const words = rows.map((row) => (row === '' ? [] : row.split(' ')));
  const vocabulary = [...new Set(words.flat())];
  const start = Int32Array.of(0, ...words.map((_, row) => words.slice(0, row + 1).flat().length));
  return { start, token: Int32Array.from(words.flat(), (word) => vocabulary.indexOf(word)), vocabulary };
}

/** The same documents in reverse, with the vocabulary in reverse and a token that never occurs. */
function reversed({ start, token, vocabulary }: TokenDocuments): TokenDocuments {
  const documents = Array.from({ length: start.length - 1 }, (_, row) => [...token.subarray(start[row], start[row + 1])]).reverse();
  return {
    start: Int32Array.of(
      0,
      ...documents.map(
        (
          (total) => (row: number[]) =>
            (total += row.length)
        )(0),
      ),
    ),
    token: Int32Array.from(documents.flat(), (index) => vocabulary.length - index),
    vocabulary: ['never', ...vocabulary.toReversed()],
  };
}

const planted = plantSequences({ documents: 1500, categories: 6, products: 120, seed: 'small' });
const config = { cohorts: 6, dimensions: 16 };
const model = word2vec.fit(config, planted, 'seed');

/** Share of each token's 10 nearest that are in its category. */
function purity({ vectors, vocabulary }: typeof model, dimensions: number): number {
  const unit = toUnitLength(vectors, dimensions);
  const categories = vocabulary.map((name) => Number(name.slice(1)) % 6);
  const hits = vocabulary.map((_, a) => {
    const near = vocabulary
      .map((__, b) => {
        let product = 0;
        for (let at = 0; at < dimensions; at++) product += unit[a * dimensions + at]! * unit[b * dimensions + at]!;
        return { b, product: a === b ? -2 : product };
      })
      .sort((m, n) => n.product - m.product);
    return near.slice(0, 10).filter(({ b }) => categories[a] === categories[b]).length;
  });
  return hits.reduce((total, count) => total + count, 0) / (10 * vocabulary.length);
}

describe('an embedding of sequences', () => {
  it('puts products of a category in the same direction', () => {
    expect(purity(model, 16)).toBeGreaterThanOrEqual(0.99);
    expect(nearestTokens(model, 'p0', 5).every(({ token }) => Number(token.slice(1)) % 6 === 0)).toBe(true);
  });

  it('groups customers by the category that they prefer', () => {
    const { label, confidence, kind } = word2vec.assign(model, planted);
    expect(kind).toBe('margin');
    const table = new Map<string, number>();
    label.forEach((cohort, row) => table.set(`${cohort} ${planted.truth[row]}`, (table.get(`${cohort} ${planted.truth[row]}`) ?? 0) + 1));
    const best = Array.from({ length: 6 }, (_, cohort) => Math.max(...planted.truth.map((truth) => table.get(`${cohort} ${truth}`) ?? 0)));
    // A customer of whom other categories took more than the preferred one is none of a method's mistakes.
    expect(best.reduce((total, count) => total + count, 0) / 1500).toBeGreaterThan(0.85);
    expect(Math.min(...confidence)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...confidence)).toBeLessThanOrEqual(1);
  });

  it('says what a cohort is about, the largest first', () => {
    expect(model.profile.map(({ size }) => size)).toEqual(model.profile.map(({ size }) => size).toSorted((a, b) => b - a));
    for (const { tokens, nearest } of model.profile) {
      const categories = new Set([...tokens.slice(0, 5), ...nearest.slice(0, 5)].map(({ token }) => Number(token.slice(1)) % 6));
      expect(categories.size).toBe(1);
      expect(tokens[0]?.lift).toBeGreaterThan(2);
    }
    expect(model.profile.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1, 12);
  });
});

describe('edges', () => {
  it('refuses data without a token that occurs often enough', () => {
    expect(() => word2vec.fit({ cohorts: 2 }, sequences(), 's')).toThrow('no token occurs 5 times');
    expect(() => word2vec.fit({ cohorts: 2 }, sequences('', 'a b c'), 's')).toThrow('no token occurs 5 times');
  });

  it('refuses arrays that do not fit together and numbers out of range', () => {
    const data = sequences('a b', 'b c');
    expect(() => word2vec.fit({ cohorts: 2, minCount: 1 }, { ...data, start: Int32Array.of(0, 2) }, 's')).toThrow('start ends with 2');
    expect(() => word2vec.fit({ cohorts: 2, minCount: 1 }, { ...data, start: Int32Array.of(0, 3, 2, 4) }, 's')).toThrow('start falls at 2');
    expect(() => word2vec.fit({ cohorts: 2, minCount: 1 }, { ...data, vocabulary: ['a'] }, 's')).toThrow('outside of a vocabulary of 1');
    expect(() => word2vec.fit({ cohorts: Number.NaN }, data, 's')).toThrow('cohorts is NaN');
    expect(() => word2vec.fit({ cohorts: 2, learningRate: Number.NaN }, data, 's')).toThrow('learningRate is NaN');
  });

  it('makes fewer cohorts than asked for where fewer customers are distinct', () => {
    const fitted = word2vec.fit({ cohorts: 5, minCount: 1 }, sequences('a b', 'a b', 'c d', 'c d'), 's');
    expect(fitted.profile.map(({ size }) => size)).toEqual([2, 2]);
    const same = word2vec.fit({ cohorts: 5, minCount: 1 }, sequences('a a', 'a a'), 's');
    expect(word2vec.assign(same, sequences('a')).confidence).toEqual(Float64Array.of(1));
  });

  it('leaves customers without known tokens out', () => {
    const { label, confidence } = word2vec.assign(model, sequences('p0 p6 unheard', '', 'unheard'));
    expect(label[0]).toBeGreaterThanOrEqual(0);
    expect([...label.subarray(1)]).toEqual([-1, -1]);
    expect([...confidence.subarray(1)]).toEqual([0, 0]);
    expect(word2vec.assign(model, sequences()).label).toHaveLength(0);
  });

  it('refuses to name the nearest of an unknown token', () => {
    expect(() => nearestTokens(model, 'unheard', 3)).toThrow('token unheard has no vector');
  });
});

describe('the same bytes', () => {
  it('come from the same seed, and others from another', () => {
    expect(word2vec.fit(config, planted, 'seed')).toEqual(model);
    expect(word2vec.fit(config, planted, 'other').vectors).not.toEqual(model.vectors);
  });

  it('come from another order of rows and of the vocabulary', () => {
    expect(word2vec.fit(config, reversed(planted), 'seed')).toEqual(model);
  });

  it('come out of JSON', () => {
    const copy = JSON.parse(JSON.stringify(model)) as typeof model;
    expect(copy).toEqual(model);
    expect(word2vec.assign(copy, planted)).toEqual(word2vec.assign(model, planted));
  });

  it.each([
    { dimensions: 64, negatives: 5 },
    { dimensions: 10, negatives: 3 },
    { dimensions: 136, negatives: 1 },
  ])('come from plain JavaScript and from WebAssembly with $dimensions dimensions and $negatives negatives', (options) => {
    const { start, token } = plantSequences({ documents: 150, categories: 3, products: 30, seed: 'trainers' });
    const counts = new Float64Array(30).fill(1);
    for (const index of token) counts[index]! += 1;
    const full = completeWord2vecConfig({ cohorts: 1, epochs: 1, ...options });
    const plain = trainVectors(full, { start, token }, counts, 's', plainTrainer);
    expect(trainVectors(full, { start, token }, counts, 's')).toEqual(plain);
    expect(plain.every(Number.isFinite)).toBe(true);
  });

  it('are those that were recorded', () => {
    const kernel = emitKernel(layOut(2000, 64, 5), 17);
    expect(kernel).toHaveLength(7222);
    expect(createHash('sha256').update(kernel).digest('hex')).toBe('a79b2e767eef34334afec345ff8196ba9281037f9925811e2a9e1b27c2b2a23e');
    expect(createHash('sha256').update(Float32Array.from(model.vectors)).digest('hex')).toBe(
      '2b1e464e795e80eba559ed0a8499f6c0d141a24cf62fb7dde9f4fbb4308083f5',
    );
  });
});
