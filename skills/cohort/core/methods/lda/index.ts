/**
 * Topics over baskets and events (latent Dirichlet allocation): each customer is a mixture of a few themes, each theme a
 * distribution over products or events. A customer's cohort is the theme that they have most of.
 */
import type { Assignment, CohortMethod } from '../method.ts';
import { checkTokenDocuments, documentCount, type TokenDocuments } from '../tokens/token-documents.ts';
import { indicesIn } from '../tokens/vocabulary.ts';
import { type Bags, countTerms } from './bags.ts';
import type { LdaConfig } from './config.ts';
import { fitLda } from './fit.ts';
import { dominantTopics, inferMixtures } from './mixtures.ts';
import { byToken, type LdaModel } from './model.ts';

export type { RelevantToken } from '../tokens/relevance.ts';
export type { LdaConfig } from './config.ts';
export { updateLda } from './fit.ts';
export type { LdaModel, TopicProfile } from './model.ts';
export { completionPerplexity } from './perplexity.ts';

/** Topic models; confidence is the posterior mean share of the cohort's topic in the customer's tokens. */
export const lda: CohortMethod<TokenDocuments, LdaConfig, LdaModel> = {
  id: 'lda',
  title: 'Topics over baskets and events',
  fit: fitLda,
  assign: (model, data): Assignment => {
    const { topics } = model.config;
    const { shares, bags } = mixturesOf(model, data);
    const label = dominantTopics(shares, topics, bags);
    const confidence = Float64Array.from(label, (topic, document) => (topic < 0 ? 0 : (shares[document * topics + topic] ?? 0)));
    return { label, confidence, kind: 'posterior' };
  },
};

/**
 * How much of each topic is in each document. Tokens that the model does not know are left out.
 * @returns expected shares, the topics of a document side by side, summing to 1; equal where no token is known
 * @throws {CohortiumError} NUMERIC_DOMAIN when the arrays do not fit together
 */
export function topicShares(model: LdaModel, data: TokenDocuments): Float64Array {
  return mixturesOf(model, data).shares;
}

function mixturesOf(model: LdaModel, data: TokenDocuments): { readonly shares: Float64Array; readonly bags: Bags } {
  checkTokenDocuments(data);
  const { topics, documentPrior } = model.config;
  const terms = model.vocabulary.length;
  const bags =
    documentCount(data) === 0
      ? { start: Int32Array.of(0), term: new Int32Array(0), count: new Float64Array(0) }
      : countTerms(data, indicesIn(model.vocabulary, data.vocabulary), terms);
  return { shares: inferMixtures(byToken(model.weight, topics), topics, documentPrior, bags), bags };
}
