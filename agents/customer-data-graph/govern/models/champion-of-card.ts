/** What the manifest keeps of a card. */
import type { Digest } from '../../../../skills/sdk/index.ts';
import type { Champion, ModelCard } from './model-interface.ts';

/** @param digest SHA-256 of the card */
export function championOf(card: ModelCard, digest: Digest): Champion {
  return {
    modelId: card.model_id,
    artefact: card.artefact,
    card: digest,
    timestamp: card.timestamp,
    codeCommit: card.code_commit,
    trainingCutoff: card.training_cutoff,
    historyMonths: card.history_months,
    predMonths: card.pred_months,
    hyperparameters: card.hyperparameters,
    baselineRmse: card.baseline_rmse,
    baselineR2: card.baseline_r2,
  };
}
