/** What gradient boosting is told, what it asks of its rows, and what it returns. */

/**
 * What is fitted: a mean on the log scale for counts and money ≥ 0, a mean, or a quantile.
 * Poisson asks nothing of the variance to be right about the mean, so money may be fitted by it.
 */
export type BoostingLoss = 'poisson' | 'squared' | { readonly quantile: number };

/** Sizes and rates; those left out have the default named. */
export interface BoostingConfig {
  /** A quantile lies in (0, 1). */
  readonly loss: BoostingLoss;
  /** Trees at most, 1 … 10,000, default 100. */
  readonly rounds?: number;
  /** Leaves of a tree at most, 2 … 255, default 31. */
  readonly leaves?: number;
  /** Share of each step that is taken, in (0, 1], default 0.1. */
  readonly learningRate?: number;
  /** Rows in a leaf at least, ≥ 1, default 20. */
  readonly minLeaf?: number;
  /** Bins of a column at most, 2 … 255, default 255; missing values have one of their own. */
  readonly bins?: number;
  /** Ridge on the values of leaves, ≥ 0, default 0; in units of the weights (of weighted means for Poisson). */
  readonly l2?: number;
  /** Draws the rows that early stopping judges on, default empty; without early stopping nothing is drawn. */
  readonly seed?: string;
  readonly earlyStopping?: EarlyStopping;
  /** By column name: 1 where the prediction may not fall as the column rises, −1 where it may not rise. */
  readonly monotone?: Readonly<Record<string, 1 | -1>>;
}

export interface EarlyStopping {
  /** Of the rows, judged on and not fitted, in (0, 0.5]. */
  readonly share: number;
  /** Rounds without a better loss after which fitting ends; the model keeps the trees up to the best, ≥ 1. */
  readonly patience: number;
}

/** Columns over rows. */
export interface BoostingRows {
  /** All of one length, at most 2²⁴ rows; NaN is missing, everything else finite. */
  readonly columns: readonly Float64Array[];
  /** One per column, all different. */
  readonly names: readonly string[];
  /** Finite; for Poisson ≥ 0 and not all 0. */
  readonly target: Float64Array;
  /** ≥ 0 and not all 0; a row of weight 0 is left out. */
  readonly weight?: Float64Array;
}

/**
 * One tree in columns over nodes; node 0 is the root, children come after their parent. A row goes left where its value is at
 * most the threshold, and where it is missing and `missingLeft` is 1.
 */
export interface BoostingTree {
  /** Column that is asked, −1 for a leaf. */
  readonly feature: readonly number[];
  /** 0 for a leaf. */
  readonly threshold: readonly number[];
  /** Side of missing values: 1 left, 0 right; 0 for a leaf. */
  readonly missingLeft: readonly number[];
  /** Node of the left child, −1 for a leaf; the right child is the next one. */
  readonly left: readonly number[];
  /** What a leaf adds on the scale of the fit, learning rate included; 0 for other nodes. */
  readonly value: readonly number[];
  /** Sum of the weights of the fitted rows that came by, > 0. */
  readonly cover: readonly number[];
}

/** Plain JSON. */
export interface BoostingModel {
  readonly kind: 'boosting';
  readonly version: 1;
  readonly loss: BoostingLoss;
  readonly names: readonly string[];
  /** Where every prediction starts, on the scale of the fit: a logarithm for Poisson. */
  readonly start: number;
  readonly trees: readonly BoostingTree[];
  readonly settings: BoostingSettings;
  readonly fitted: BoostingEvidence;
  /** Of everything above, 16 hex digits: tells an edit by hand or a damaged file, not a forger. */
  readonly checksum: string;
}

/** The configuration with its defaults. */
export type BoostingSettings = Required<Omit<BoostingConfig, 'loss' | 'earlyStopping' | 'monotone'>> & {
  readonly earlyStopping: EarlyStopping | null;
  readonly monotone: Readonly<Record<string, 1 | -1>>;
};

export interface BoostingEvidence {
  /** Rows that the trees were grown on. */
  readonly rows: number;
  /** Rows that early stopping judged on. */
  readonly validationRows: number;
  /** Mean loss of the fitted rows before the first tree and after the last: half the deviance, or the pinball loss. */
  readonly lossAtStart: number;
  readonly lossAtEnd: number;
  /** Mean loss of the validation rows before the first round and after each round tried; empty without early stopping. */
  readonly validationLoss: readonly number[];
}

/** What each column added to each prediction, on the scale of the fit. */
export interface BoostingShapley {
  /** Mean prediction, of the fitted rows or of the background. */
  readonly base: number;
  /** One column per column of the model; with `base` they add up to the score of the row. */
  readonly values: readonly Float64Array[];
}
