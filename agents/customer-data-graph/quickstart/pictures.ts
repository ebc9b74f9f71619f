/** Draws the pictures of a run into its directory: tracking, reliability by bins and by CORP, what tiers were worth, value by location and by location × channel. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { compareText, type ContentStore, int32Column } from '../../../skills/sdk/index.ts';
import type { RunReport } from '../interface.ts';
import {
  corpReliability,
  reliabilityDiagram,
  type ReliabilityPoint,
  tierQuality,
  trackingPlot,
  type TrackingWeek,
  valueByGrain,
  valueHeatmap,
} from '../report/index.ts';
import { type GrainTotals, outputRef } from './write-report.ts';

export interface PicturePlace {
  readonly directory: string;
  readonly content: ContentStore;
  readonly currency: string;
  readonly horizonDays: number;
}

interface Reliability {
  readonly ece: number;
  readonly bins: readonly ReliabilityPoint[];
}

/** @returns absolute paths of the SVG files */
export function drawPictures(run: RunReport, { directory, content, currency, horizonDays }: PicturePlace): string[] {
  const read = (step: string, field: string): unknown => content.getJson(outputRef(run, step, field));
  const tracking = read('cohort', 'tracking') as { readonly weeks: readonly TrackingWeek[]; readonly cutoffWeek: number }; // made by the cohort step
  const calibration = read('recalibrate', 'calibration') as {
    readonly before: Reliability;
    readonly after: Reliability;
    readonly corp: Parameters<typeof corpReliability>[1];
    readonly tiers: Parameters<typeof tierQuality>[0] | null;
  }; // made by the recalibrate step
  const grain = read('recalibrate', 'calibratedGrain') as GrainTotals; // likewise
  const named = (axis: string): string[] =>
    grain.axes
      .filter((entry) => entry.axis === axis)
      .map(({ value }) => value)
      .sort(compareText);
  const [rows, columns] = [named('location'), named('channel')];
  const values = new Map(grain.axes.filter(({ axis }) => axis === 'location-channel').map(({ value, clvMinor }) => [value, clvMinor]));
  const pictures = {
    // Weeks are counted from 0 in the data and from 1 in the picture.
    'tracking.svg': trackingPlot({
      weeks: wholeWeeks(tracking.weeks, run, content).map((week) => ({ ...week, week: week.week + 1 })),
      cutoffWeek: tracking.cutoffWeek + 1,
    }),
    'reliability.svg': reliabilityDiagram({
      before: calibration.before.bins,
      after: calibration.after.bins,
      eceBefore: calibration.before.ece,
      eceAfter: calibration.after.ece,
      n: calibration.before.bins.reduce((total, { n }) => total + n, 0),
      horizonDays,
    }),
    'reliability-corp.svg': corpReliability(
      {
        title: `Purchase within ${horizonDays} days, after calibration`,
        subtitle: 'Held-out customers, each by maps that have not seen them.',
      },
      calibration.corp,
    ),
    ...(calibration.tiers && { 'tiers.svg': tierQuality(calibration.tiers, horizonDays) }),
    'value-by-location.svg': valueByGrain({
      grain: 'location',
      rows: grain.axes
        .filter(({ axis }) => axis === 'location')
        .map(({ value, clvMinor, lowMinor, highMinor }) => ({ name: value, valueMinor: clvMinor, lowMinor, highMinor })),
      currency,
      horizonDays,
      level: grain.level,
    }),
    'value-by-location-and-channel.svg': valueHeatmap({
      rows,
      columns,
      valuesMinor: rows.map((row) => columns.map((column) => values.get(`${row}|${column}`) ?? 0)),
      currency,
      horizonDays,
      asOf: run.asOf,
    }),
  };
  const folder = join(directory, 'report');
  mkdirSync(folder, { recursive: true });
  return Object.entries(pictures).map(([name, svg]) => {
    const path = join(folder, name);
    writeFileSync(path, svg);
    return path;
  });
}

/** Without the last week when it has fewer than seven days: it would look like a collapse. */
function wholeWeeks(weeks: readonly TrackingWeek[], run: RunReport, content: ContentStore): readonly TrackingWeek[] {
  const firstDays = int32Column(content.getTable(outputRef(run, 'cohort', 'accounts')), 'firstDay');
  const firstDay = firstDays.reduce((first, day) => Math.min(first, day), Number.POSITIVE_INFINITY);
  const days = Date.parse(`${run.asOf}T00:00:00Z`) / 86_400_000 - firstDay + 1;
  return weeks.slice(0, Math.floor(days / 7));
}
