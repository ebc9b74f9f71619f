/** What a model is once it is a file: the artefact, its metrics, the card, the proposal and the line of the manifest. Types only. */
import type { BoostingConfig, BoostingModel } from '../../../../skills/cohort/core/boosting/index.ts';
import type { LiftBin } from '../../../../skills/recalibrate/core/measures/index.ts';
import type { Digest, Ref } from '../../../../skills/sdk/index.ts';
import type { FeatureSpec, HistoryModels } from '../training/training-interface.ts';

/** All that scoring needs, as canonical JSON; the file is named by the SHA-256 of its bytes. No clock, no machine, no person in it. */
export interface ModelArtefact {
  readonly format: 'cohortium/clv-model@1';
  /** ISO date. */
  readonly cutoff: string;
  readonly historyMonths: number;
  readonly predMonths: number;
  /** ISO 4217; money is in minor units. */
  readonly currency: string;
  readonly features: FeatureSpec;
  /** Fitted on the history of the training table of the cut-off; scoring predicts with them and fits nothing. */
  readonly history: HistoryModels;
  /** Minor units per unit of the regressor's target: the mean outcome of the training tables, > 0. */
  readonly scaleMinor: number;
  readonly boosting: BoostingModel;
}

/** A number with its bootstrap interval of 95 %, customers drawn. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How far predictions were from outcomes; money in minor units. */
export interface ModelMetrics {
  readonly rows: number;
  readonly customers: number;
  readonly rmse: Measured;
  /** 1 − squared error over that of the mean; NaN cannot be written, so null where all outcomes are equal. */
  readonly r2: Measured | null;
  readonly mae: Measured;
  /** Normalised Gini of the ranking, 1 for the true order; null where all outcomes are equal. */
  readonly gini: Measured | null;
  /** Mean prediction over mean outcome, less 1; null where nobody spent anything. */
  readonly bias: Measured | null;
}

export interface SliceMetrics {
  readonly axis: 'location' | 'channel' | 'brand';
  readonly value: string;
  readonly metrics: ModelMetrics;
}

/** The champion as the manifest names it. */
export interface Champion {
  readonly modelId: string;
  /** SHA-256 of the artefact. */
  readonly artefact: Digest;
  /** SHA-256 of the card. */
  readonly card: Digest;
  readonly timestamp: string;
  readonly codeCommit: string | null;
  readonly trainingCutoff: string;
  readonly historyMonths: number;
  readonly predMonths: number;
  readonly hyperparameters: BoostingConfig;
  /** Out-of-fold, minor units. */
  readonly baselineRmse: number;
  /** Out-of-fold. */
  readonly baselineR2: number;
}

/** What may be proposed and approved. */
export type ProposedChange =
  | { readonly kind: 'champion'; readonly champion: Champion }
  | { readonly kind: 'windows'; readonly windows: WindowsChange }
  | { readonly kind: 'tuning'; readonly tuning: TuningRequest };

export interface WindowsChange {
  readonly before: ModelWindows;
  readonly after: ModelWindows;
  /** The results of the grid and the ledger of its trials, in outputs/grid_search. */
  readonly results: NamedFile;
  readonly trials: NamedFile;
}

/** That windows be tried again, because two alerts followed each other. Approved, it changes nothing but what people know. */
export interface TuningRequest {
  readonly modelId: string;
  /** Of the two alerts, ISO dates. */
  readonly cutoffs: readonly [string, string];
  /** Of the first of them, in outputs/. */
  readonly firstAlert: NamedFile;
}

export interface NamedFile {
  readonly name: string;
  readonly sha256: Digest;
}

export interface ModelWindows {
  readonly historyMonths: number;
  readonly predMonths: number;
}

export interface Proposal {
  readonly format: 'cohortium/proposal@1';
  /** `champion-`, `windows-` or `tuning-` and 32 hex digits of the digest of change, replaces and proposer. */
  readonly id: string;
  readonly change: ProposedChange;
  /** Digest of the manifest's last line of this kind when it was proposed; null for the first. */
  readonly replaces: Digest | null;
  /** Person id. */
  readonly proposedBy: string;
  /** ISO instant. */
  readonly proposedAt: string;
  /** Ed25519 by the proposer over the canonical JSON of everything above, base64. */
  readonly signature: string;
}

/** One line of models/champion_manifest.jsonl. */
export interface ManifestEntry {
  readonly format: 'cohortium/champion-manifest@1';
  readonly index: number;
  /** SHA-256 of the line before, of 64 zeros for the first. */
  readonly previous: string;
  readonly proposal: string;
  readonly change: ProposedChange;
  readonly proposedBy: string;
  readonly approvedBy: string;
  readonly approvedAt: string;
  readonly note: string;
  /** Public key of the approver, as registries/people has it. */
  readonly key: string;
  /** Ed25519 by the approver over the canonical JSON of everything above, base64. */
  readonly signature: string;
}

/** A line of the manifest and its digest. */
export interface ApprovedEntry {
  readonly entry: ManifestEntry;
  /** SHA-256 of the line. */
  readonly digest: Digest;
}

/** A champion that was approved. */
export interface ApprovedChampion extends Champion {
  readonly approvedBy: string;
  readonly approvedAt: string;
  /** Of the manifest line. */
  readonly entry: Digest;
}

/** The one JSON that every card is written from. Keys with an underscore are House-Ware's. */
export interface ModelCard {
  readonly format: 'cohortium/model-card@1';
  readonly model_id: string;
  readonly timestamp: string;
  readonly code_commit: string | null;
  readonly training_cutoff: string;
  readonly history_months: number;
  readonly pred_months: number;
  readonly hyperparameters: BoostingConfig;
  readonly baseline_rmse: number;
  readonly baseline_r2: number;
  readonly merchant: string;
  readonly currency: string;
  /** SHA-256; models/artefacts/<digest>.json. */
  readonly artefact: Digest;
  /** Snapshot of the log that was read, and the training tables made of it: of the cut-off, and of earlier ones, newest first. */
  readonly inputs: {
    readonly snapshot: Ref;
    readonly data: Ref;
    readonly earlier: readonly { readonly cutoff: string; readonly customers: number; readonly data: Ref }[];
    readonly firstDate: string;
    readonly lastDate: string;
  };
  /** Cut-offs that a model learns from, at most, as it was configured. */
  readonly learnt_origins: number;
  readonly customers: number;
  readonly buyers: number;
  readonly features: FeatureSpec;
  readonly seed: string;
  readonly libraries: Readonly<Record<string, string>>;
  /** Why a model of the history is absent; empty when none is. */
  readonly absentHistoryModels: readonly string[];
  readonly evaluation: ModelEvaluation;
  /** Digest of the manifest line that approved these windows; null where cohortium.yaml says them by hand. */
  readonly windowsApproval: Digest | null;
}

/** Rolling-origin, out of fold: a model is judged on a time that none of its outcomes reach into. */
export interface ModelEvaluation {
  readonly origins: readonly OriginEvaluation[];
  readonly all: ModelMetrics;
  readonly slices: readonly SliceMetrics[];
  /** Tenths of the customers by prediction, lowest first; means in minor units. */
  readonly deciles: readonly { readonly customers: number; readonly predicted: number; readonly actual: number }[];
  readonly calibration: ModelCalibration;
}

/** Over all origins, beside the normalised Gini of `all`. */
export interface ModelCalibration {
  /** Calibration in the large: Σ spent / Σ predicted, customers drawn; null where nothing was predicted or nobody spent anything. */
  readonly observedOverExpected: Measured | null;
  /** Mean, minor units. */
  readonly poissonDeviance: number;
  /** Tenths by prediction, highest first. */
  readonly lift: readonly LiftBin[];
}

export interface OriginEvaluation {
  /** Cut-off of the model, earlier ones that it learnt from as well, and the cut-off of the predictions; ISO dates. */
  readonly trainedAt: string;
  readonly earlier: readonly string[];
  readonly predictedAt: string;
  readonly customers: number;
  readonly rmse: number;
  readonly r2: number | null;
  readonly gini: number | null;
  readonly bias: number | null;
  /** Σ spent / Σ predicted, customers drawn; null where nothing was predicted. */
  readonly observedOverExpected: Measured | null;
}
