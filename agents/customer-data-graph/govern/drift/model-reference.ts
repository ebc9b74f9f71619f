/**
 * The training table of the newest cut-off that a model learnt from, read again as it was kept with the card: what columns and scores looked like, and where errors were
 * large. A table that is gone is an answer: then there is nothing to compare with.
 */
import { fitBoosting, predictBoosting } from '../../../../skills/cohort/core/boosting/index.ts';
import type { BoostingModel } from '../../../../skills/cohort/core/boosting/index.ts';
import { type ContentStore, float64Column, isCohortiumError, type Table, textColumn } from '../../../../skills/sdk/index.ts';
import { makeRng, sum } from '../../../../skills/sdk/numeric/index.ts';
import { predictValues } from '../models/artefact.ts';
import type { ModelArtefact, ModelCard } from '../models/model-interface.ts';
import { designMatrix } from '../training/design-matrix.ts';
import { historyFeatures } from '../training/history-features.ts';
import { monthWindows } from '../training/month-windows.ts';
import type { DesignMatrix, TrainingRows } from '../training/training-interface.ts';

export type ModelReference =
  | { readonly isKnown: false; readonly reason: string }
  | {
      readonly isKnown: true;
      readonly matrix: DesignMatrix;
      /** What the model says of the customers it learnt from, minor units. */
      readonly score: Float64Array;
      /** Null where errors cannot be learnt. */
      readonly errors: ErrorModel | null;
    };

/** Squared error by what is known of a customer. */
export interface ErrorModel {
  readonly model: BoostingModel;
  /** Mean squared error of the training table, out of fold, minor units squared; the unit of the model's target. */
  readonly meanSquare: number;
}

const folds = 4;

export function modelReference(content: ContentStore, card: ModelCard, artefact: ModelArtefact): ModelReference {
  try {
    const rows = rowsOf(content.getTable(card.inputs.data), card);
    const matrix = designMatrix(rows, artefact.features, artefact.history);
    return { isKnown: true, matrix, score: predictValues(artefact, rows), errors: learnErrors(rows, matrix, card, artefact) };
  } catch (error) {
    if (!isCohortiumError(error)) throw error;
    return { isKnown: false, reason: `the training table of ${card.model_id} cannot be read: ${error.message}` };
  }
}

/** The table that assembling wrote, by its column names. */
function rowsOf(table: Table, card: ModelCard): TrainingRows {
  const { training_cutoff: cutoff, history_months: historyMonths, pred_months: predMonths } = card;
  const { cutoffDay, endDay } = monthWindows(cutoff, historyMonths, predMonths);
  const numbers = (name: string): Float64Array => float64Column(table, name);
  return {
    request: { snapshot: card.inputs.snapshot, cutoff, historyMonths, predMonths, isLabelled: true },
    outcomeEnd: '',
    horizonDays: endDay - cutoffDay,
    customerId: textColumn(table, 'customerId'),
    home: {
      location: textColumn(table, 'home:location'),
      channel: textColumn(table, 'home:channel'),
      brand: textColumn(table, 'home:brand'),
    },
    columns: Object.fromEntries(historyFeatures.map(([name]) => [name, numbers(name)])),
    channels: card.features.channels.map((channel) => ({ channel, share: numbers(`channelShare:${channel}`) })),
    histories: { x: numbers('history:x'), tx: numbers('history:tx'), T: numbers('history:T'), meanSpend: numbers('history:meanSpend') },
    outcomeMinor: numbers('outcomeMinor'),
    data: card.inputs.data,
  };
}

/**
 * Squared errors that models of three quarters of the customers make on the fourth, learnt from the same columns and the prediction.
 * The models of the history have seen no outcome, so that they need no folds. A model
 * that learnt from earlier cut-offs too errs a little less than these: the rise is what to read.
 * @see NannyML, "Direct loss estimation": the loss of a monitored model is itself predicted where outcomes are not known yet
 */
function learnErrors(rows: TrainingRows, { names, columns }: DesignMatrix, card: ModelCard, artefact: ModelArtefact): ErrorModel | null {
  const outcome = rows.outcomeMinor ?? new Float64Array(0);
  const rng = makeRng(`${card.seed} errors`);
  const fold = Uint8Array.from(outcome, () => rng.integer(folds));
  const squared = new Float64Array(outcome.length);
  const held = new Float64Array(outcome.length);
  try {
    for (let own = 0; own < folds; own++) {
      const weight = Float64Array.from(fold, (one) => (one === own ? 0 : 1));
      const target = outcome.map((money) => money / artefact.scaleMinor);
      const model = fitBoosting({ ...card.hyperparameters, seed: card.seed }, { columns, names, target, weight });
      const predicted = predictBoosting(model, columns);
      for (let row = 0; row < outcome.length; row++) {
        if (fold[row] !== own) continue;
        held[row] = Math.max(0, predicted[row] ?? 0) * artefact.scaleMinor;
        const error = (held[row] ?? 0) - (outcome[row] ?? 0);
        squared[row] = error * error;
      }
    }
    const meanSquare = sum(squared) / squared.length;
    const model = fitBoosting(
      {
        loss: 'poisson',
        rounds: 60,
        leaves: 4,
        learningRate: 0.1,
        minLeaf: Math.max(20, Math.floor(outcome.length / 50)),
        l2: 1,
        seed: card.seed,
      },
      { names: [...names, 'score'], columns: [...columns, held], target: squared.map((one) => one / meanSquare) },
    );
    return { model, meanSquare };
  } catch (error) {
    // No error at all, or none to learn from.
    if (!isCohortiumError(error)) throw error;
    return null;
  }
}
