import { describe, expect, it } from 'vitest';

import type { HealthRecord, HealthRow } from '../../adapters/sqlite/event-log-health.ts';
import { defaultAlertLimits, type HealthAlert, healthAlerts } from './health-alerts.ts';
import { lagBin } from './health-counters.ts';
import { type ExpectedType, healthOfSources, healthOfTypes } from './health-report.ts';

const hourMs = 3_600_000;
/** A Monday at noon, so that the last complete day is a Sunday. */
const nowMs = Date.UTC(2026, 2, 2, 12, 30);
const hour = Math.floor(nowMs / hourMs);
const day = Math.floor(hour / 24);
const moment = { nowMs, hours: 24 };

const visits: ExpectedType = { type: 'visit', freshnessHours: 24, properties: { page: ['text'], seconds: ['number'] } };

function row(changes: Partial<HealthRow>): HealthRow {
  const counts = { signals: 0, repeats: 0, refused: 0, newestMs: null, lags: [], codes: {} };
  return { span: 'hour', at: hour, type: 'visit', source: 'web', ...counts, ...changes };
}

function record(changes: Partial<HealthRecord>): HealthRecord {
  return { rows: [], types: [], properties: [], surprises: [], ...changes };
}

function lags(...milliseconds: readonly number[]): number[] {
  const bins = Array.from({ length: 37 }, () => 0);
  for (const lag of milliseconds) bins[lagBin(lag)] = (bins[lagBin(lag)] ?? 0) + 1;
  return bins;
}

function seen(changes: Partial<HealthRecord['types'][number]> = {}): HealthRecord['types'] {
  return [{ type: 'visit', firstHour: hour - 100 * 24, newestMs: nowMs - 2 * hourMs, signals: 1000, ...changes }];
}

function property(name: string, kind: 'text' | 'number' | 'object', firstHour: number, lastHour = hour, signals = 900) {
  return { type: 'visit', name, kind, firstHour, lastHour, signals };
}

function alertsOf(found: HealthRecord, limits = defaultAlertLimits): readonly Pick<HealthAlert, 'rule' | 'severity' | 'found'>[] {
  return healthAlerts({ types: healthOfTypes(found, [visits], moment), sources: healthOfSources(found, moment) }, limits);
}

describe('the health of a type', () => {
  it('adds up the hours of the report only, over all sources', () => {
    const rows = [
      row({ at: hour - 24, signals: 100 }),
      row({ at: hour - 23, signals: 10, lags: lags(500, 500, 3000) }),
      row({ source: 'app', signals: 5, repeats: 3, refused: 2, codes: { SIGNAL_INVALID: 2 }, lags: lags(70_000) }),
      row({ at: hour + 1, signals: 100 }),
    ];
    const [health] = healthOfTypes(record({ rows, types: seen() }), [visits], moment);
    expect(health).toMatchObject({
      type: 'visit',
      sources: ['app', 'web'],
      signals: 15,
      repeats: 3,
      refused: 2,
      errorRate: 0.1,
      codes: { SIGNAL_INVALID: 2 },
      lagMedianSeconds: 1,
      lagP95Seconds: 128,
      newest: '2026-03-02T10:30:00.000Z',
      ageHours: 2,
      freshnessHours: 24,
      isLive: true,
    });
    expect(healthOfSources(record({ rows }), moment).map(({ source, signals }) => [source, signals])).toEqual([
      ['app', 5],
      ['web', 10],
    ]);
  });

  it('is told for a type without a plan, and for refused arrivals without a type', () => {
    const found = healthOfTypes(record({ rows: [row({ type: '', refused: 4 })], types: seen({ type: 'other' }) }), [visits], moment);
    expect(found.map(({ type, freshnessHours, isLive }) => [type, freshnessHours, isLive])).toEqual([
      ['', null, false],
      ['other', null, false],
    ]);
  });
});

describe('alerts', () => {
  const week = (weeks: number, signals: number): HealthRow => row({ span: 'day', at: day - 1 - 7 * weeks, signals });
  const yesterday = (signals: number): HealthRow =>
    row({ at: (day - 1) * 24 + 3, signals, lags: lags(...Array.from({ length: signals }, () => 1000)) });

  it('are none for a feed that is well', () => {
    expect(alertsOf(record({ rows: [yesterday(40), week(1, 50), week(2, 60), week(3, 40)], types: seen() }))).toEqual([]);
  });

  it('name a live feed that is stale, more severe after twice the time, and never an import of old files', () => {
    const stale = (hours: number, lagMs: number) =>
      alertsOf(
        record({
          rows: [row({ span: 'day', at: day - 20, signals: 5, lags: lags(lagMs) })],
          types: seen({ newestMs: nowMs - hours * hourMs }),
        }),
      );
    expect(stale(24, 1000)).toEqual([]);
    expect(stale(25, 1000)).toMatchObject([
      { rule: 'stale', severity: 'warning', found: expect.stringContaining('25 hours ago; 24 are allowed') as string },
    ]);
    expect(stale(49, 1000)).toMatchObject([{ rule: 'stale', severity: 'critical' }]);
    expect(stale(49, 400 * 24 * hourMs)).toEqual([]);
  });

  it('compare the last complete day with the median of its weekday, once three of them are known', () => {
    const volume = (rows: readonly HealthRow[], firstHour = hour - 100 * 24) => alertsOf(record({ rows, types: seen({ firstHour }) }));
    const usual = [week(1, 100), week(2, 10_000), week(3, 90)];
    // Five of the eight weeks brought nothing, so nothing is usual.
    expect(volume([yesterday(20), ...usual])).toEqual([]);
    const young = hour - 26 * 24;
    expect(volume([yesterday(50), ...usual], young)).toEqual([]);
    expect(volume([yesterday(49), ...usual], young)).toMatchObject([
      { rule: 'volume', severity: 'warning', found: '49 signals on 2026-03-01; 100 are usual on that weekday' },
    ]);
    expect(volume(usual, young)).toMatchObject([{ rule: 'volume', severity: 'critical' }]);
    expect(volume([...usual], hour - 20 * 24)).toEqual([]);
    expect(volume([week(1, 10), week(2, 10), week(3, 10)], young)).toEqual([]);
  });

  it('name an error rate of a type and of a source, from the least arrivals on', () => {
    const errors = (signals: number, refused: number) =>
      alertsOf(record({ rows: [row({ signals, refused, codes: { SIGNAL_INVALID: refused } })], types: seen() })).map(
        ({ rule, severity }) => [rule, severity],
      );
    expect(errors(99, 1)).toEqual([]);
    expect(errors(98, 2)).toEqual([
      ['error-rate', 'warning'],
      ['error-rate', 'warning'],
    ]);
    expect(errors(80, 20)).toEqual([
      ['error-rate', 'critical'],
      ['error-rate', 'critical'],
    ]);
    expect(errors(10, 9)).toEqual([]);
  });

  it('name clocks that are ahead', () => {
    expect(alertsOf(record({ rows: [row({ signals: 100, lags: lags(-hourMs, 1000) })], types: seen() }))).toMatchObject([
      { rule: 'ahead', found: '1 of 100 signals claim to be later than their arrival' },
      { rule: 'ahead' },
    ]);
  });

  it('come with the most severe first', () => {
    const rows = [row({ signals: 80, refused: 20, lags: lags(-hourMs) })];
    const found = alertsOf(record({ rows, types: seen(), properties: [property('ghost', 'text', hour - 5)] }));
    expect(found.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'critical error-rate',
      'critical error-rate',
      'warning ahead',
      'warning ahead',
      'warning drift',
    ]);
  });

  it('move with the limits of the operator', () => {
    const found = record({ rows: [row({ signals: 99, refused: 1 })], types: seen() });
    expect(alertsOf(found, { ...defaultAlertLimits, errorRate: 0.01 })).toHaveLength(2);
  });
});

describe('drift', () => {
  const drift = (properties: HealthRecord['properties'], signals = 100, surprises: HealthRecord['surprises'] = []) =>
    healthOfTypes(record({ rows: [row({ signals })], types: seen(), properties, surprises }), [visits], moment)[0]?.drift;
  const long = hour - 90 * 24;

  it('is none while everything is as it was', () => {
    expect(drift([property('page', 'text', long), property('seconds', 'number', long)])).toEqual({
      appeared: [],
      vanished: [],
      changed: [],
      surprises: [],
    });
  });

  it('sees a property for the first time, unless the type itself is as new', () => {
    expect(drift([property('page', 'text', long), property('ghost', 'text', hour - 5)])).toMatchObject({ appeared: ['ghost'] });
    const young = record({
      rows: [row({ signals: 5 })],
      types: seen({ firstHour: hour - 5 }),
      properties: [property('page', 'text', hour - 5)],
    });
    expect(healthOfTypes(young, [visits], moment)[0]?.drift.appeared).toEqual([]);
  });

  it('misses a planned property that was common, not one that was rare or whose type does not arrive', () => {
    const gone = property('page', 'text', long, hour - 8 * 24);
    expect(drift([gone])).toMatchObject({ vanished: ['page'] });
    expect(drift([{ ...gone, signals: 3 }])).toMatchObject({ vanished: [] });
    expect(drift([{ ...gone, name: 'unplanned' }])).toMatchObject({ vanished: [] });
    expect(drift([gone], 0)).toMatchObject({ vanished: [] });
  });

  it('sees values of another kind, unless the plan accepts it', () => {
    expect(drift([property('page', 'text', long), property('page', 'object', hour - 5)])).toMatchObject({
      changed: [{ name: 'page', kinds: ['object'] }],
    });
    expect(drift([property('seconds', 'text', long), property('seconds', 'number', hour - 5)])).toMatchObject({ changed: [] });
  });

  it('names what the tracking plan did not expect in the last week, events without a type too', () => {
    const surprise = {
      kind: 'unplanned-property',
      type: 'visit',
      name: 'colour',
      action: 'omit',
      firstHour: long,
      lastHour: hour,
      times: 7,
    } as const;
    expect(drift([], 100, [surprise, { ...surprise, name: 'old', lastHour: long }])).toMatchObject({
      surprises: [{ kind: 'unplanned-property', name: 'colour', action: 'omit', times: 7 }],
    });
    const found = record({ surprises: [{ ...surprise, kind: 'unplanned-event', type: '', name: 'Ghost Seen' }] });
    expect(alertsOf(found)).toMatchObject([{ rule: 'drift', found: expect.stringContaining('Ghost Seen') as string }]);
  });
});
