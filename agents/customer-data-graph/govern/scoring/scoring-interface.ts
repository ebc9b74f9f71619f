/** What scoring writes down, and what doors can ask of it; types only. */
import type {
  CohortRise,
  DomainDrift,
  PerformanceDrift,
  StabilityIndex,
  ValueTier,
} from '../../../../skills/recalibrate/core/governance/index.ts';
import type { Digest, Ref } from '../../../../skills/sdk/index.ts';
import type { ModelCalibration, ModelMetrics, NamedFile } from '../models/model-interface.ts';

/** The files of a cut-off, in outputs/. */
export type ScoreFile = 'predictions' | 'ranked' | 'clusters' | 'ranking' | 'actual';

/**
 * What was done for one cut-off by one model, in outputs/score_runs. A part that is null is still to be done; with it the run goes on
 * after a kill. The checksum tells an edit by hand.
 */
export interface ScoreRecord {
  readonly format: 'cohortium/score-run@1';
  readonly modelId: string;
  readonly artefact: Digest;
  readonly card: Digest;
  /** ISO date. */
  readonly cutoff: string;
  readonly historyMonths: number;
  readonly predMonths: number;
  /** Last day of the outcome, ISO date. */
  readonly outcomeEnd: string;
  /** ISO instant. */
  readonly scoredAt: string;
  /** Of the log that was scored. */
  readonly snapshot: Ref;
  readonly customers: number;
  readonly files: Readonly<Partial<Record<ScoreFile, NamedFile>>>;
  readonly tiers: readonly ValueTier[];
  readonly clusters: ClusterRecord | null;
  readonly watch: WatchRecord | null;
  readonly window: WindowRecord | null;
  /** When its files were purged, ISO instant; their digests stay here. */
  readonly purgedAt: string | null;
}

export interface ClusterRecord {
  /** Columns that the clusters were found in. */
  readonly features: readonly string[];
  readonly clusters: number;
  /** Largest cluster number ever given, so that none returns. */
  readonly largestUsed: number;
  /** Mean silhouette in [−1, 1]; null for fewer than two clusters. */
  readonly silhouette: number | null;
  /** The cut-off that the numbers were carried over from; null for the first. */
  readonly previousCutoff: string | null;
  /** Share of customers of both cut-offs who kept their number; null for the first. */
  readonly stayed: number | null;
}

/** What can be told before any outcome: nothing here raises an alert by itself. */
export interface WatchRecord {
  /** Why there is nothing to compare with; null where there is. */
  readonly reason: string | null;
  /** Against the training table, by column of the model, `score` first. */
  readonly stability: readonly (StabilityIndex & { readonly name: string })[];
  /** Null with too few customers on a side. */
  readonly domain: DomainDrift | null;
  /** Null where errors of the training table could not be learnt. */
  readonly estimate: LossEstimate | null;
}

/** RMSE foretold from who the customers are; blind to customers who change what they do. */
export interface LossEstimate {
  /** Minor units; the interval of 95 % draws customers. */
  readonly rmse: number;
  readonly low: number;
  readonly high: number;
  /** Of the training table, out of fold, minor units. */
  readonly trainingRmse: number;
  /** rmse / trainingRmse − 1. */
  readonly rise: number;
}

/** A window whose outcome has been seen. */
export interface WindowRecord {
  /** ISO date. */
  readonly judgedOn: string;
  readonly snapshot: Ref;
  /** Customers with an outcome, and those who are part of another customer by now and are not judged. */
  readonly customers: number;
  readonly unmatched: number;
  readonly metrics: ModelMetrics;
  readonly baseline: { readonly rmse: number; readonly r2: number };
  /** Null where the model has learnt outcomes of this time. */
  readonly drift: PerformanceDrift | null;
  readonly cohorts: readonly CohortRise[];
  readonly calibration: CalibrationDrift;
  readonly isAlert: boolean;
  /** Files of the alert, the Markdown first; empty where there is none. */
  readonly alertFiles: readonly NamedFile[];
  /** Proposal of a tuning that this window brought about. */
  readonly proposal: string | null;
}

/** As on the card, of this window. */
export interface CalibrationDrift extends ModelCalibration {
  /** Whether the interval of spent over predicted leaves out 1. */
  readonly isOff: boolean;
}

export interface ScoreRunRequest {
  /** ISO date; the stored one, and all that are due since, when absent. */
  readonly cutoff?: string;
  /** Makes a cut-off that was named the stored one. */
  readonly commit?: boolean;
  /** ISO date that counts as today; the clock's when absent. */
  readonly today?: string;
}

export interface ScoreRunReport {
  readonly modelId: string;
  /** Cut-offs that are scored now, also where they were before. */
  readonly scored: readonly ScoreRecord[];
  /** Windows judged by this run, oldest first. */
  readonly judged: readonly ScoreRecord[];
  /** Windows that wait for time, or for the log. */
  readonly waiting: readonly { readonly cutoff: string; readonly modelId: string; readonly until: string }[];
  /** The next cut-off that is stored; null before the first. */
  readonly nextCutoff: string | null;
  /** Messages to ticket subscribers that this run enqueued. */
  readonly tickets: number;
}

/** Everything of a model's artefacts that may be kept or purged. */
export type RetentionClass = 'predictions' | 'alerts' | 'cards' | 'manifest' | 'artefacts' | 'grids' | 'inputs';

export interface RetentionItem {
  /** Relative to the operator directory; for inputs the digest in the content store. */
  readonly path: string;
  readonly class: RetentionClass;
  /** What it belongs to: a model, a cut-off, a grid. */
  readonly of: string;
  readonly decision: 'keep' | 'purge';
  /** Why, each in words; every one of them is enough to keep it. */
  readonly reasons: readonly string[];
}

export interface RetentionReport {
  /** ISO date. */
  readonly today: string;
  readonly items: readonly RetentionItem[];
  /** Paths removed; empty for a dry run. */
  readonly purged: readonly string[];
  readonly isDryRun: boolean;
}

/** As CallContext of the whole interface, which this one is a part of. */
interface WorkContext {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly fraction: number; readonly message: string }) => void;
}

export interface ScoringDoor {
  /** Scores what is due, and judges what has matured. Safe to call again after a kill. */
  scoreRun(request?: ScoreRunRequest, context?: WorkContext): Promise<ScoreRunReport>;
  /** Every cut-off scored, oldest first. */
  scoreRecords(): Promise<readonly ScoreRecord[]>;
  /** What is kept and why; removes the rest only when told to. */
  retention(isPurge: boolean): Promise<RetentionReport>;
}
