/** Embeddings: customers whose words point the same way. */
import { type TokenDocuments, word2vec, type Word2vecModel } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortRecipe } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import { tooFew } from './numbers.ts';
import { readDocuments, takeDocuments, wordsOfTokens, wordsPicture } from './tokens.ts';

const leastCustomers = 20;
/** Vectors are learned from so many sequences at most. */
const fitRows = 50_000;

export const word2vecRecipe: CohortRecipe = {
  method: 'word2vec',
  identity: 'overlap',
  compute({ frame, parameters, ...run }) {
    const { tokens, signals, ...config } = parameterSchemas.word2vec.parse(parameters);
    const few = tooFew(frame, leastCustomers);
    if (few) return few;
    const data = readDocuments(frame, { tokens, signals });
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takeDocuments,
        fit: (documents, seed) => word2vec.fit(config, documents, seed),
        assign: word2vec.assign,
        cohortsOf: (model) => model.profile.length,
        fitRows,
        resampling: { refits: 6, rows: 2000 },
        describe: (model, { label }) => ({
          cohorts: wordsOfTokens(model.profile, label),
          features: data.vocabulary,
          reasons: directionReasons(model, data, label),
          own: { vocabulary: model.vocabulary.length, dimensions: model.config.dimensions },
          picture: wordsPicture(model.profile),
        }),
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, context: _context, ...models }) {
    const { tokens, signals } = parameterSchemas.word2vec.parse(parameters);
    const data = readDocuments(frame, { tokens, signals });
    return placeCustomers(
      frame,
      {
        data,
        assign: word2vec.assign,
        features: data.vocabulary,
        reasons: (model: Word2vecModel, { label }) => directionReasons(model, data, label),
      },
      models,
    );
  },
};

/** How far each word points to the own centre rather than to the next one, over the words of the customer. */
function directionReasons(
  { config: { dimensions }, vocabulary, vectors, centres }: Word2vecModel,
  data: TokenDocuments,
  label: Int32Array,
): Reasons {
  const cohorts = centres.length / dimensions;
  const place = new Map(vocabulary.map((word, at) => [word, at]));
  /** Cosine-like: of the vector of length 1 with each centre. */
  const towards = new Float64Array(data.vocabulary.length * cohorts);
  const isKnown = new Uint8Array(data.vocabulary.length);
  for (const [word, name] of data.vocabulary.entries()) {
    const at = place.get(name);
    if (at === undefined) continue;
    isKnown[word] = 1;
    let squares = 0;
    for (let axis = 0; axis < dimensions; axis++)
      squares += (vectors[at * dimensions + axis] ?? 0) * (vectors[at * dimensions + axis] ?? 0);
    const length = squares > 0 ? Math.sqrt(squares) : 1;
    for (let cohort = 0; cohort < cohorts; cohort++) {
      let product = 0;
      for (let axis = 0; axis < dimensions; axis++) {
        product += ((vectors[at * dimensions + axis] ?? 0) / length) * (centres[cohort * dimensions + axis] ?? 0);
      }
      towards[word * cohorts + cohort] = product;
    }
  }
  const reasons = keepReasons(label.length);
  const count = new Float64Array(data.vocabulary.length);
  const total = new Float64Array(cohorts);
  for (const [row, own] of label.entries()) {
    if (own < 0) continue;
    const words = data.token.subarray(data.start[row], data.start[row + 1]);
    total.fill(0);
    let known = 0;
    for (const word of words) {
      count[word] = (count[word] ?? 0) + 1;
      known += isKnown[word] ?? 0;
      for (let cohort = 0; cohort < cohorts; cohort++) total[cohort] = (total[cohort] ?? 0) + (towards[word * cohorts + cohort] ?? 0);
    }
    let next = -1;
    for (let cohort = 0; cohort < cohorts; cohort++) {
      if (cohort !== own && (next < 0 || (total[cohort] ?? 0) > (total[next] ?? 0))) next = cohort;
    }
    for (const word of words.toSorted()) {
      const times = count[word] ?? 0;
      if (times === 0 || isKnown[word] !== 1) continue;
      count[word] = 0;
      const gain = (towards[word * cohorts + own] ?? 0) - (next < 0 ? 0 : (towards[word * cohorts + next] ?? 0));
      reasons.offer(row, word, (times * gain) / Math.max(1, known));
    }
    for (const word of words) count[word] = 0;
  }
  return reasons;
}
