/** Online variational Bayes: a step for each batch of documents, so that a model can follow new documents as they come. */
import { pow } from '../../../../sdk/numeric/index.ts';
import type { Bags } from './bags.ts';
import { expDigamma } from './exp-digamma.ts';
import { addExpectedTokens, foldIn, makeFoldIn } from './fold-in.ts';

export interface OnlineOptions {
  readonly topics: number;
  readonly documentPrior: number;
  readonly topicPrior: number;
  /** Documents of a step. */
  readonly batchSize: number;
  /** τ₀: slows the first steps down. */
  readonly offset: number;
  /** κ: how fast old steps are forgotten, in (0.5, 1]. */
  readonly decay: number;
}

/**
 * One pass over the documents.
 * @param lambda pseudo-counts of terms in topics, topics of a term side by side; changed in place
 * @param steps taken before
 * @param documents that the corpus is taken to have in all
 * @returns steps taken then
 * @see Hoffman, Blei & Bach (2010), "Online learning for latent Dirichlet allocation", algorithm 2
 */
export function learnOnline(lambda: Float64Array, bags: Bags, options: OnlineOptions, steps: number, documents: number): number {
  const { topics, documentPrior, topicPrior, batchSize, offset, decay } = options;
  const weights = new Float64Array(lambda.length);
  const expected = new Float64Array(lambda.length);
  const inference = makeFoldIn(topics);
  const rows = bags.start.length - 1;
  let step = steps;
  for (let from = 0; from < rows; from += batchSize) {
    const to = Math.min(from + batchSize, rows);
    topicWeights(lambda, topics, weights);
    expected.fill(0);
    for (let document = from; document < to; document++) {
      foldIn(inference, weights, bags, document, documentPrior);
      addExpectedTokens(expected, inference, weights, bags, document);
    }
    step += 1;
    const rate = pow(offset + step, -decay);
    const scale = documents / (to - from);
    for (let at = 0; at < lambda.length; at++) {
      lambda[at] = (1 - rate) * (lambda[at] ?? 0) + rate * (topicPrior + scale * (expected[at] ?? 0));
    }
  }
  return step;
}

/** exp(E log probability) of every term in every topic, topics of a term side by side. */
export function topicWeights(lambda: Float64Array, topics: number, weights: Float64Array): void {
  const totals = new Float64Array(topics);
  for (let at = 0; at < lambda.length; at += topics) {
    for (let topic = 0; topic < topics; topic++) totals[topic] = (totals[topic] ?? 0) + (lambda[at + topic] ?? 0);
  }
  const scale = totals.map((total) => 1 / expDigamma(total));
  for (let at = 0; at < lambda.length; at += topics) {
    for (let topic = 0; topic < topics; topic++) weights[at + topic] = expDigamma(lambda[at + topic] ?? 0) * (scale[topic] ?? 0);
  }
}
