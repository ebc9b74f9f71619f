/** Tokens in the same direction: products that are bought, or events that happen, in the same surroundings. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { toUnitLength } from './customers.ts';
import type { NearToken, Word2vecModel } from './model.ts';

/**
 * @returns the nearest others, nearest first, ties by their order in the vocabulary
 * @throws {CohortiumError} NUMERIC_DOMAIN when the token has no vector
 */
export function nearestTokens({ vocabulary, vectors, config }: Word2vecModel, token: string, count: number): NearToken[] {
  const index = vocabulary.indexOf(token);
  if (index < 0) {
    throw new CohortiumError('NUMERIC_DOMAIN', `token ${token} has no vector; ask for one that occurred ${config.minCount} times or more`);
  }
  const unit = toUnitLength(vectors, config.dimensions);
  const direction = unit.subarray(index * config.dimensions, (index + 1) * config.dimensions);
  return rankByDirection(vocabulary, unit, direction)
    .filter((near) => near.token !== token)
    .slice(0, count);
}

/** @param unit vectors of length 1, token after token */
export function rankByDirection(vocabulary: readonly string[], unit: Float64Array, direction: Float64Array): NearToken[] {
  let squares = 0;
  for (const value of direction) squares += value * value;
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  return vocabulary
    .map((token, index) => {
      const similarity = direction.reduce((total, value, place) => total + value * (unit[index * direction.length + place] ?? 0), 0);
      return { token, similarity: similarity * scale };
    })
    .sort((a, b) => b.similarity - a.similarity);
}
