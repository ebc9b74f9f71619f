/** Puts topics into words: the tokens that tell them from the whole, and whether those belong together. */
import { log, sum } from '../../../../sdk/numeric/index.ts';
import { relevantTokens } from '../tokens/relevance.ts';
import type { Bags } from './bags.ts';
import type { FullLdaConfig } from './config.ts';
import type { TopicProfile } from './model.ts';

/**
 * @param weight pseudo-counts, topic after topic
 * @param label topic of each document, −1 for none
 */
export function describeTopics(
  config: FullLdaConfig,
  vocabulary: readonly string[],
  weight: readonly number[],
  bags: Bags,
  label: Int32Array,
): TopicProfile[] {
  const { topics, topicPrior, topTokens, relevanceWeight } = config;
  const terms = vocabulary.length;
  // Without the prior, which gives each topic a share of every token.
  const ofTopic = Array.from({ length: topics }, (_, topic) =>
    Float64Array.from({ length: terms }, (_, term) => Math.max(0, (weight[topic * terms + term] ?? 0) - topicPrior)),
  );
  const overall = Float64Array.from({ length: terms }, (_, term) => ofTopic.reduce((total, counts) => total + (counts[term] ?? 0), 0));
  const tokens = sum(overall);
  const named = ofTopic.map((counts) => relevantTokens(vocabulary, counts, overall, { count: topTokens, weight: relevanceWeight }));
  const place = new Map(vocabulary.map((name, term) => [name, term]));
  const together = makeCoherence(bags, new Set(named.flatMap((list) => list.map(({ token }) => place.get(token) ?? 0))));
  const sizes = new Float64Array(topics);
  for (const topic of label) if (topic >= 0) sizes[topic] = (sizes[topic] ?? 0) + 1;
  return ofTopic.map((counts, cohort) => ({
    cohort,
    size: sizes[cohort] ?? 0,
    share: label.length === 0 ? 0 : (sizes[cohort] ?? 0) / label.length,
    tokenShare: tokens > 0 ? sum(counts) / tokens : 0,
    tokens: named[cohort] ?? [],
    coherence: together((named[cohort] ?? []).map(({ token }) => place.get(token) ?? 0)),
  }));
}

/** @see Bouma (2009), "Normalized (pointwise) mutual information in collocation extraction"; over whole documents */
function makeCoherence({ start, term }: Bags, wanted: ReadonlySet<number>): (terms: readonly number[]) => number {
  const documents = start.length - 1;
  const postings = new Map([...wanted].map((of): [number, number[]] => [of, []]));
  for (let document = 0; document < documents; document++) {
    for (let at = start[document] ?? 0; at < (start[document + 1] ?? 0); at++) postings.get(term[at] ?? 0)?.push(document);
  }
  return (terms) => {
    let total = 0;
    let pairs = 0;
    for (const [index, first] of terms.entries()) {
      const a = postings.get(first) ?? [];
      const inFirst = new Set(a);
      for (const second of terms.slice(index + 1)) {
        const b = postings.get(second) ?? [];
        if (a.length === 0 || b.length === 0) continue;
        pairs += 1;
        const both = b.reduce((count, document) => count + (inFirst.has(document) ? 1 : 0), 0);
        if (both === 0) total -= 1;
        // Pairs that are in every document tell nothing.
        else if (both < documents) total += log((both * documents) / (a.length * b.length)) / -log(both / documents);
      }
    }
    return pairs === 0 ? 0 : total / pairs;
  };
}
