/** What embeddings are asked for, with the defaults filled in. */
import { checkNumber, checkWhole } from '../tokens/token-documents.ts';

export interface Word2vecConfig {
  /** Groups to make of the customers, from 1 to 1,000; fewer come out where there are fewer distinct customers. */
  readonly cohorts: number;
  /** Length of a vector, from 1 to 1,024; default 64. */
  readonly dimensions?: number;
  /** Tokens on each side that count as near, ≥ 1; each place draws its own width from 1 to this. Default 5. */
  readonly window?: number;
  /** Tokens drawn by chance against each near one, from 1 to 30; default 5. */
  readonly negatives?: number;
  /** Times that every sequence is read, ≥ 1; default 5. */
  readonly epochs?: number;
  /** Step at the beginning, > 0; default 0.025. It falls in a straight line to `finalRate`. */
  readonly learningRate?: number;
  /** Default 0.0001. */
  readonly finalRate?: number;
  /** Tokens with a share far above this are thinned out, > 0; default 0.001. 1 keeps all. */
  readonly sampling?: number;
  /** Tokens that occur less often get no vector, ≥ 1; default 5. */
  readonly minCount?: number;
  /** Tokens named for each cohort, ≥ 1; default 10. */
  readonly topTokens?: number;
  /** Ranks them by share at 1 and by lift at 0; default 0.6. */
  readonly relevanceWeight?: number;
}

export type FullWord2vecConfig = Required<Word2vecConfig>;

/** @throws {CohortiumError} NUMERIC_DOMAIN when a value is out of its range */
export function completeWord2vecConfig(config: Word2vecConfig): FullWord2vecConfig {
  const full = {
    dimensions: 64,
    window: 5,
    negatives: 5,
    epochs: 5,
    learningRate: 0.025,
    finalRate: 0.0001,
    sampling: 1e-3,
    minCount: 5,
    topTokens: 10,
    relevanceWeight: 0.6,
    ...config,
  };
  checkWhole('cohorts', full.cohorts, 1, 1000);
  checkWhole('dimensions', full.dimensions, 1, 1024);
  checkWhole('window', full.window, 1, 1000);
  checkWhole('negatives', full.negatives, 1, 30);
  checkWhole('epochs', full.epochs, 1, 10_000);
  checkNumber('learningRate', full.learningRate, 1e-9, 1);
  checkNumber('finalRate', full.finalRate, 0, full.learningRate);
  checkNumber('sampling', full.sampling, 1e-12, 1);
  checkWhole('minCount', full.minCount, 1, 1e9);
  checkWhole('topTokens', full.topTokens, 1, 1000);
  checkNumber('relevanceWeight', full.relevanceWeight, 0, 1);
  return full;
}
