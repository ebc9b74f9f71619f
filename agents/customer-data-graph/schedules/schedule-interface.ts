/** What the doors can ask about schedules. Instants are ISO 8601 in UTC; local times are those of the schedule's time zone. */

/** A scheduled time, as both clocks show it. */
export interface ScheduledTime {
  /** `2026-01-05T05:00:00.000Z` */
  readonly utc: string;
  /** `Mon 2026-01-05 06:00` */
  readonly local: string;
}

export interface OccurrenceReport {
  readonly schedule: string;
  /** By its calendar, or because somebody asked. */
  readonly trigger: 'calendar' | 'manual';
  readonly due: ScheduledTime;
  readonly timezone: string;
  /** `skipped` was missed and is not made up for; `retrying` failed and is tried again at `next`. */
  readonly state: 'started' | 'completed' | 'cancelled' | 'retrying' | 'failed' | 'skipped';
  /** Attempts begun. */
  readonly attempts: number;
  /** Of the last attempt; null where no pipeline was started. */
  readonly runId: string | null;
  readonly next: ScheduledTime | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ScheduleSummary {
  readonly id: string;
  /** `pipeline clv`, `command verify` */
  readonly starts: string;
  /** The calendar in words. */
  readonly when: string;
  readonly timezone: string;
  readonly missed: 'run-latest' | 'run-all' | 'skip';
  readonly isPaused: boolean;
  /** The next times; none while it is paused. */
  readonly next: readonly ScheduledTime[];
  readonly last: OccurrenceReport | null;
}

export interface DueOccurrence {
  readonly schedule: string;
  readonly due: ScheduledTime;
  readonly timezone: string;
  /** It has begun and not ended, and goes on. */
  readonly isOpen: boolean;
}

export interface ScheduleRunOptions {
  /** Ends the waiting; what is under way is finished first. */
  readonly signal?: AbortSignal;
  /** Ends as soon as nothing is due. */
  readonly isOnce?: boolean;
  /** Leaves a simulated clock where it is: only what is due is run. */
  readonly isStill?: boolean;
  /** Ends with this day (UTC), YYYY-MM-DD. A simulated clock runs through the time until then and needs it, or `isOnce`. */
  readonly untilDay?: string;
  /** Told of everything that happens. */
  readonly onOccurrence?: (occurrence: OccurrenceReport) => void;
  /** Told when the store could not be written; it is tried again in a minute. */
  readonly onTrouble?: (error: Error) => void;
}

export interface ScheduleDoor {
  /** As declared, each with so many next times. */
  list(times: number): Promise<readonly ScheduleSummary[]>;
  /** The last occurrences, newest first; of one schedule or of all. */
  history(schedule: string | undefined, limit: number): Promise<readonly OccurrenceReport[]>;
  /** What would be started now. */
  due(): Promise<readonly DueOccurrence[]>;
  /** Starts one now, apart from its calendar. */
  runNow(id: string): Promise<OccurrenceReport>;
  /** Runs what is due as it becomes due. */
  run(options?: ScheduleRunOptions): Promise<void>;
}
