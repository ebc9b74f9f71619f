/** Fits topics to documents, and follows new ones. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { makeRng, sum } from '../../../../sdk/numeric/index.ts';
import { orderByContent } from '../tokens/document-order.ts';
import { checkTokenDocuments, type TokenDocuments } from '../tokens/token-documents.ts';
import { canonicalVocabulary } from '../tokens/vocabulary.ts';
import { type Bags, contentOf, countTerms, reorderBags } from './bags.ts';
import { completeLdaConfig, type FullLdaConfig, type LdaConfig } from './config.ts';
import { sampleTopics } from './gibbs.ts';
import { dominantTopics, inferMixtures } from './mixtures.ts';
import { byToken, byTopic, type LdaModel } from './model.ts';
import { learnOnline } from './online.ts';
import { describeTopics } from './profile.ts';

/**
 * Online learning ends in the local optimum that it begins near, so it begins with the topics of a sample, drawn by Gibbs
 * sampling, which finds its way out of most of them.
 */
const sampledPerTopic = 200;
const sampleSweeps = 60;
/** τ₀ and κ of the steps: scikit-learn's. */
const pace = { offset: 10, decay: 0.7 };

/**
 * @param seed text from which every random choice follows
 * @throws {CohortiumError} NUMERIC_DOMAIN when no document has tokens, or data or configuration are out of their range
 */
export function fitLda(config: LdaConfig, data: TokenDocuments, seed: string): LdaModel {
  const full = completeLdaConfig(config);
  checkTokenDocuments(data);
  if (data.token.length === 0) throw new CohortiumError('NUMERIC_DOMAIN', 'no document has tokens; give at least one to learn from');
  const { names, indexOf } = canonicalVocabulary(data, 1);
  const rng = makeRng(seed);
  const bags = shuffle(countTerms(data, indexOf, names.length), rng.integer(4_294_967_296));
  const { lambda, steps } = learn(full, bags, names.length, seed);
  const found = dominantTopics(inferMixtures(lambda, full.topics, full.documentPrior, bags), full.topics, bags);
  const order = largestFirst(full.topics, lambda, found);
  const weight = byTopic(lambda, order);
  const label = found.map((topic) => order.indexOf(topic));
  const profile = describeTopics(full, names, weight, bags, label);
  return { method: 'lda', config: full, vocabulary: names, weight, documents: bags.start.length - 1, steps, profile };
}

/**
 * Follows new documents with steps of online learning: topics keep their numbers and move a little, tokens that are new are added.
 * @param data only the documents that the model has not seen
 * @returns a model of its own, whose profile is that of the new documents
 */
export function updateLda(model: LdaModel, data: TokenDocuments, seed: string): LdaModel {
  checkTokenDocuments(data);
  const { topics, topicPrior, documentPrior } = model.config;
  const known = new Set(model.vocabulary);
  const vocabulary = [...model.vocabulary, ...canonicalVocabulary(data, 1).names.filter((name) => !known.has(name))];
  const place = new Map(vocabulary.map((name, index) => [name, index]));
  const indexOf = Int32Array.from(data.vocabulary, (name) => place.get(name) ?? -1);
  const bags = shuffle(countTerms(data, indexOf, vocabulary.length), makeRng(seed).integer(4_294_967_296));
  const lambda = new Float64Array(vocabulary.length * topics).fill(topicPrior);
  lambda.set(byToken(model.weight, topics));
  const documents = model.documents + bags.start.length - 1;
  const steps = learnOnline(lambda, bags, { ...model.config, ...pace }, model.steps, documents);
  const order = Array.from({ length: topics }, (_, topic) => topic);
  const weight = byTopic(lambda, order);
  const label = dominantTopics(inferMixtures(lambda, topics, documentPrior, bags), topics, bags);
  return { ...model, vocabulary, weight, documents, steps, profile: describeTopics(model.config, vocabulary, weight, bags, label) };
}

function learn(config: FullLdaConfig, bags: Bags, terms: number, seed: string): { readonly lambda: Float64Array; readonly steps: number } {
  const documents = bags.start.length - 1;
  if (config.engine === 'gibbs') {
    // As many steps as would have been needed, so that an update changes as little.
    const steps = Math.ceil(documents / config.batchSize) * config.passes;
    return { lambda: sampleTopics(bags, terms, config, `${seed}/gibbs`), steps };
  }
  const sample = firstDocuments(bags, sampledPerTopic * Math.max(10, config.topics));
  const sampled = sample.start.length - 1;
  const lambda = sampleTopics(sample, terms, { ...config, sweeps: sampleSweeps }, `${seed}/sample`);
  for (let at = 0; at < lambda.length; at++) {
    lambda[at] = config.topicPrior + (((lambda[at] ?? 0) - config.topicPrior) * documents) / sampled;
  }
  let steps = Math.ceil(sampled / config.batchSize);
  for (let pass = 0; pass < config.passes; pass++) steps = learnOnline(lambda, bags, { ...config, ...pace }, steps, documents);
  return { lambda, steps };
}

function shuffle(bags: Bags, seed: number): Bags {
  const { start, content } = contentOf(bags);
  return reorderBags(bags, orderByContent(start, content, seed));
}

function firstDocuments({ start, term, count }: Bags, most: number): Bags {
  const documents = Math.min(most, start.length - 1);
  const end = start[documents] ?? 0;
  return { start: start.subarray(0, documents + 1), term: term.subarray(0, end), count: count.subarray(0, end) };
}

/** Topics by how many documents they dominate, then by tokens, then by their weights. */
function largestFirst(topics: number, lambda: Float64Array, label: Int32Array): number[] {
  const sizes = new Float64Array(topics);
  for (const topic of label) if (topic >= 0) sizes[topic] = (sizes[topic] ?? 0) + 1;
  const rows = Array.from({ length: topics }, (_, topic) => lambda.filter((_, at) => at % topics === topic));
  const tokens = rows.map(sum);
  return [...rows.keys()].sort((a, b) => {
    const difference = (sizes[b] ?? 0) - (sizes[a] ?? 0) || (tokens[b] ?? 0) - (tokens[a] ?? 0);
    if (difference !== 0) return difference;
    const at = rows[a]?.findIndex((value, term) => value !== rows[b]?.[term]) ?? -1;
    return at < 0 ? 0 : (rows[b]?.[at] ?? 0) - (rows[a]?.[at] ?? 0);
  });
}
