/** A fitted topic model as plain data, and its numbers in the layout of the kernels. */
import type { RelevantToken } from '../tokens/relevance.ts';
import type { FullLdaConfig } from './config.ts';

export interface LdaModel {
  readonly method: 'lda';
  readonly config: FullLdaConfig;
  /** Tokens that occurred, most frequent first; those of later updates behind them. */
  readonly vocabulary: readonly string[];
  /** Pseudo-counts of tokens in topics: prior plus expected occurrences. Topic after topic, each in the order of the vocabulary. */
  readonly weight: readonly number[];
  /** Documents seen by the fit and by updates. */
  readonly documents: number;
  /** Steps of online learning so far; the more, the less the next one changes. */
  readonly steps: number;
  /** Of the documents of the last fit or update. */
  readonly profile: readonly TopicProfile[];
}

export interface TopicProfile {
  readonly cohort: number;
  /** Documents that have more of this topic than of any other. */
  readonly size: number;
  /** Of all documents, also those without tokens, in [0, 1]. */
  readonly share: number;
  /** Share of all tokens that the topic explains, in [0, 1]. */
  readonly tokenShare: number;
  /** What the topic is about, most relevant first. */
  readonly tokens: readonly RelevantToken[];
  /**
   * Whether these tokens occur in the same documents: mean normalised pointwise mutual information of their pairs, from −1 (never)
   * over 0 (as by chance) to 1 (only together); 0 where there are no pairs.
   */
  readonly coherence: number;
}

/** Topics of a token side by side, as the kernels read them. */
export function byToken(weight: ArrayLike<number>, topics: number): Float64Array {
  const terms = weight.length / topics;
  const lambda = new Float64Array(weight.length);
  for (let topic = 0; topic < topics; topic++) {
    for (let term = 0; term < terms; term++) lambda[term * topics + topic] = weight[topic * terms + term] ?? 0;
  }
  return lambda;
}

/** The reverse of {@link byToken}, topics in another order. @param order topic of each place */
export function byTopic(lambda: Float64Array, order: readonly number[]): number[] {
  const terms = lambda.length / order.length;
  const weight = new Array<number>(lambda.length);
  order.forEach((topic, place) => {
    for (let term = 0; term < terms; term++) weight[place * terms + term] = lambda[term * order.length + topic] ?? 0;
  });
  return weight;
}
