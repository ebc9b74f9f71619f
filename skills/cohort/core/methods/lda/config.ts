/** What topic models are asked for, with the defaults filled in. */
import { checkNumber, checkWhole } from '../tokens/token-documents.ts';

export interface LdaConfig {
  /** Topics to look for, and so cohorts at most; from 1 to 1,000. */
  readonly topics: number;
  /**
   * `online`: variational Bayes in steps, which {@link updateLda} can continue; the default. `gibbs`: better topics from a corpus
   * that is all there, about three times the work.
   */
  readonly engine?: 'online' | 'gibbs';
  /** α of each topic in a document, in tokens, > 0; default 1 / topics. Small: documents of few topics. */
  readonly documentPrior?: number;
  /** η of each token in a topic, in tokens, > 0; default 1 / topics. Small: topics of few tokens. */
  readonly topicPrior?: number;
  /** Online: times that every document is seen, ≥ 1; default 1. */
  readonly passes?: number;
  /** Online: documents of a step, ≥ 1; default 512. */
  readonly batchSize?: number;
  /** Gibbs: draws of every token, ≥ 1; default 100. The last fifth is averaged. */
  readonly sweeps?: number;
  /** Tokens named for each topic, ≥ 1; default 10. */
  readonly topTokens?: number;
  /** Ranks them by share at 1 and by lift at 0; default 0.6. */
  readonly relevanceWeight?: number;
}

export type FullLdaConfig = Required<LdaConfig>;

/** @throws {CohortiumError} NUMERIC_DOMAIN when a value is out of its range */
export function completeLdaConfig(config: LdaConfig): FullLdaConfig {
  checkWhole('topics', config.topics, 1, 1000);
  const full = {
    engine: 'online' as const,
    documentPrior: 1 / config.topics,
    topicPrior: 1 / config.topics,
    passes: 1,
    batchSize: 512,
    sweeps: 100,
    topTokens: 10,
    relevanceWeight: 0.6,
    ...config,
  };
  checkNumber('documentPrior', full.documentPrior, 1e-6, 1e6);
  checkNumber('topicPrior', full.topicPrior, 1e-6, 1e6);
  checkWhole('passes', full.passes, 1, 1000);
  checkWhole('batchSize', full.batchSize, 1, 1e9);
  checkWhole('sweeps', full.sweeps, 1, 1e6);
  checkWhole('topTokens', full.topTokens, 1, 1000);
  checkNumber('relevanceWeight', full.relevanceWeight, 0, 1);
  return full;
}
