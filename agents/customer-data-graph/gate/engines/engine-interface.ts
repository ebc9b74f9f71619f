/** Asking the gate by facts alone, and its rules in the languages of other policy engines; types only. */
import type { GateAnswer } from '../gate-answer.ts';

/** Names no customer: what the caller states is all that is known. */
export interface GateQuestion {
  readonly purpose: string;
  readonly sink: string;
  /** null means unknown. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  /** ISO date; today by the clock of the agent where absent. */
  readonly asOf?: string;
}

export interface GateReply extends GateAnswer {
  readonly asOf: string;
  /** By rule id, the facts that it reads. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  /** Names among the facts that the vocabulary does not have: nothing was made of them. */
  readonly ignored: readonly string[];
}

export const exportFormats = ['rego', 'cedar', 'cerbos', 'casbin', 'authzen'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface PolicyExport {
  readonly format: ExportFormat;
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  readonly policyDigest: string;
  readonly rules: number;
  /** Rules of the operator's that only Cedar can say; in the other languages they send to counsel. */
  readonly unsayable: readonly string[];
}

export interface EngineDoor {
  /** Records nothing. @throws {CohortiumError} ARGUMENT_INVALID for a purpose or a date that is none; POLICY_INVALID, REGIME_TAMPERED */
  ask(question: GateQuestion): Promise<GateReply>;
  /** Writes the rules in force now into a folder. @throws {CohortiumError} ARGUMENT_INVALID when a file of another export is there */
  exportPolicies(format: ExportFormat, folder: string): Promise<PolicyExport>;
}
