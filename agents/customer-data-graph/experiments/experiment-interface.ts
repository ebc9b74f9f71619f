/** What the doors can ask of experiments; types only. */
import type { ArmsAnalysis, ModelsAnalysis } from '../../../skills/recalibrate/core/experiments/index.ts';

export type { ArmsAnalysis, ModelsAnalysis } from '../../../skills/recalibrate/core/experiments/index.ts';

/** `exploratory`: not what was registered, and so no evidence for it. */
export type Standing = 'registered' | 'exploratory';

export interface ExperimentOutcome {
  readonly experiment: string;
  readonly kind: 'customers' | 'models';
  readonly standing: Standing;
  /** Why it is exploratory; empty where it is registered. */
  readonly reasons: readonly string[];
  /** Digest of the registration that it was analysed by. */
  readonly registration: string;
  /** Digest of the rows that were looked at. */
  readonly rows: string;
  /** 1 for the first look at the registered experiment. */
  readonly look: number;
  readonly at: string;
  readonly analysis: ArmsAnalysis | ModelsAnalysis;
  /** The outcome in a sentence. */
  readonly sentence: string;
}

export interface ExperimentSummary {
  readonly experiment: string;
  readonly kind: 'customers' | 'models' | null;
  /** `invalid`: the file has faults; `changed`: it is not what was registered; `gone`: registered, and the file is not there any more. */
  readonly state: 'invalid' | 'draft' | 'registered' | 'assigned' | 'analysed' | 'changed' | 'gone';
  readonly registeredAt: string | null;
  readonly looks: number;
  readonly last: ExperimentOutcome | null;
}

export interface RegisterReport {
  readonly experiment: string;
  /** Digest of what was registered. */
  readonly digest: string;
  readonly at: string;
  /** False where the same was registered before. */
  readonly isNew: boolean;
}

export interface AssignReport {
  readonly experiment: string;
  readonly counts: Readonly<Record<string, number>>;
  /** In the order of the file. */
  readonly rows: readonly { readonly customer: string; readonly arm: string }[];
}

export interface ExperimentDoor {
  /** By name; files and what was registered. */
  list(): Promise<readonly ExperimentSummary[]>;
  /** Writes down the digest of a file in registries/experiments, once and for all when somebody is assigned. */
  register(experiment: string): Promise<RegisterReport>;
  /** The arm of every customer of a CSV file. */
  assign(experiment: string, file: string): Promise<AssignReport>;
  /** Analyses a CSV file as registered, and writes the outcome down whatever it is. */
  analyse(experiment: string, file: string, isExploratory: boolean): Promise<ExperimentOutcome>;
  /** Fits both models of an ablation at rolling origins, and analyses what they predicted. */
  ablate(experiment: string, origins: number, isExploratory: boolean): Promise<ExperimentOutcome>;
}
