/** Puts customers into the cohort whose centre is nearest in the embedding. */
import type { Assignment } from '../method.ts';
import { checkTokenDocuments, type TokenDocuments } from '../tokens/token-documents.ts';
import { indicesIn } from '../tokens/vocabulary.ts';
import { customerVectors, toUnitLength } from './customers.ts';
import { findNearest, type Nearest } from './group-vectors.ts';
import type { Word2vecModel } from './model.ts';

/** @throws {CohortiumError} NUMERIC_DOMAIN when the arrays do not fit together */
export function assignWord2vec({ config, vocabulary, vectors, centres }: Word2vecModel, data: TokenDocuments): Assignment {
  checkTokenDocuments(data);
  const unit = toUnitLength(vectors, config.dimensions);
  const customers = customerVectors(data, unit, config.dimensions, indicesIn(vocabulary, data.vocabulary));
  return labelCustomers(customers, config.dimensions, Float64Array.from(centres));
}

/** Confidence is (d₂ − d₁) / (d₂ + d₁) of the distances to the nearest centre and the next; 1 where there is but one. */
export function labelCustomers(
  { vectors, known }: ReturnType<typeof customerVectors>,
  dimensions: number,
  centres: Float64Array,
): Assignment {
  const label = new Int32Array(known.length).fill(-1);
  const confidence = new Float64Array(known.length);
  const found: Nearest = { centre: -1, first: 0, second: 0 };
  for (let row = 0; row < known.length; row++) {
    if (known[row] !== 1) continue;
    findNearest(vectors, row * dimensions, dimensions, centres, found);
    label[row] = found.centre;
    const [nearest, next] = [Math.sqrt(found.first), Math.sqrt(found.second)];
    confidence[row] = next === Number.POSITIVE_INFINITY ? 1 : next > 0 ? (next - nearest) / (next + nearest) : 0;
  }
  return { label, confidence, kind: 'margin' };
}
