/**
 * Collapsed Gibbs sampling: each token is drawn to a topic in turn, given the topics of all others. Better topics than variational
 * inference for a corpus that is all there, and slower.
 */
import { fastLog } from '../../../../sdk/numeric/kernels/index.ts';
import { makeWordStream, nextUniform, type WordStream } from '../tokens/word-stream.ts';
import type { Bags } from './bags.ts';

export interface GibbsOptions {
  readonly topics: number;
  readonly documentPrior: number;
  readonly topicPrior: number;
  /** Draws of every token once all documents take part. The last fifth of them is averaged. */
  readonly sweeps: number;
}

/** Counts that the sampler keeps: of tokens in topics, in all and of the document at hand. */
interface Counts {
  readonly ofTerm: Int32Array;
  readonly ofTopic: Int32Array;
  /** 1 / (tokens of the topic + prior of all terms). */
  readonly inverse: Float64Array;
  /** Tokens of the topic in the document, plus prior. */
  readonly ofDocument: Float64Array;
  readonly cumulative: Float64Array;
}

/**
 * @param terms above every term
 * @returns pseudo-counts of terms in topics, topics of a term side by side: prior plus mean tokens
 * @see Griffiths & Steyvers (2004), "Finding scientific topics", eq. 5
 */
export function sampleTopics(bags: Bags, terms: number, options: GibbsOptions, seed: string): Float64Array {
  const { topics, topicPrior, sweeps } = options;
  const documents = bags.start.length - 1;
  const tokens = unroll(bags);
  const unit = Math.max(10, topics);
  const early = Math.min(50 * unit, documents);
  const chains = Array.from({ length: rivals }, (_, index) => makeChain(tokens, early, terms, options, `${seed}/${index}`));
  const best = chains.reduce((kept, chain) => (chain.score > kept.score ? chain : kept));
  const assigned = new Int32Array(tokens.token.length).fill(-1);
  assigned.set(best.assigned);
  const sweep = (count: number): void => {
    for (let document = 0; document < count; document++) drawDocument(document, tokens, assigned, best.counts, terms, options, best.state);
  };
  if (200 * unit < documents) for (let at = 0; at < 30; at++) sweep(200 * unit);
  const sums = new Float64Array(terms * topics);
  const averaged = Math.max(1, Math.floor(sweeps / 5));
  for (let at = 0; at < sweeps; at++) {
    sweep(documents);
    if (at < sweeps - averaged) continue;
    for (let cell = 0; cell < sums.length; cell++) sums[cell] = (sums[cell] ?? 0) + (best.counts.ofTerm[cell] ?? 0);
  }
  return sums.map((total) => topicPrior + total / averaged);
}

/** Chains that are begun; the best goes on. */
const rivals = 3;

interface Chain {
  readonly assigned: Int32Array;
  readonly counts: Counts;
  readonly state: WordStream;
  /** Log-likelihood of its tokens at the end, but for a constant. */
  readonly score: number;
}

/**
 * Topics of few documents change freely, those of many hardly move: begun with all documents, one chain in six kept two topics
 * in one for ever; begun with few and joined by the others, a few in a hundred, and of sixty choices among three none.
 */
function makeChain(tokens: Tokens, documents: number, terms: number, options: GibbsOptions, seed: string): Chain {
  const { topics, topicPrior } = options;
  const assigned = new Int32Array(tokens.start[documents] ?? 0).fill(-1);
  const counts: Counts = {
    ofTerm: new Int32Array(terms * topics),
    ofTopic: new Int32Array(topics),
    inverse: new Float64Array(topics).fill(1 / (terms * topicPrior)),
    ofDocument: new Float64Array(topics),
    cumulative: new Float64Array(topics),
  };
  const state = makeWordStream(seed);
  const sweep = (count: number): void => {
    for (let document = 0; document < count; document++) drawDocument(document, tokens, assigned, counts, terms, options, state);
  };
  const first = Math.min(12 * Math.max(10, topics), documents);
  for (let at = 0; at < 100; at++) sweep(first);
  for (let at = 0; at < 50; at++) sweep(documents);
  const score = logLikelihood(tokens, documents, assigned, counts, options);
  return { assigned, counts, state, score };
}

/** Of the tokens, under the topics that the present counts make. */
function logLikelihood(
  { start, token }: Tokens,
  documents: number,
  assigned: Int32Array,
  { ofTerm, inverse, ofDocument }: Counts,
  { topics, documentPrior, topicPrior }: GibbsOptions,
): number {
  let score = 0;
  for (let document = 0; document < documents; document++) {
    const [from, to] = [start[document] ?? 0, start[document + 1] ?? 0];
    ofDocument.fill(documentPrior);
    for (let at = from; at < to; at++) {
      const topic = assigned[at] ?? 0;
      ofDocument[topic] = (ofDocument[topic] ?? 0) + 1;
    }
    for (let at = from; at < to; at++) {
      const base = (token[at] ?? 0) * topics;
      let total = 0;
      for (let topic = 0; topic < topics; topic++) {
        total += ((ofTerm[base + topic] ?? 0) + topicPrior) * (ofDocument[topic] ?? 0) * (inverse[topic] ?? 0);
      }
      // Not divided by the length of the document, which all chains have in common.
      score += fastLog(total);
    }
  }
  return score;
}

/** Draws the topics of one document; tokens that have none yet join. */
function drawDocument(
  document: number,
  { start, token }: Tokens,
  assigned: Int32Array,
  { ofTerm, ofTopic, inverse, ofDocument, cumulative }: Counts,
  terms: number,
  { topics, documentPrior, topicPrior }: GibbsOptions,
  state: WordStream,
): void {
  const smoothing = terms * topicPrior;
  const [from, to] = [start[document] ?? 0, start[document + 1] ?? 0];
  ofDocument.fill(documentPrior);
  for (let at = from; at < to; at++) {
    const topic = assigned[at] ?? 0;
    if (topic >= 0) ofDocument[topic] = (ofDocument[topic] ?? 0) + 1;
  }
  for (let at = from; at < to; at++) {
    const base = (token[at] ?? 0) * topics;
    const old = assigned[at] ?? 0;
    if (old >= 0) {
      ofTerm[base + old] = (ofTerm[base + old] ?? 0) - 1;
      ofTopic[old] = (ofTopic[old] ?? 0) - 1;
      inverse[old] = 1 / ((ofTopic[old] ?? 0) + smoothing);
      ofDocument[old] = (ofDocument[old] ?? 0) - 1;
    }
    let total = 0;
    for (let topic = 0; topic < topics; topic++) {
      total += ((ofTerm[base + topic] ?? 0) + topicPrior) * (ofDocument[topic] ?? 0) * (inverse[topic] ?? 0);
      cumulative[topic] = total;
    }
    const drawn = nextUniform(state) * total;
    let topic = 0;
    while (topic < topics - 1 && (cumulative[topic] ?? 0) <= drawn) topic += 1;
    assigned[at] = topic;
    ofTerm[base + topic] = (ofTerm[base + topic] ?? 0) + 1;
    ofTopic[topic] = (ofTopic[topic] ?? 0) + 1;
    inverse[topic] = 1 / ((ofTopic[topic] ?? 0) + smoothing);
    ofDocument[topic] = (ofDocument[topic] ?? 0) + 1;
  }
}

interface Tokens {
  readonly start: Int32Array;
  readonly token: Int32Array;
}

/** Every token for itself again. */
function unroll({ start, term, count }: Bags): Tokens {
  const token: Int32Array = new Int32Array(count.reduce((total, times) => total + times, 0));
  const begin = new Int32Array(start.length);
  let filled = 0;
  for (let document = 0; document + 1 < start.length; document++) {
    for (let at = start[document] ?? 0; at < (start[document + 1] ?? 0); at++) {
      const next = filled + (count[at] ?? 0);
      token.fill(term[at] ?? 0, filled, next);
      filled = next;
    }
    begin[document + 1] = filled;
  }
  return { start: begin, token };
}
