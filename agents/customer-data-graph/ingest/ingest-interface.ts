/** What the doors can ask about signals on their way in: the quarantine, and how ingest is doing. Types only. */
import type { HealthAlert } from './health-alerts.ts';
import type { SourceHealth, TypeHealth } from './health-report.ts';

export type { AlertRule, HealthAlert } from './health-alerts.ts';
export type { SourceHealth, TypeHealth } from './health-report.ts';

export interface IngestRequest {
  /** CSV, JSON Lines or Parquet file. */
  readonly file: string;
  /** YAML import map; required for CSV and Parquet. */
  readonly map?: string;
  /** What each line of a file without a map is; `signal` when absent. */
  readonly format?: 'signal' | 'segment' | 'cloud-event';
}

export interface IngestReport {
  readonly file: string;
  readonly lines: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Lines that say nothing that is stored, such as a call without traits. */
  readonly empty: number;
  /** Counts per error code of what went to quarantine. */
  readonly reasons: Readonly<Record<string, number>>;
}

export interface QuarantineEntry {
  readonly id: string;
  readonly source: string;
  readonly line: number;
  readonly code: string;
  readonly message: string;
  /** The raw text or JSON, at most 4 KiB of it. */
  readonly raw: string;
}

/** All that is kept of an entry, the raw text up to 64 KiB. */
export interface QuarantineDetail extends QuarantineEntry {
  /** Signal type, or '' when it could not be told. */
  readonly type: string;
  /** How the raw text is read: `signal`, `segment`, `cloud-event`, or `row:` of a mapped file. */
  readonly form: string;
  /** ISO instant of its first arrival. */
  readonly at: string;
  readonly status: 'open' | 'accepted' | 'discarded';
  /** Ids of the signals that were accepted in its place. */
  readonly acceptedAs: readonly string[];
  /** ISO instant; null while it is open. */
  readonly settledAt: string | null;
  /** Why it was discarded. */
  readonly reason: string | null;
}

/** Every condition holds. */
export interface QuarantineQuery {
  /** Open ones when absent. */
  readonly status?: 'open' | 'accepted' | 'discarded';
  readonly code?: string;
  readonly source?: string;
  readonly type?: string;
}

export interface QuarantineCounts {
  readonly code: string;
  readonly source: string;
  readonly type: string;
  readonly status: 'open' | 'accepted' | 'discarded';
  readonly entries: number;
}

export interface CaptureReport {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly entries: readonly QuarantineEntry[];
}

export interface ResubmitReport {
  /** Open entries that were looked at. */
  readonly tried: number;
  readonly accepted: number;
  /** Of these, repeats of signals that were accepted before. */
  readonly duplicates: number;
  /** Still open, by the code that stands against them now. */
  readonly refused: Readonly<Record<string, number>>;
  /** Still open, because what is kept of them is not whole: only a correction by hand can be taken. */
  readonly unreadable: number;
}

export interface SignalHealth {
  /** ISO instant of the report. */
  readonly at: string;
  /** Hours back that it covers. */
  readonly hours: number;
  /** In the order of their names; types without any arrival are left out. */
  readonly types: readonly TypeHealth[];
  readonly sources: readonly SourceHealth[];
  /** Most severe first. */
  readonly alerts: readonly HealthAlert[];
}

/** One of the 25, as the registry plans it and as it arrives. */
export interface SignalTypeSummary {
  readonly type: string;
  readonly title: string;
  readonly says: string;
  /** Since the first. */
  readonly signals: number;
  /** ISO instant of the newest event; null without any. */
  readonly newest: string | null;
  readonly freshnessHours: number;
}

export interface SignalTypeDetail extends SignalTypeSummary {
  readonly purpose: string;
  readonly retentionDays: number;
  /** Planned properties, and those that arrived without being planned. */
  readonly properties: readonly {
    readonly name: string;
    /** As planned; null when it is not. */
    readonly planned: string | null;
    readonly required: boolean;
    /** Kinds of values that arrived, with how many signals had them. */
    readonly seen: Readonly<Record<string, number>>;
  }[];
  /** Event names that become this type. */
  readonly names: readonly string[];
  readonly health: TypeHealth | null;
}
