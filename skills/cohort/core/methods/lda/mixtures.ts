/** How much of each topic is in each document. */
import type { Bags } from './bags.ts';
import { foldIn, makeFoldIn } from './fold-in.ts';
import { topicWeights } from './online.ts';

/**
 * @param lambda pseudo-counts of terms in topics, topics of a term side by side
 * @returns expected shares, topics of a document side by side; the prior where a document has no terms
 */
export function inferMixtures(lambda: Float64Array, topics: number, prior: number, bags: Bags): Float64Array {
  const documents = bags.start.length - 1;
  const weights = new Float64Array(lambda.length);
  topicWeights(lambda, topics, weights);
  const inference = makeFoldIn(topics);
  const shares = new Float64Array(documents * topics);
  for (let document = 0; document < documents; document++) {
    foldIn(inference, weights, bags, document, prior);
    let total = 0;
    for (let topic = 0; topic < topics; topic++) total += inference.gamma[topic] ?? 0;
    for (let topic = 0; topic < topics; topic++) shares[document * topics + topic] = (inference.gamma[topic] ?? 0) / total;
  }
  return shares;
}

/** The largest share of each document, the first of equal ones; −1 for documents without terms. */
export function dominantTopics(shares: Float64Array, topics: number, bags: Bags): Int32Array {
  const label = new Int32Array(bags.start.length - 1);
  for (let document = 0; document < label.length; document++) {
    let best = 0;
    for (let topic = 1; topic < topics; topic++) {
      if ((shares[document * topics + topic] ?? 0) > (shares[document * topics + best] ?? 0)) best = topic;
    }
    label[document] = bags.start[document] === bags.start[document + 1] ? -1 : best;
  }
  return label;
}
