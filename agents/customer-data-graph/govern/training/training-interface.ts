/** The training table: what is known of each customer on a cut-off day, and what came after it. Types only. */
import type { SpendModel, TimingModel } from '../../../../skills/cohort/core/clv/index.ts';
import type { Digest, Ref } from '../../../../skills/sdk/index.ts';

export interface RowsRequest {
  /** Of the event log; pins what is read. */
  readonly snapshot: Ref;
  /** Last day of the history, ISO date. */
  readonly cutoff: string;
  /** A row is a customer with a purchase in (cutoff − historyMonths, cutoff]; 1–120. */
  readonly historyMonths: number;
  /** The outcome is net spend in (cutoff, cutoff + predMonths]; 1–60. */
  readonly predMonths: number;
  /** With outcomes: the log must reach the end of their time. */
  readonly isLabelled: boolean;
}

export interface TrainingRows {
  readonly request: RowsRequest;
  /** Last day of the outcome, ISO date. */
  readonly outcomeEnd: string;
  /** Days from the cut-off to it. */
  readonly horizonDays: number;
  /** Ascending by compareText; all columns have this length. */
  readonly customerId: readonly string[];
  /** Where the customer bought most in the history, by purchase days; ties to the first by compareText. */
  readonly home: { readonly location: readonly string[]; readonly channel: readonly string[]; readonly brand: readonly string[] };
  /** By name, in the order of `historyFeatures`; NaN for unknown. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** Share of purchase days by channel, in [0, 1]; ascending by name. */
  readonly channels: readonly { readonly channel: string; readonly share: Float64Array }[];
  /** Purchase days in the history as a timing model reads them: weeks since the first of them; mean spend in minor units. */
  readonly histories: {
    readonly x: Float64Array;
    readonly tx: Float64Array;
    readonly T: Float64Array;
    readonly meanSpend: Float64Array;
  };
  /** Net spend in the outcome time, minor units, at least 0; null where the request is not labelled. */
  readonly outcomeMinor: Float64Array | null;
  /** Of all the above, as a table in the content store. */
  readonly data: Ref;
}

/** What a model is fitted on and predicts for: a table, or some of its rows, which are stored nowhere. */
export type FitRows = Omit<TrainingRows, 'data'>;

/** Timing and spend models of one history, whose expectations are features; null where the data do not carry them. */
export interface HistoryModels {
  readonly timing: TimingModel | null;
  readonly spend: SpendModel<'gamma-gamma'> | null;
  /** Why one is absent; empty when none is. */
  readonly absent: readonly string[];
}

/** What the columns of a model are, in order. */
export interface FeatureSpec {
  readonly names: readonly string[];
  /** Channels with a column of their own; others have none. */
  readonly channels: readonly string[];
  /** Of names, channels and the version of how they are computed. */
  readonly digest: Digest;
}

/** The matrix that a regressor reads. */
export interface DesignMatrix {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
}
