/** Topics: a customer is in the cohort of the topic that most of the own words are of. */
import { log } from '../../../sdk/numeric/index.ts';
import { lda, type LdaModel, type TokenDocuments, topicShares } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortRecipe } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { tooFew } from './numbers.ts';
import { frequentWords, keepWords, readDocuments, takeDocuments, wordsOfTokens, wordsPicture } from './tokens.ts';

const leastCustomers = 20;
/** Topics are learned from so many customers at most; everybody is assigned by them. */
const fitRows = 100_000;
const documentsSeen = 6000;

export const ldaRecipe: CohortRecipe = {
  method: 'lda',
  identity: 'overlap',
  compute({ frame, parameters, ...run }) {
    const { topics, engine, minCount, ...choice } = parameterSchemas.lda.parse(parameters);
    const few = tooFew(frame, leastCustomers);
    if (few) return few;
    const documents = readDocuments(frame, choice);
    const words = frequentWords(documents, minCount);
    const data = keepWords(documents, words);
    if (data.token.length === 0)
      return { skipped: 'no word occurs often enough; lower minCount or name other signals', customers: frame.rows.length };
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takeDocuments,
        fit: (drawn, seed) => {
          // Few documents need several passes to learn from.
          const passes = Math.min(10, Math.max(1, Math.ceil(documentsSeen / (drawn.start.length - 1))));
          return lda.fit({ topics, engine, passes }, drawn, seed);
        },
        assign: lda.assign,
        cohortsOf: (model) => model.config.topics,
        fitRows,
        resampling: { refits: 6, rows: 3000 },
        describe: (model, { label }) => ({
          cohorts: wordsOfTokens(model.profile, label),
          features: data.vocabulary,
          reasons: wordReasons(model, data, label),
          context: { words },
          own: {
            documents: model.documents,
            vocabulary: model.vocabulary.length,
            meanCoherence: model.profile.reduce((total, { coherence }) => total + coherence, 0) / model.profile.length,
          },
          picture: wordsPicture(model.profile),
        }),
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, context, ...models }) {
    const { tokens, signals } = parameterSchemas.lda.parse(parameters);
    // Put there by compute: how often a word occurs among some says nothing of how often it does among all.
    const { words } = context as { readonly words: readonly string[] };
    const data = keepWords(readDocuments(frame, { tokens, signals }), words);
    return placeCustomers(
      frame,
      {
        data,
        assign: lda.assign,
        features: data.vocabulary,
        reasons: (model: LdaModel, { label }) => wordReasons(model, data, label),
      },
      models,
    );
  },
};

/** How much likelier each word is in the own topic than in the next one of the customer, times how often it occurs. */
function wordReasons(model: LdaModel, data: TokenDocuments, label: Int32Array): Reasons {
  const { topics } = model.config;
  const terms = model.vocabulary.length;
  const place = new Map(model.vocabulary.map((word, term) => [word, term]));
  const termOf = Int32Array.from(data.vocabulary, (word) => place.get(word) ?? -1);
  const logWeight = new Float64Array(topics * terms);
  for (let topic = 0; topic < topics; topic++) {
    let total = 0;
    for (let term = 0; term < terms; term++) total += model.weight[topic * terms + term] ?? 0;
    for (let term = 0; term < terms; term++) logWeight[topic * terms + term] = log((model.weight[topic * terms + term] ?? 0) / total);
  }
  const shares = topicShares(model, data);
  const reasons = keepReasons(label.length);
  const count = new Float64Array(data.vocabulary.length);
  for (const [row, own] of label.entries()) {
    if (own < 0) continue;
    let next = -1;
    for (let topic = 0; topic < topics; topic++) {
      if (topic !== own && (next < 0 || (shares[row * topics + topic] ?? 0) > (shares[row * topics + next] ?? 0))) next = topic;
    }
    const words = data.token.subarray(data.start[row], data.start[row + 1]);
    for (const word of words) count[word] = (count[word] ?? 0) + 1;
    for (const word of words.toSorted()) {
      const times = count[word] ?? 0;
      const term = termOf[word] ?? -1;
      if (times === 0 || term < 0) continue;
      count[word] = 0;
      reasons.offer(row, word, times * ((logWeight[own * terms + term] ?? 0) - (next < 0 ? 0 : (logWeight[next * terms + term] ?? 0))));
    }
    for (const word of words) count[word] = 0;
  }
  return reasons;
}
