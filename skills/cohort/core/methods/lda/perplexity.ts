/** How well a topic model foretells the rest of documents of which it has seen one half. */
import { exp, log } from '../../../../sdk/numeric/index.ts';
import { checkTokenDocuments, type TokenDocuments } from '../tokens/token-documents.ts';
import { indicesIn } from '../tokens/vocabulary.ts';
import { countTerms } from './bags.ts';
import { inferMixtures } from './mixtures.ts';
import { byToken, type LdaModel } from './model.ts';

/**
 * Document-completion perplexity: topics are inferred from every other token of a document, the first included, and foretell the
 * tokens between. As hard as a fair draw from so many tokens; lower is better. Tokens that the model does not know are left out.
 * @param data documents that the model has not been fitted on
 * @returns ≥ 1; NaN where no token is left to foretell
 * @see Wallach, Murray, Salakhutdinov & Mimno (2009), "Evaluation methods for topic models", section 5
 */
export function completionPerplexity(model: LdaModel, data: TokenDocuments): number {
  checkTokenDocuments(data);
  const { topics, documentPrior } = model.config;
  const terms = model.vocabulary.length;
  const indexOf = indicesIn(model.vocabulary, data.vocabulary);
  const lambda = byToken(model.weight, topics);
  const [seen, rest] = [0, 1].map((half) => countTerms(everyOther(data, half), indexOf, terms));
  if (!seen || !rest) return Number.NaN;
  const shares = inferMixtures(lambda, topics, documentPrior, seen);
  const totals = new Float64Array(topics);
  for (let at = 0; at < lambda.length; at++) totals[at % topics] = (totals[at % topics] ?? 0) + (lambda[at] ?? 0);
  let logLikelihood = 0;
  let tokens = 0;
  for (let document = 0; document + 1 < rest.start.length; document++) {
    for (let at = rest.start[document] ?? 0; at < (rest.start[document + 1] ?? 0); at++) {
      let probability = 0;
      for (let topic = 0; topic < topics; topic++) {
        const inTopic = (lambda[(rest.term[at] ?? 0) * topics + topic] ?? 0) / (totals[topic] ?? 1);
        probability += (shares[document * topics + topic] ?? 0) * inTopic;
      }
      logLikelihood += (rest.count[at] ?? 0) * log(probability);
      tokens += rest.count[at] ?? 0;
    }
  }
  return exp(-logLikelihood / tokens);
}

function everyOther({ start, token, vocabulary }: TokenDocuments, half: number): TokenDocuments {
  const begin = new Int32Array(start.length);
  const kept: number[] = [];
  for (let document = 0; document + 1 < start.length; document++) {
    for (let at = (start[document] ?? 0) + half; at < (start[document + 1] ?? 0); at += 2) kept.push(token[at] ?? 0);
    begin[document + 1] = kept.length;
  }
  return { start: begin, token: Int32Array.from(kept), vocabulary };
}
