/** The accounting worksheet as the doors see it; types only. Money in minor units. */

export interface WorksheetRequest {
  /** The day that the values are of. */
  readonly asOf: string;
  /** Path of the Markdown file; the table for the accountant stands beside it, with the ending .csv. */
  readonly out: string;
}

/** One month of the log, as its signals say it; a return counts in the month of the return. */
export interface RevenueMonth {
  /** Such as 2026-01. */
  readonly month: string;
  readonly sales: number;
  readonly grossMinor: number;
  readonly returns: number;
  readonly returnedMinor: number;
  readonly netMinor: number;
  /** Signals of the loyalty programme: what may be a material right. */
  readonly loyaltyActions: number;
}

/** What is kept in the ledger of a worksheet: figures of everybody together, and digests. No customer. */
export interface WorksheetFigures {
  readonly format: 'cohortium/worksheet@1';
  readonly asOf: string;
  readonly run: string;
  readonly currency: string;
  readonly horizonDays: number;
  readonly discountRateAnnual: number;
  /** Of the interval, such as 0.9. */
  readonly level: number;
  /** How many accounts were scored and what they add up to. */
  readonly scored: Sum & { readonly lowMinor: number; readonly highMinor: number };
  /** Held out of the number by the gate, by outcome. */
  readonly held: { readonly fail: Sum; readonly counsel: Sum };
  /** What is left: the number. */
  readonly reported: Sum;
  /** The use whose decisions hold accounts out. */
  readonly heldBy: { readonly subscriber: string; readonly purpose: string; readonly sink: string };
  readonly log: { readonly months: number; readonly grossMinor: number; readonly returnedMinor: number; readonly netMinor: number };
  /** Net spend up to the day that the features of the scored accounts were made of. */
  readonly featuresMinor: number;
  readonly method: string;
  readonly digests: {
    readonly snapshot: string;
    readonly model: string;
    readonly calibration: string;
    readonly calibrated: string;
    readonly decisions: string;
    readonly policies: string;
  };
}

interface Sum {
  readonly accounts: number;
  readonly valueMinor: number;
}

export interface WorksheetRecord {
  readonly index: number;
  readonly size: number;
  readonly root: string;
}

export interface WorksheetReport {
  readonly asOf: string;
  readonly run: string;
  /** Files that were written. */
  readonly markdown: string;
  readonly csv: string;
  readonly figures: WorksheetFigures;
  readonly months: readonly RevenueMonth[];
  /** Where the figures stand in the ledger. */
  readonly record: WorksheetRecord;
  /** The newest worksheet of an earlier day in the ledger. */
  readonly previous: { readonly asOf: string; readonly index: number } | null;
  /** Facts that a use for investor-reporting has to state, and that only people can know. */
  readonly factsToState: readonly string[];
}

export interface WorksheetDoor {
  /**
   * Writes the worksheet of a day from the run, the log and the ledger. Never replaces a file, and never makes up a number of accounting.
   * @throws {CohortiumError} SCORE_NOT_FOUND when no finished run is of that day; ARGUMENT_INVALID when a file is there already
   */
  worksheet(request: WorksheetRequest): Promise<WorksheetReport>;
}
