/** The topics of one document when the terms of each topic are given: the E step of variational inference. */
import type { Bags } from './bags.ts';
import { expDigamma } from './exp-digamma.ts';

/** Room for the inference of one document after another. */
export interface FoldIn {
  /** Parameters of the document's Dirichlet distribution over topics: prior plus expected tokens of each topic. */
  readonly gamma: Float64Array;
  /** exp(E log share) of each topic, but for a factor that all have in common and that cancels. */
  readonly theta: Float64Array;
  readonly expected: Float64Array;
}

/** Stops when the mean change of a parameter is below this, in tokens; as scikit-learn does. */
const tolerance = 1e-3;
const mostRounds = 100;

export function makeFoldIn(topics: number): FoldIn {
  return { gamma: new Float64Array(topics), theta: new Float64Array(topics), expected: new Float64Array(topics) };
}

/**
 * Infers the topics of a document into `gamma`.
 * @param weights exp(E log probability) of terms in topics, topics of a term side by side
 * @param prior of each topic, > 0
 * @see Hoffman, Blei & Bach (2010), "Online learning for latent Dirichlet allocation", algorithm 1, lines 5 to 8
 */
export function foldIn(
  { gamma, theta, expected }: FoldIn,
  weights: Float64Array,
  { start, term, count }: Bags,
  document: number,
  prior: number,
): void {
  const topics = gamma.length;
  const [from, to] = [start[document] ?? 0, start[document + 1] ?? 0];
  let tokens = 0;
  for (let at = from; at < to; at++) tokens += count[at] ?? 0;
  gamma.fill(prior + tokens / topics);
  for (let round = 0; round < mostRounds; round++) {
    for (let topic = 0; topic < topics; topic++) {
      theta[topic] = expDigamma(gamma[topic] ?? 0);
      expected[topic] = 0;
    }
    for (let at = from; at < to; at++) {
      const base = (term[at] ?? 0) * topics;
      let total = tiny;
      for (let topic = 0; topic < topics; topic++) total += (theta[topic] ?? 0) * (weights[base + topic] ?? 0);
      const ratio = (count[at] ?? 0) / total;
      for (let topic = 0; topic < topics; topic++) expected[topic] = (expected[topic] ?? 0) + ratio * (weights[base + topic] ?? 0);
    }
    let change = 0;
    for (let topic = 0; topic < topics; topic++) {
      const next = prior + (theta[topic] ?? 0) * (expected[topic] ?? 0);
      change += Math.abs(next - (gamma[topic] ?? 0));
      gamma[topic] = next;
    }
    if (change < tolerance * topics) return;
  }
}

/** Adds the expected tokens of each topic and term of a document that was just folded in. */
export function addExpectedTokens(
  into: Float64Array,
  { gamma, theta }: FoldIn,
  weights: Float64Array,
  { start, term, count }: Bags,
  document: number,
): void {
  const topics = gamma.length;
  for (let topic = 0; topic < topics; topic++) theta[topic] = expDigamma(gamma[topic] ?? 0);
  for (let at = start[document] ?? 0; at < (start[document + 1] ?? 0); at++) {
    const base = (term[at] ?? 0) * topics;
    let total = tiny;
    for (let topic = 0; topic < topics; topic++) total += (theta[topic] ?? 0) * (weights[base + topic] ?? 0);
    const ratio = (count[at] ?? 0) / total;
    for (let topic = 0; topic < topics; topic++) {
      into[base + topic] = (into[base + topic] ?? 0) + ratio * (theta[topic] ?? 0) * (weights[base + topic] ?? 0);
    }
  }
}

/** Keeps a quotient finite where every product underflows. */
const tiny = 1e-300;
