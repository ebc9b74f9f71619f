/**
 * Keeps the counters of ingest health beside the inbox, so that they are written in the transaction of the arrivals that they count.
 * Bounded: hours are folded into days after a week, days are dropped after 400, and what exceeds the limits on names is counted
 * under one name for the rest.
 */
import type { Clock } from '../../../skills/sdk/index.ts';
import {
  type HealthCounts,
  mergeCounts,
  noCounts,
  type PropertySeen,
  type SurpriseSeen,
} from '../../customer-data-graph/ingest/health-counters.ts';
import type { HealthTally } from '../../customer-data-graph/ingest/health-tally.ts';
import type { Database } from './open-database.ts';

/** One row of counters. */
export interface HealthRow extends HealthCounts {
  readonly span: 'hour' | 'day';
  /** Hours or days since 1970, UTC, of arrival. */
  readonly at: number;
  /** '' for refused arrivals whose type could not be told. */
  readonly type: string;
  readonly source: string;
}

/** What is known about a type since its first signal. */
export interface TypeSeen {
  readonly type: string;
  /** Hour since 1970 of its first arrival. */
  readonly firstHour: number;
  /** Newest event, epoch ms. */
  readonly newestMs: number;
  readonly signals: number;
}

export interface HealthRecord {
  readonly rows: readonly HealthRow[];
  readonly types: readonly TypeSeen[];
  readonly properties: readonly PropertySeen[];
  readonly surprises: readonly SurpriseSeen[];
}

const hourMs = 3_600_000;
const hoursKept = 7 * 24;
const daysKept = 400;
/** Sources in one hour or day, and properties and surprises of one type, that have counters of their own. */
const namesKept = 100;
/** Stands for the names beyond. */
export const otherNames = '(others)';

export class HealthBook {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #findRow;
  readonly #putRow;
  readonly #countSources;
  readonly #hasSource;
  readonly #addType;
  readonly #addProperty;
  readonly #addSurprise;
  readonly #propertyNames: BoundedNames;
  readonly #surpriseNames: BoundedNames;
  #foldedAt = -1;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    const place = 'span = ? AND at = ?';
    this.#findRow = database
      .prepare<[string, number, string, string], string>(`SELECT counts FROM health WHERE ${place} AND source = ? AND type = ?`)
      .pluck();
    this.#putRow = database.prepare<[string, number, string, string, string]>(
      'INSERT INTO health (span, at, source, type, counts) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET counts = excluded.counts',
    );
    this.#countSources = database.prepare<[string, number], number>(`SELECT count(DISTINCT source) FROM health WHERE ${place}`).pluck();
    this.#hasSource = database
      .prepare<[string, number, string], number>(`SELECT 1 FROM health WHERE ${place} AND source = ? LIMIT 1`)
      .pluck();
    this.#addType = database.prepare<[TypeSeen]>(
      `INSERT INTO health_type (type, first_hour, newest_ms, signals) VALUES (@type, @firstHour, @newestMs, @signals)
       ON CONFLICT DO UPDATE SET first_hour = min(first_hour, excluded.first_hour), newest_ms = max(newest_ms, excluded.newest_ms),
         signals = signals + excluded.signals`,
    );
    this.#addProperty = database.prepare<[PropertySeen]>(
      `INSERT INTO health_property (type, name, kind, first_hour, last_hour, signals)
       VALUES (@type, @name, @kind, @firstHour, @lastHour, @signals)
       ON CONFLICT DO UPDATE SET first_hour = min(first_hour, excluded.first_hour), last_hour = max(last_hour, excluded.last_hour),
         signals = signals + excluded.signals`,
    );
    this.#addSurprise = database.prepare<[SurpriseSeen]>(
      `INSERT INTO health_surprise (type, name, kind, action, first_hour, last_hour, times)
       VALUES (@type, @name, @kind, @action, @firstHour, @lastHour, @times)
       ON CONFLICT DO UPDATE SET first_hour = min(first_hour, excluded.first_hour), last_hour = max(last_hour, excluded.last_hour),
         times = times + excluded.times`,
    );
    this.#propertyNames = new BoundedNames(database, 'health_property');
    this.#surpriseNames = new BoundedNames(database, 'health_surprise');
  }

  /** The time of arrival of what is taken now, epoch ms. */
  now(): number {
    return this.#clock.now();
  }

  /** Adds what was counted; call at the end of the transaction of the arrivals. */
  write(tally: HealthTally, nowMs: number): void {
    const hour = Math.floor(nowMs / hourMs);
    for (const { type, source, ...counts } of tally.groups()) {
      this.#merge('hour', hour, source, type, counts);
      if (counts.newestMs !== null) this.#addType.run({ type, firstHour: hour, newestMs: counts.newestMs, signals: counts.signals });
    }
    for (const { type, name, kind, signals } of tally.properties()) {
      this.#addProperty.run({ type, name: this.#propertyNames.of(type, name), kind, firstHour: hour, lastHour: hour, signals });
    }
    for (const { surprise, times } of tally.surprises()) {
      const { type, name, kind, action } = surprise;
      this.#addSurprise.run({ type, name: this.#surpriseNames.of(type, name), kind, action, firstHour: hour, lastHour: hour, times });
    }
    if (hour > this.#foldedAt) {
      this.#foldedAt = hour;
      this.#fold(hour);
    }
  }

  read(): HealthRecord {
    return {
      rows: this.#rows('SELECT span, at, type, source, counts FROM health ORDER BY span, at, source, type'),
      types: this.#database
        .prepare<[], TypeSeen>('SELECT type, first_hour AS firstHour, newest_ms AS newestMs, signals FROM health_type ORDER BY type')
        .all(),
      properties: this.#database
        .prepare<[], PropertySeen>(
          'SELECT type, name, kind, first_hour AS firstHour, last_hour AS lastHour, signals FROM health_property ORDER BY type, name, kind',
        )
        .all(),
      surprises: this.#database
        .prepare<[], SurpriseSeen>(
          'SELECT type, name, kind, action, first_hour AS firstHour, last_hour AS lastHour, times FROM health_surprise ORDER BY type, name, kind, action',
        )
        .all(),
    };
  }

  #merge(span: 'hour' | 'day', at: number, source: string, type: string, counts: HealthCounts): void {
    const name = this.#sourceName(span, at, source);
    const before = this.#findRow.get(span, at, name, type);
    const merged = mergeCounts(before === undefined ? noCounts : countsOf(before), counts);
    this.#putRow.run(span, at, name, type, JSON.stringify(merged));
  }

  #sourceName(span: string, at: number, source: string): string {
    if (this.#hasSource.get(span, at, source) !== undefined) return source;
    return Number(this.#countSources.get(span, at)) < namesKept ? source : otherNames;
  }

  #fold(hour: number): void {
    const oldest = hour - hoursKept;
    const old = this.#rows(
      'SELECT span, at, type, source, counts FROM health WHERE span = ? AND at < ? ORDER BY at, source, type',
      'hour',
      oldest,
    );
    for (const { span: _span, at, source, type, ...counts } of old) this.#merge('day', Math.floor(at / 24), source, type, counts);
    const remove = this.#database.prepare<[string, number]>('DELETE FROM health WHERE span = ? AND at < ?');
    remove.run('hour', oldest);
    remove.run('day', Math.floor(hour / 24) - daysKept);
  }

  #rows(sql: string, ...values: readonly (string | number)[]): HealthRow[] {
    return this.#database
      .prepare<(string | number)[], StoredRow>(sql)
      .all(...values)
      .map(({ counts, ...place }) => ({ ...place, ...countsOf(counts) }));
  }
}

/** Names of one type in a table, so many and no more. */
class BoundedNames {
  readonly #has;
  readonly #count;

  constructor(database: Database, table: 'health_property' | 'health_surprise') {
    this.#has = database.prepare<[string, string], number>(`SELECT 1 FROM ${table} WHERE type = ? AND name = ? LIMIT 1`).pluck();
    this.#count = database.prepare<[string], number>(`SELECT count(DISTINCT name) FROM ${table} WHERE type = ?`).pluck();
  }

  /** The name, or the one for the rest when there are enough. */
  of(type: string, name: string): string {
    if (this.#has.get(type, name) !== undefined) return name;
    return Number(this.#count.get(type)) < namesKept ? name : otherNames;
  }
}

interface StoredRow {
  readonly span: 'hour' | 'day';
  readonly at: number;
  readonly type: string;
  readonly source: string;
  readonly counts: string;
}

function countsOf(text: string): HealthCounts {
  return JSON.parse(text) as HealthCounts; // written by #merge and nowhere else
}
