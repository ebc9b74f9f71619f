/** report.json of a fairness audit; types only. Everything in it is about groups, nothing about one customer. */
import type {
  Alternative,
  AttributeFinding,
  FairnessLimits,
  FairnessOutcome,
  ProxyFinding,
} from '../../../skills/gate/core/fairness/index.ts';
import type { FairnessSelect } from './fairness-config.ts';

/** What is kept of an audit for the gate: one line per use. */
export interface FairnessSummary {
  readonly purpose: string;
  readonly sink: string;
  readonly outcome: FairnessOutcome;
  /** Of the worst group: score interval of its impact ratio, in 1/100 of a per cent; null where there is none. */
  readonly airLowerBasisPoints: number | null;
  readonly airUpperBasisPoints: number | null;
  readonly worst: { readonly attribute: string; readonly group: string; readonly reference: string; readonly reason: string } | null;
  /** Some feature tells some group better than the limits allow. */
  readonly isProxyFlagged: boolean;
}

export interface ProxyReport {
  readonly attribute: string;
  readonly group: string;
  readonly findings: readonly (ProxyFinding & { readonly isFlagged: boolean })[];
}

export interface AlternativesReport {
  readonly group: string;
  readonly reference: string;
  /** Share of the ranks of the value that the features explain; what is said about leaving one out is worth as much. */
  readonly explained: number;
  readonly ratioToday: number | null;
  /** What customers brought in the holdout, or what is predicted of them where there is none. */
  readonly judgedBy: 'holdout-spend' | 'predicted-value';
  readonly customers: number;
  readonly found: readonly Alternative[];
}

export interface UseReport {
  readonly purpose: string;
  readonly sink: string;
  readonly select: FairnessSelect;
  /** Whom rates are of. */
  readonly among: 'decided' | 'passed';
  /** Whom the gate decided about. */
  readonly customers: number;
  readonly passed: number;
  readonly selected: number;
  readonly attributes: readonly (AttributeFinding & { readonly alternatives: AlternativesReport | null })[];
  readonly summary: FairnessSummary;
}

export interface FairnessDocument {
  readonly format: 'cohortium/fairness-audit@1';
  readonly audit: string;
  readonly asOf: string;
  readonly merchant: string;
  readonly run: { readonly id: string; readonly digest: string };
  readonly level: number;
  readonly limits: FairnessLimits & { readonly proxyAuc: number; readonly proxyV: number; readonly performanceLoss: number };
  readonly sources: readonly {
    readonly attribute: string;
    readonly kind: 'declared' | 'estimated' | 'proxy';
    readonly provenance: string;
    readonly legalBasis: string;
    readonly importedOn: string;
    readonly digest: string;
    readonly customers: number;
    /** Of these, how many the run decided about. */
    readonly matched: number;
  }[];
  readonly uses: readonly UseReport[];
  readonly proxies: readonly ProxyReport[];
}
