/** What intent is told, what it asks of its rows, and what it returns. */
import type { ScoreBands } from '../bands/score-bands.ts';
import type { FeatureColumns } from '../method.ts';
import type { CohortProfile } from '../quality/profile.ts';
import type { Scale } from '../quality/standardise.ts';

/** Customers of an earlier period: features as they were at its end, and whether the action followed. */
export interface IntentRows extends FeatureColumns {
  /** 1 where the declared action followed within its horizon, 0 where not. */
  readonly outcome: ArrayLike<number>;
  /**
   * 1 for rows of the later part, on which probabilities are calibrated and judged; both parts should be before what is predicted.
   * Without it every fourth row of either outcome, by an order that the values alone decide.
   */
  readonly isLater?: ArrayLike<number>;
}

export interface IntentConfig {
  /** Ridge on the effects of a standard deviation, ≥ 0, default 1: scikit-learn's 1/C. The intercept is free. */
  readonly ridge?: number;
  /** Bands of as many customers each, 2 … 20, default 3; or the probabilities between bands, ascending, in (0, 1). */
  readonly bands?: number | readonly number[];
  /** Of the interval of a probability, in (0, 1), default 0.9. */
  readonly level?: number;
  /** How scores become probabilities; by default isotonic where the later part has 1,000 of either outcome, else Platt's line. */
  readonly calibration?: 'isotonic' | 'platt';
}

export interface IntentEffect {
  readonly feature: string;
  /** Change of the log-odds by one unit, before calibration. */
  readonly coefficient: number;
  /** Change by one standard deviation. */
  readonly standardised: number;
}

/** From the log-odds of the regression to a probability. */
export type ScoreMap =
  | {
      readonly kind: 'platt';
      readonly intercept: number;
      readonly slope: number;
      /** Of intercept and slope: variance, covariance, variance. */
      readonly covariance: readonly [number, number, number];
    }
  | {
      readonly kind: 'isotonic';
      /** Log-odds, ascending, and the probability at each, never falling; straight between, level beyond. */
      readonly scores: readonly number[];
      readonly probabilities: readonly number[];
      /** Ends of the Wilson interval of the pool that each belongs to. */
      readonly low: readonly number[];
      readonly high: readonly number[];
    };

/** A bin of as many customers as the others, by rising probability. */
export interface ReliabilityBin {
  readonly rows: number;
  /** Mean probability. */
  readonly predicted: number;
  /** Share with the action. */
  readonly observed: number;
}

/** How good probabilities are on rows that neither the regression nor their calibration saw. */
export interface IntentQuality {
  readonly rows: number;
  readonly events: number;
  /** Probability that a customer with the action has the higher score than one without. */
  readonly auc: number;
  /** Mean squared error of the probabilities, and what the overall share for everybody would have. */
  readonly brier: number;
  readonly brierOfShare: number;
  /** Mean distance of predicted and observed over fifteen bins, by size. */
  readonly calibrationError: number;
  readonly reliability: readonly ReliabilityBin[];
  /** By tenth, highest score first: share with the action over that of all. */
  readonly lift: readonly number[];
}

export interface IntentCohort extends CohortProfile {
  /** `low`, `medium`, `high`. */
  readonly name: string;
  readonly events: number;
  /** Mean calibrated probability of the rows, and the share of them with the action. */
  readonly predicted: number;
  readonly observed: number;
}

/** Plain JSON. */
export interface IntentModel {
  readonly method: 'intent';
  readonly features: readonly string[];
  readonly scale: Scale;
  readonly rows: number;
  readonly events: number;
  /** Rows of either outcome in the part that is fitted and in the part that is calibrated. */
  readonly parts: { readonly fitted: readonly [number, number]; readonly calibrated: readonly [number, number] };
  /** Fewer than 100 rows of either outcome: figures and intervals are rough. */
  readonly isThin: boolean;
  readonly ridge: number;
  readonly intercept: number;
  readonly effects: readonly IntentEffect[];
  /** Of the intercept and the standardised effects, row-major; the intercept first. */
  readonly covariance: readonly number[];
  readonly iterations: number;
  /** Features that alone tell the outcomes of all fitted rows apart: the outcome may have leaked into them. */
  readonly separating: readonly string[];
  /** Whether the features together tell the outcomes of all fitted rows apart, or would without ridge. */
  readonly isSeparated: boolean;
  readonly map: ScoreMap;
  readonly level: number;
  /** Of the log-odds of the regression. */
  readonly bands: ScoreBands;
  readonly quality: IntentQuality;
  /** From low to high. */
  readonly profile: readonly IntentCohort[];
}
