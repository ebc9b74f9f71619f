/** How a value came about, part by part; types only. Money in minor units. */
import type { ValueGroup } from '../../../skills/cohort/core/explain-value.ts';
import type { AttributionGraph } from '../../../skills/cohort/core/explain/index.ts';

export interface ValueBreakdown {
  readonly customerId: string;
  readonly asOf: string;
  readonly currency: string;
  readonly horizonDays: number;
  /** Value of typical customers of the run, that the groups start from. */
  readonly baseMinor: number;
  /** What each group of features added to it, exactly. */
  readonly groups: readonly { readonly group: ValueGroup; readonly says: string; readonly minor: number }[];
  /** What each timing model contributes to the value before calibration. */
  readonly models: readonly { readonly family: string; readonly weight: number; readonly minor: number }[];
  /** What calibration did to it. */
  readonly calibrationMinor: number;
  /** Base, groups and calibration add up to it. */
  readonly valueMinor: number;
  /** The same as a graph in which every node adds up. */
  readonly graph: AttributionGraph;
  /** What the model as a whole leans on, measured on the holdout of the run: rise of the deviance when a group is shuffled. */
  readonly importance: readonly { readonly group: string; readonly mean: number; readonly low: number; readonly high: number }[];
}

/** What the model would have scored had one thing been different; no promise of what would come of it. */
export interface ValueVariation {
  readonly change: string;
  readonly valueMinor: number;
}

export interface ValueCounterfactual {
  /** What was asked for. */
  readonly targetMinor: number;
  /** The nearest history that the model would have scored that way; null where no change of what a customer can do reaches it. */
  readonly found: {
    readonly valueMinor: number;
    readonly changes: readonly { readonly feature: string; readonly from: number; readonly to: number; readonly unit: string }[];
  } | null;
}

/** Ungated: for the agent itself, and for the answer to a person's own request. */
export interface ValueExplanations {
  /**
   * Parts of the value that was published last.
   * @throws {CohortiumError} SCORE_NOT_FOUND when no run published a value of the customer
   */
  readonly breakdown: (customerId: string) => ValueBreakdown;
  /** How single differences would have changed the value: the principle applied, in numbers. */
  readonly variations: (customerId: string) => readonly ValueVariation[];
  /** The nearest customer whose value would have been at least, or at most, this much. @param targetMinor ≥ 0 */
  readonly counterfactual: (customerId: string, targetMinor: number) => ValueCounterfactual;
}

export interface WhyRequest {
  readonly customerId: string;
  /** The gate's decision for this purpose decides whether anything is shown; analytics when absent. */
  readonly purpose?: string;
  /** Asks also for the nearest history with this value. */
  readonly targetMinor?: number;
}

export interface WhyAnswer {
  readonly breakdown: ValueBreakdown;
  readonly variations: readonly ValueVariation[];
  /** Null where no target was given. */
  readonly counterfactual: ValueCounterfactual | null;
}

export interface ExplainDoor {
  /** Null where the gate does not let the value be shown for the purpose. @throws {CohortiumError} SCORE_NOT_FOUND, ARGUMENT_INVALID */
  why(request: WhyRequest): Promise<WhyAnswer | null>;
}
