/**
 * What is written down about schedules: since when each calendar counts, and what became of each occurrence. Entries are only added;
 * the newest one of an occurrence says how it stands. One writer at a time, the process that holds the operator directory.
 */
import type { Digest } from '../../../skills/sdk/index.ts';

/** A time of the calendar, or a start that somebody asked for. */
export type Trigger = 'calendar' | 'manual';

/** What a schedule starts; kept with the occurrence, so that it goes on as it began whatever is declared meanwhile. */
export interface ScheduledWork {
  readonly kind: 'pipeline' | 'command';
  readonly name: string;
  /** Plain JSON, as declared. */
  readonly with: Readonly<Record<string, unknown>>;
}

/** An occurrence happens once: its three parts are its identity. */
export interface OccurrenceKey {
  readonly schedule: string;
  readonly trigger: Trigger;
  /** Epoch milliseconds of the time that was scheduled. */
  readonly dueMs: number;
}

interface Attempt extends OccurrenceKey {
  /** 1-based. */
  readonly attempt: number;
  /** Derived from the occurrence and the attempt: the same run, however often it is started. */
  readonly runId: string;
  readonly work: ScheduledWork;
  /** When this was written down, by the clock of the directory. */
  readonly atMs: number;
}

export interface ScheduleFailure {
  readonly code: string;
  readonly message: string;
}

/** How an occurrence stands. `started` and `retrying` are open: nothing else of the schedule starts. */
export type OccurrenceEntry =
  | (Attempt & { readonly state: 'started' })
  | (Attempt & { readonly state: 'completed' })
  | (Attempt & { readonly state: 'cancelled'; readonly error: ScheduleFailure })
  /** An attempt failed and another one follows at `nextMs`. */
  | (Attempt & { readonly state: 'retrying'; readonly error: ScheduleFailure; readonly nextMs: number })
  | (Attempt & { readonly state: 'failed'; readonly error: ScheduleFailure })
  /** It was missed and will not be made up for. */
  | (OccurrenceKey & { readonly state: 'skipped'; readonly atMs: number });

export type OpenOccurrence = Extract<OccurrenceEntry, { readonly state: 'started' | 'retrying' }>;

/** Since when a schedule has the calendar that it has. */
export interface CalendarEntry {
  readonly schedule: string;
  /** Digest of the calendar; null while the schedule is paused or gone. */
  readonly calendar: Digest | null;
  /** Occurrences after this instant count. */
  readonly sinceMs: number;
}

export interface OccurrenceStore {
  /** Everything inside is one transaction. */
  readonly transact: <Result>(work: () => Result) => Result;
  /** The newest entry of every schedule that ever was. */
  readonly calendars: () => readonly CalendarEntry[];
  readonly addCalendar: (entry: CalendarEntry) => void;
  /** Adds an entry; one that is there already, by occurrence, attempt and state, stays as it is. */
  readonly add: (entry: OccurrenceEntry) => void;
  /** The last calendar occurrence written down that was due at or before an instant. */
  readonly lastDueMs: (schedule: string, untilMs: number) => number | undefined;
  /** How an occurrence stands; undefined when nothing is written down about it. */
  readonly newest: (key: OccurrenceKey) => OccurrenceEntry | undefined;
  /** Occurrences that have begun and not ended, oldest first. */
  readonly open: () => readonly OpenOccurrence[];
  /** How the last occurrences stand, newest first; of one schedule or of all. */
  readonly latest: (schedule: string | undefined, limit: number) => readonly OccurrenceEntry[];
  readonly close: () => void;
}
