/** What the doors ask about runs that are computed again, and what they are told. Types only. */
import type { Difference, Erasure, ReplayReport, StageReport } from '../../../orchestrator/index.ts';
import type { Fact, Json } from '../../../skills/sdk/index.ts';
import type { CallContext } from '../call-context.ts';
import type { RecordPlace } from '../record/record-interface.ts';

export type { Difference, Erasure, ReplayReport, StageReport };

export interface ReplayRequest {
  readonly runId: string;
  /** Leaves out what takes a native library, such as DuckDB: those stages stand as recorded. */
  readonly isPure?: boolean;
}

/** What a walk through the record found; nothing is computed again. */
export interface RecordedReport {
  readonly runId: string;
  /** True when nothing of what is there contradicts anything else. */
  readonly fits: boolean;
  /** Answered effects, and those whose input follows from what came before. */
  readonly effects: number;
  readonly followed: number;
  /** Objects that were read and digested again. */
  readonly objects: number;
  /** Records of the ledger that say what the run composed. */
  readonly records: number;
  /** Records whose body was erased: only their places are left. */
  readonly erasedRecords: number;
  readonly erased: readonly Erasure[];
  readonly faults: readonly { readonly step: string; readonly effect: string; readonly record: number | null; readonly says: string }[];
}

/** Rows about one customer in one table, or the part of a text that is about the customer. */
export interface CustomerRows {
  /** Name of the output. */
  readonly output: string;
  readonly rows: readonly Readonly<Record<string, Json>>[];
  /** Rows that are not shown. */
  readonly omitted: number;
}

export interface CustomerStage {
  readonly step: string;
  readonly effect: string;
  readonly verdict: StageReport['verdict'];
  readonly recorded: readonly CustomerRows[];
  /** What the replay gave where it is not the same; null where it is, or where nothing was computed. */
  readonly replayed: readonly CustomerRows[] | null;
}

export interface CustomerDecision {
  readonly subscriber: string;
  readonly purpose: string;
  readonly sink: string;
  readonly outcome: string;
  /** Rules that decided, with their citations. */
  readonly because: readonly { readonly rule: string; readonly citation: string }[];
}

/** One customer's way through the run behind a record. */
export interface CustomerReplay {
  readonly place: RecordPlace;
  readonly kind: string;
  /** Null where the record is about nobody. */
  readonly customer: string | null;
  /** What was composed for the record; null where it was erased. */
  readonly body: Json;
  readonly value: {
    readonly currency: string | null;
    /** Minor units; null where there is none. */
    readonly beforeMinor: number | null;
    readonly afterMinor: number | null;
    readonly lowMinor: number | null;
    readonly highMinor: number | null;
    readonly tier: string | null;
  };
  readonly decisions: readonly CustomerDecision[];
  readonly stages: readonly CustomerStage[];
  /** Labelled numbers of the run that explain it. */
  readonly facts: readonly Fact[];
  readonly report: ReplayReport;
}

export interface BundleReport {
  readonly runId: string;
  readonly file: string;
  /** SHA-256 of the content of the bundle, for who gets it to compare. */
  readonly digest: string;
  readonly effects: number;
  readonly objects: number;
  readonly segments: number;
  readonly bytes: number;
  /** Objects that the run names and that are not there any more. */
  readonly missing: number;
}

export interface ReplayDoor {
  /**
   * Computes a run again and compares.
   * @throws {CohortiumError} RUN_NOT_FOUND, RUN_CANCELLED
   */
  run(request: ReplayRequest, context?: CallContext): Promise<ReplayReport>;
  /** Walks through what was recorded and checks that it fits together. @throws {CohortiumError} RUN_NOT_FOUND */
  recorded(runId: string, context?: CallContext): Promise<RecordedReport>;
  /** The run behind a record. @throws {CohortiumError} RECORD_NOT_FOUND when no run wrote it */
  record(place: RecordPlace, options?: Pick<ReplayRequest, 'isPure'>, context?: CallContext): Promise<CustomerReplay>;
  /** Writes a run with everything it takes to replay it elsewhere. @throws {CohortiumError} RUN_NOT_FOUND, ARGUMENT_INVALID when the file is there */
  export(runId: string, file: string, context?: CallContext): Promise<BundleReport>;
}
