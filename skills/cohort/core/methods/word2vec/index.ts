/**
 * Embeddings of products and events (word2vec): what happens in the same surroundings lies in the same direction. A customer is
 * the mean direction of their tokens, a cohort a group of customers that point the same way.
 */
import type { CohortMethod } from '../method.ts';
import type { TokenDocuments } from '../tokens/token-documents.ts';
import { assignWord2vec } from './assign.ts';
import type { Word2vecConfig } from './config.ts';
import { fitWord2vec } from './fit.ts';
import type { Word2vecModel } from './model.ts';

export type { Word2vecConfig } from './config.ts';
export type { EmbeddedProfile, NearToken, Word2vecModel } from './model.ts';
export { nearestTokens } from './nearest-tokens.ts';

/** Cohorts in an embedding of sequences; confidence is the margin between the nearest two centres. */
export const word2vec: CohortMethod<TokenDocuments, Word2vecConfig, Word2vecModel> = {
  id: 'word2vec',
  title: 'Embeddings of product and event sequences',
  fit: fitWord2vec,
  assign: assignWord2vec,
};
