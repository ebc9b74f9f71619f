/**
 * What the doors (CLI, MCP, HTTP) can ask of the agent. Everything a person or a model can do goes through here, so all
 * doors give the same answers. Money is in minor units of the operator's currency; dates are ISO `YYYY-MM-DD`.
 */
import type { Diagnostic } from '../../skills/sdk/index.ts';
import type { CadenceDoor } from './cadence/cadence-interface.ts';
import type { CallContext } from './call-context.ts';
import type { CohortComputeRequest, CohortDoor, CohortUpdate } from './cohorts/cohort-interface.ts';
import type { ConsentDoor } from './consents/consent-interface.ts';
import type { ErasureDoor, RetentionExecution } from './erasure/erasure-interface.ts';
import type { ExperimentDoor } from './experiments/experiment-interface.ts';
import type { ExplainDoor } from './explain/explain-interface.ts';
import type { FeatureExport, FeatureExportRequest } from './features/feature-interface.ts';
import type { GateDoor } from './gate/gate-interface.ts';
import type { ModelDoor } from './govern/govern-interface.ts';
import type { ScoringDoor } from './govern/scoring/scoring-interface.ts';
import type { GraphDoor } from './graph/graph-interface.ts';
import type { EventIntake } from './ingest/event-intake-interface.ts';
import type {
  CaptureReport,
  IngestReport,
  IngestRequest,
  QuarantineCounts,
  QuarantineDetail,
  QuarantineEntry,
  QuarantineQuery,
  ResubmitReport,
  SignalHealth,
  SignalTypeDetail,
  SignalTypeSummary,
} from './ingest/ingest-interface.ts';
import type { KeyDoor } from './keys/key-interface.ts';
import type { MembershipDoor } from './membership-interface.ts';
import type { Orderer } from './record/act-interface.ts';
import type { AnchorDoor } from './record/anchors/anchor-door-interface.ts';
import type { CustodyDoor } from './record/custody-interface.ts';
import type { LedgerDoor } from './record/ledger-door-interface.ts';
import type { ReplayDoor, ReplayReport } from './replay/replay-interface.ts';
import type { RequestDoor } from './requests/request-interface.ts';
import type { ScheduleDoor } from './schedules/schedule-interface.ts';

export type * from './cadence/cadence-interface.ts';
export type * from './call-context.ts';
export type * from './cohorts/cohort-interface.ts';
export type * from './experiments/experiment-interface.ts';
export type * from './explain/explain-interface.ts';
export type * from './features/feature-interface.ts';
export type * from './gate/gate-interface.ts';
export type * from './govern/govern-interface.ts';
export type * from './govern/scoring/scoring-interface.ts';
export type * from './graph/graph-interface.ts';
export type * from './membership-interface.ts';
export type * from './record/custody-interface.ts';
export type * from './replay/replay-interface.ts';
export type * from './requests/request-interface.ts';
export type * from './record/anchors/anchor-door-interface.ts';
export type * from './record/ledger-door-interface.ts';
export type * from './schedules/schedule-interface.ts';
export type {
  AlertRule,
  CaptureReport,
  HealthAlert,
  IngestReport,
  IngestRequest,
  QuarantineCounts,
  QuarantineDetail,
  QuarantineEntry,
  QuarantineQuery,
  ResubmitReport,
  SignalHealth,
  SignalTypeDetail,
  SignalTypeSummary,
  SourceHealth,
  TypeHealth,
} from './ingest/ingest-interface.ts';

export interface RunRequest {
  /** Path of a pipeline file, absolute or relative to the operator directory. */
  readonly pipeline: string;
  readonly asOf: string;
  /** Of a run that must not be started twice: where it is known already, it goes on, or says how it ended. */
  readonly runId?: string;
}

export type RunStatus = 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

export interface StepStatus {
  readonly id: string;
  readonly skill: string;
  readonly status: 'pending' | 'running' | 'waiting-approval' | 'completed' | 'skipped' | 'failed' | 'cancelled';
  readonly attempts: number;
  /** Why a step was skipped, in words. */
  readonly reason?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly output?: Readonly<Record<string, unknown>>;
}

export interface RunReport {
  readonly runId: string;
  readonly pipeline: string;
  readonly asOf: string;
  readonly status: RunStatus;
  readonly steps: readonly StepStatus[];
  /** Digest over every recorded effect output, in order: equal on every machine for equal inputs. */
  readonly digest: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ValueRequest {
  readonly customerId: string;
  /** Leave all three out for the account; give all three for a cell; give some for their marginal. */
  readonly location?: string;
  readonly channel?: string;
  readonly brand?: string;
  /** The gate's decision for this purpose decides whether the value is shown. */
  readonly purpose?: string;
}

export interface ValueAnswer {
  readonly customerId: string;
  readonly location: string | null;
  readonly channel: string | null;
  readonly brand: string | null;
  readonly purpose: string;
  readonly outcome: 'pass' | 'fail' | 'counsel';
  readonly reasons: readonly { readonly policy: string; readonly citation: string }[];
  /** Absent unless the outcome is pass. */
  readonly value?: {
    readonly clvMinor: number;
    readonly lowMinor: number;
    readonly highMinor: number;
    readonly pPurchase: number;
    readonly pAlive: number;
    readonly tier: 'high' | 'medium' | 'low' | 'none';
    readonly share: number;
  };
  readonly currency: string;
  readonly horizonDays: number;
  readonly asOf: string;
  /** Where the proof is: ledger index of the record made before this value was published. */
  readonly record: {
    readonly index: number;
    /** Position in a batch; null where the leaf is the record. */
    readonly item: number | null;
    /** Of the value itself. */
    readonly score: { readonly index: number; readonly item: number | null };
    readonly ledgerSize: number;
    readonly ledgerRoot: string;
  } | null;
}

export interface Explanation {
  readonly customerId: string;
  /** Plain sentences whose every number is one of the facts. */
  readonly sentences: readonly string[];
  readonly facts: readonly { readonly id: string; readonly label: string; readonly value: number | string; readonly unit?: string }[];
  readonly outcome: 'pass' | 'fail' | 'counsel';
}

/** How all messages to subscribers stand. */
export interface DeliveryStatus {
  readonly acknowledged: number;
  /** Closed before they left, because nothing in them may leave any more. */
  readonly withheld: number;
  readonly pending: number;
  readonly dead: number;
  /** Messages that were given up, and why. */
  readonly deadLetters: readonly {
    readonly messageId: string;
    readonly subscriber: string;
    readonly attempts: number;
    readonly code: string;
    readonly reason: string;
  }[];
}

/** Quick looks at the newest checkpoint and anchor, full hashes everything again, deep looks at bodies and at what stands elsewhere too. */
export type VerifyLevel = 'quick' | 'full' | 'deep';

export interface VerifyReport {
  readonly level: VerifyLevel;
  readonly verified: boolean;
  readonly size: number;
  readonly root: string;
  readonly checkpoints: number;
  /** Every fault found, first one first, each with the place. */
  readonly faults: readonly { readonly code: string; readonly message: string; readonly index: number | null }[];
}

export interface ProofAnswer {
  readonly index: number;
  /** The leaf. Names nobody; what it is about is sealed. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly leafHash: string;
  readonly treeSize: number;
  readonly root: string;
  /** RFC 6962 audit path, hex. */
  readonly inclusion: readonly string[];
  /** Signed note text of the newest checkpoint. */
  readonly checkpoint: string;
  /** One record of a batch: its text, and its path to the root that the leaf holds. Null where the leaf was asked for. */
  readonly item: {
    readonly position: number;
    readonly record: Readonly<Record<string, unknown>>;
    readonly hash: string;
    /** Records under the leaf. */
    readonly count: number;
    /** RFC 6962 audit path, hex. */
    readonly inclusion: readonly string[];
  } | null;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly found: string; readonly help: string }[];
}

export interface PlanReport {
  readonly pipeline: string;
  readonly steps: readonly {
    readonly id: string;
    readonly skill: string;
    readonly after: readonly string[];
    readonly binds: Readonly<Record<string, string>>;
    readonly condition: string | null;
    readonly effects: readonly string[];
  }[];
}

export interface PipelineTestReport {
  readonly passed: number;
  readonly failed: number;
  readonly cases: readonly { readonly name: string; readonly ok: boolean; readonly message: string }[];
}

export interface RegistryDiffEntry {
  readonly registry: 'signals' | 'cohorts' | 'subscribers';
  readonly id: string;
  readonly version: number;
  readonly status: 'new' | 'changed' | 'removed';
  readonly compatibility: 'compatible' | 'breaking';
  readonly changes: readonly {
    readonly path: string;
    readonly kind: 'added' | 'removed' | 'changed';
    /** JSON, or null where there is none. */
    readonly before: string | null;
    readonly after: string | null;
    readonly compatibility: 'compatible' | 'breaking';
    readonly because: string;
  }[];
  /** The version was used with other content: it has to be raised before the next run. */
  readonly isRefused: boolean;
}

export interface RegistrySummary {
  readonly name: 'signals' | 'cohorts' | 'subscribers' | 'memberships' | 'attestations';
  /** Written by the operator, or appended to by runs. */
  readonly kind: 'authored' | 'recorded';
  readonly entries: number;
  /** Name and digest of the last entry; null where there is none. */
  readonly last: { readonly name: string; readonly digest: string } | null;
}

export interface RegistryDiff {
  readonly entries: readonly RegistryDiffEntry[];
  readonly isRefused: boolean;
}

export interface HandoverReport {
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  readonly bytes: number;
}

export interface CustomerDataGraph extends MembershipDoor, CohortDoor, ExplainDoor, CustodyDoor {
  readonly directory: string;
  readonly currency: string;
  /** Who is whom, and what is likely one person. */
  readonly graph: GraphDoor;
  /** Consents and opt-outs, and where each fact about a customer comes from. */
  readonly consents: ConsentDoor;
  /** Value models: trained, proposed, approved, reproduced. */
  readonly models: ModelDoor;
  /** The champion at work: predictions, tiers, clusters, drift, and how long all of it is kept. */
  readonly scoring: ScoringDoor;
  /** Tried on customers or on models, as written down before. */
  readonly experiments: ExperimentDoor;
  /** May a value be used, by which law, and how long is what kept. */
  readonly gate: GateDoor;
  /** Keys: listed, replaced, in escrow and back. */
  readonly keys: KeyDoor;
  /** Requests of persons about their data. */
  readonly requests: RequestDoor;
  /** Erasing, holding and correcting what is kept of a person. */
  readonly erasure: ErasureDoor;
  /** Removes what the two clocks let or make go, and says so on record. @param today ISO date; the clock's when absent */
  executeRetention(by: Orderer, today?: string): Promise<RetentionExecution>;
  /** How often cohorts are recalibrated. */
  readonly cadence: CadenceDoor;
  /** Anchors of the record outside of this machine. */
  readonly anchors: AnchorDoor;
  /** What the agent starts by itself. */
  readonly schedules: ScheduleDoor;
  ingest(request: IngestRequest, context?: CallContext): Promise<IngestReport>;
  capture(signals: readonly unknown[], source: string, context?: CallContext): Promise<CaptureReport>;
  /** The way in for events over HTTP: sources, their keys, and room. Opened once. */
  intake(): EventIntake;
  /** Oldest first; open ones unless the query says otherwise. */
  quarantine(query: QuarantineQuery, limit: number): Promise<readonly QuarantineEntry[]>;
  /** Most first. */
  quarantineCounts(query: QuarantineQuery): Promise<readonly QuarantineCounts[]>;
  quarantineEntry(id: string): Promise<QuarantineDetail>;
  /** Takes a corrected signal in place of a quarantined one. */
  resubmit(id: string, signal: unknown): Promise<CaptureReport>;
  /** Reads open entries again as they came, and takes those that pass now. */
  resubmitPassing(query: QuarantineQuery, context?: CallContext): Promise<ResubmitReport>;
  /** Closes these entries, or all open ones of a query, without taking them. Answers how many. */
  discard(ids: readonly string[], query: QuarantineQuery, reason: string): Promise<number>;
  /** The 25, as planned and as they arrive. */
  signalTypes(): Promise<readonly SignalTypeSummary[]>;
  signalType(type: string): Promise<SignalTypeDetail>;
  /** How ingest has been doing for so many hours. */
  signalHealth(hours: number): Promise<SignalHealth>;
  run(request: RunRequest, context?: CallContext): Promise<RunReport>;
  /** Runs a pipeline with a part of its cohort definitions and windows, or with all of them. */
  computeCohorts(request: CohortComputeRequest, context?: CallContext): Promise<RunReport>;
  /** Assigns the customers who were touched since the last runs by the models of these, through the same pipeline; null unless completed. */
  updateCohorts(
    request: CohortComputeRequest,
    context?: CallContext,
  ): Promise<{ readonly report: RunReport; readonly update: CohortUpdate | null }>;
  /** Oldest first. */
  runs(): Promise<readonly RunReport[]>;
  runStatus(runId: string): Promise<RunReport>;
  cancelRun(runId: string): Promise<RunReport>;
  /** Answers a step that waits for approval. */
  approveStep(runId: string, step: string, approved: boolean, by: string): Promise<RunReport>;
  value(request: ValueRequest): Promise<ValueAnswer>;
  explain(request: ValueRequest): Promise<Explanation>;
  deliveries(): Promise<DeliveryStatus>;
  /** Tries the dead letters given again; without any, all of them and everything that waits for its next attempt. */
  redeliver(messageIds: readonly string[], context?: CallContext): Promise<DeliveryStatus>;
  recalibrate(asOf: string, context?: CallContext): Promise<RunReport>;
  /** Proofs as files, and the ledger as a folder that anybody can audit. */
  readonly ledger: LedgerDoor;
  /** Full when no level is given. */
  verify(level?: VerifyLevel): Promise<VerifyReport>;
  /** Of a leaf, or of one record of the batch under it. */
  proof(index: number, item?: number | null): Promise<ProofAnswer>;
  replay(runId: string, context?: CallContext): Promise<ReplayReport>;
  /** Runs computed again, walked through, looked at for one customer, and handed over. */
  readonly replays: ReplayDoor;
  /** Lints the pipelines given, or all of them; policies and registries always. */
  lint(pipelines: readonly string[]): Promise<readonly Diagnostic[]>;
  /** The five registries, with how many entries each has. */
  registries(): Promise<readonly RegistrySummary[]>;
  /** The authored registries by themselves, and against what was used. */
  registryLint(): Promise<readonly Diagnostic[]>;
  /** The authored registries against what was used last, or against another operator directory. */
  registryDiff(against?: string): Promise<RegistryDiff>;
  /** Writes everything that belongs to the operator into a folder. */
  exportHandover(folder: string): Promise<HandoverReport>;
  /** Writes one window of every customer as a CSV file. */
  exportFeatures(request: FeatureExportRequest, context?: CallContext): Promise<FeatureExport>;
  plan(pipeline: string): Promise<PlanReport>;
  /** Runs the test files given, or every `*.test.yaml` under pipelines/ and policies/. */
  testPipelines(files: readonly string[]): Promise<PipelineTestReport>;
  doctor(): Promise<DoctorReport>;
  close(): Promise<void>;
}
