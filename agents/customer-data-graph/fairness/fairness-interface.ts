/** What the doors can ask about disparate impact. Types only; nothing here tells the group of a customer. */
import type { FairnessDocument, FairnessSummary } from './fairness-document.ts';

export type { FairnessDocument, FairnessSummary } from './fairness-document.ts';

export interface FairnessAuditSummary {
  /** `2026-01-31-3f2a9c01d4e8`: the day, and the digest of all that went in. */
  readonly audit: string;
  /** ISO day of the run that was audited. */
  readonly asOf: string;
  readonly runId: string;
  /** Digest of report.json. */
  readonly report: string;
  /** Folder of the report, from the operator directory. */
  readonly folder: string;
  readonly uses: readonly FairnessSummary[];
  /** Who has signed it off, in order. */
  readonly signedBy: readonly string[];
  /** False where the newest run was audited already, with the same data and settings. */
  readonly isNew: boolean;
}

/** What an import is of, and why it may be kept. */
export interface FairnessImport {
  /** CSV with the column customer and one more per attribute, or per feature. */
  readonly file: string;
  /**
   * `declared`: every other column is an attribute as customers stated it. `estimated`: columns surname and place; the tables say the rest.
   * `proxy`: every other column is a feature to be looked at, kept nowhere else.
   */
  readonly kind: 'declared' | 'estimated' | 'proxy';
  /** Of `estimated`: the name of the attribute, and both tables. */
  readonly tables?: { readonly attribute: string; readonly surnames: string; readonly places: string };
  readonly provenance: string;
  readonly legalBasis: string;
  /** Basis for estimating the groups of people in the EU, or of whom it is not known that they are elsewhere; without it they are left out. */
  readonly euLegalBasis?: string;
}

export interface FairnessImportReport {
  readonly attributes: readonly { readonly name: string; readonly customers: number; readonly groups: readonly string[] }[];
  /** Rows of the file. */
  readonly rows: number;
  /** Left out because they were erased before. */
  readonly erased: number;
  /** Of `estimated`: surname or place in no table. */
  readonly unmatched: number;
  /** Of `estimated`: in the EU, or perhaps, without a basis for it. */
  readonly refusedEu: number;
}

export interface FairnessShow {
  readonly attributes: readonly {
    readonly name: string;
    readonly kind: 'declared' | 'estimated' | 'proxy';
    readonly customers: number;
    readonly provenance: string;
    readonly legalBasis: string;
    readonly importedOn: string;
  }[];
  /** Newest first. */
  readonly audits: readonly FairnessAuditSummary[];
}

export interface FairnessDoor {
  /** Replaces what was there of these attributes. */
  importAttributes(request: FairnessImport): Promise<FairnessImportReport>;
  /** Audits the configured uses of the newest finished run, writes the report and keeps the summary. */
  audit(): Promise<{ readonly summary: FairnessAuditSummary; readonly document: FairnessDocument; readonly files: readonly string[] }>;
  /** Signs an audit off: only then does a pass of it count. */
  signOff(audit: string, by: string): Promise<FairnessAuditSummary>;
  /** Sources and audits. */
  show(): Promise<FairnessShow>;
  /** Takes a customer out of the protected attributes, for good. Answers how many rows that were. */
  eraseCustomer(customer: string): Promise<number>;
}
