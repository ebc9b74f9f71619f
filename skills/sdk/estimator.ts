/**
 * What every model looks like to the rest: fit on columns gives plain JSON, predict takes it back. Parameters live in the
 * model, never in the estimator, so a stored model predicts the same on any machine.
 */

export interface Estimator<Data, Config, Model, Prediction> {
  /** Stable name of the model family, such as `bg-nbd`. */
  readonly id: string;
  /** @returns plain JSON, complete enough to predict */
  readonly fit: (config: Config, data: Data) => Model;
  readonly predict: (model: Model, data: Data) => Prediction;
}
