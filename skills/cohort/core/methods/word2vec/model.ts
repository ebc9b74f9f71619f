/** An embedding with cohorts in it, as plain data. */
import type { RelevantToken } from '../tokens/relevance.ts';
import type { FullWord2vecConfig } from './config.ts';

export interface Word2vecModel {
  readonly method: 'word2vec';
  readonly config: FullWord2vecConfig;
  /** Tokens that have vectors, most frequent first. */
  readonly vocabulary: readonly string[];
  /** Vector after vector in the order of the vocabulary, numbers of 32 bits. */
  readonly vectors: readonly number[];
  /** Centre of each cohort, one after another, in the space of customers' mean directions. */
  readonly centres: readonly number[];
  /** Of the customers of the fit. */
  readonly profile: readonly EmbeddedProfile[];
}

export interface EmbeddedProfile {
  readonly cohort: number;
  readonly size: number;
  /** Of all customers, also those whose tokens have no vectors, in [0, 1]. */
  readonly share: number;
  /** What tells the cohort's customers from all, most relevant first. */
  readonly tokens: readonly RelevantToken[];
  /** Tokens in the direction of the centre, nearest first. */
  readonly nearest: readonly NearToken[];
}

export interface NearToken {
  readonly token: string;
  /** Cosine of the angle between the vectors, from −1 to 1. */
  readonly similarity: number;
}
