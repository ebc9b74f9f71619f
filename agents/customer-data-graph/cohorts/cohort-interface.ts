/** What the doors can ask about cohort definitions and their runs. Shares and figures as the runs have them; dates are ISO. */
import type { CohortRun } from '../../../skills/cohort/definitions/cohort-run.ts';
import type { Diagnostic } from '../../../skills/sdk/index.ts';

export interface CohortComputeRequest {
  readonly asOf: string;
  /** Ids; all of the pipeline when left out. */
  readonly definitions?: readonly string[];
  readonly windows?: readonly string[];
  /** Default `pipelines/cohorts.yaml`. */
  readonly pipeline?: string;
}

export interface CohortUpdate {
  /** Identities that were touched; one customer may have several. */
  readonly touched: number;
  /** Customers that were assigned again. */
  readonly customers: number;
  /** Definitions times windows that they were assigned in. */
  readonly windows: number;
  /** Those that take a computation. */
  readonly waiting: readonly { readonly definition: string; readonly window: string; readonly why: string }[];
  /** Null where nobody was touched, and so nothing published. */
  readonly membershipVersion: number | null;
  readonly joined: number;
  readonly left: number;
  readonly moved: number;
}

export interface CohortDefinitionStatus {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly method: string;
  readonly windows: readonly string[];
  readonly purpose: string;
  readonly owner: string;
  readonly reviewBy: string;
  readonly isOverdue: boolean;
  /** Newest first by day; null before the first run. */
  readonly lastRun: {
    readonly asOf: string;
    /** Version of the definition that ran. */
    readonly version: number;
    readonly windows: readonly {
      readonly window: string;
      readonly cohorts: number;
      readonly members: number;
      readonly skipped: string | null;
    }[];
  } | null;
}

export interface CohortDefinitions {
  readonly definitions: readonly CohortDefinitionStatus[];
  /** Ids that ran and are declared no more, or with a fault: their memberships stay until their windows end them. */
  readonly withdrawn: readonly string[];
  /** What is wrong with the files; a definition with a fault is not among the definitions. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A run, by its definition. The newest day when none is named; the widest window when the definition has several and none is named. */
export interface CohortRunQuestion {
  readonly definition: string;
  readonly window?: string;
  readonly asOf?: string;
}

export interface ComparedRun {
  readonly definition: string;
  readonly version: number;
  readonly window: string;
  readonly asOf: string;
  readonly method: string;
  readonly cohorts: readonly { readonly key: string; readonly name: string; readonly size: number }[];
}

export interface CohortComparison {
  readonly first: ComparedRun;
  readonly second: ComparedRun;
  /** Customers in a cohort of both. */
  readonly common: number;
  /** 1 the same grouping, 0 what chance gives; of the common customers. Null with fewer than two of them. */
  readonly adjustedRandIndex: number | null;
  /** Common customers by cohort of the first (row) and of the second (column). */
  readonly counts: readonly (readonly number[])[];
  /** Customers in a cohort of one run only. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two days of one definition: customers whose cohort has another key; null for two definitions. */
  readonly moved: {
    readonly customers: number;
    readonly moves: readonly {
      readonly from: string;
      readonly to: string;
      readonly customers: number;
      readonly examples: readonly string[];
    }[];
  } | null;
}

export interface LabelReport {
  readonly run: ComparedRun;
  /** Rows of the file, and those whose customer the run's tables have. */
  readonly labels: number;
  readonly known: number;
  /** Of the known ones, the share that is in any cohort. */
  readonly coverage: number;
  readonly purity: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly adjustedRandIndex: number;
  readonly cohorts: readonly {
    readonly key: string;
    readonly name: string;
    /** Label that most of its labelled customers have; null without any. */
    readonly label: string | null;
    readonly labelled: number;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
  }[];
}

export interface CohortDoor {
  /** With their runs as of a day; with the newest ones when none is given. */
  cohortDefinitions(asOf?: string): Promise<CohortDefinitions>;
  cohortRun(question: CohortRunQuestion): Promise<CohortRun>;
  compareCohorts(first: CohortRunQuestion, second: CohortRunQuestion): Promise<CohortComparison>;
  /** @param labels known group by customer id */
  compareWithLabels(question: CohortRunQuestion, labels: ReadonlyMap<string, string>): Promise<LabelReport>;
}
