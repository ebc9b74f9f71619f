/** All thirteen methods as recipes. */
import type { MethodId } from '../../definitions/definition.ts';
import type { CohortRecipe } from '../recipe.ts';
import { dbscanRecipe } from './dbscan.ts';
import { funnelRecipe } from './funnel.ts';
import { gaussianMixtureRecipe } from './gaussian-mixture.ts';
import { hierarchicalRecipe } from './hierarchical.ts';
import { intentRecipe } from './intent.ts';
import { journeyRecipe } from './journey.ts';
import { kMeansRecipe } from './k-means.ts';
import { ldaRecipe } from './lda.ts';
import { leidenRecipe } from './leiden.ts';
import { personaRecipe } from './persona.ts';
import { rfmRecipe } from './rfm.ts';
import { survivalRecipe } from './survival.ts';
import { word2vecRecipe } from './word2vec.ts';

export const recipes: Readonly<Record<MethodId, CohortRecipe>> = {
  rfm: rfmRecipe,
  'k-means': kMeansRecipe,
  hierarchical: hierarchicalRecipe,
  dbscan: dbscanRecipe,
  'gaussian-mixture': gaussianMixtureRecipe,
  lda: ldaRecipe,
  word2vec: word2vecRecipe,
  leiden: leidenRecipe,
  survival: survivalRecipe,
  funnel: funnelRecipe,
  journey: journeyRecipe,
  intent: intentRecipe,
  persona: personaRecipe,
};
