/** Gathers what a quickstart has to say from the outputs of its run and the truth of its simulation. */
import { relative } from 'node:path';

import {
  type ContentStore,
  CohortiumError,
  float64Column,
  type Ref,
  refSchema,
  type Table,
  textColumn,
} from '../../../skills/sdk/index.ts';
import type { IngestReport, RunReport, VerifyReport } from '../interface.ts';
import type { MerchantTruth } from '../simulate/index.ts';
import { checkCells } from './cell-check.ts';
import type { QuickstartGrain, QuickstartReport } from './report-type.ts';

export interface ReportSource {
  readonly seed: string;
  /** Absolute. */
  readonly directory: string;
  /** The directory as the caller named it, so that the report is the same wherever it was made. */
  readonly named: string;
  readonly merchant: string;
  readonly currency: string;
  readonly horizonDays: number;
  readonly run: RunReport;
  readonly truth: MerchantTruth;
  readonly ingested: readonly IngestReport[];
  readonly ledger: VerifyReport;
  /** Absolute paths. */
  readonly pictures: readonly string[];
  readonly content: ContentStore;
  readonly seconds: () => number;
}

/** The parts of the calibrated grain totals that a report shows. */
export interface GrainTotals {
  readonly level: number;
  readonly total: { readonly clvMinor: number; readonly lowMinor: number; readonly highMinor: number };
  readonly axes: readonly {
    readonly axis: QuickstartGrain['axis'];
    readonly value: string;
    readonly clvMinor: number;
    readonly lowMinor: number;
    readonly highMinor: number;
  }[];
}

export function writeReport(source: ReportSource): QuickstartReport {
  const { run, truth, content, ledger } = source;
  const table = (step: string, field: string): Table => content.getTable(outputRef(run, step, field));
  const grain = content.getJson(outputRef(run, 'recalibrate', 'calibratedGrain')) as GrainTotals; // made by the recalibrate step
  const scores = table('recalibrate', 'calibrated');
  const check = checkCells(scores, table('recalibrate', 'calibratedCells'), table('cohort', 'priors'));
  const { total } = grain;
  const spend = truth.future.totalSpendMinor;
  const { summary } = stepOutput(run, 'cohort') as { readonly summary: { readonly customers: number; readonly cells: number } }; // the cohort step's schema
  const { reliability } = stepOutput(run, 'recalibrate') as {
    readonly reliability: { readonly eceBefore: number; readonly eceAfter: number; readonly n: number };
  }; // likewise
  const gate = stepOutput(run, 'gate') as {
    readonly counts: Readonly<Record<'pass' | 'fail' | 'counsel', number>>;
    readonly topReasons: readonly {
      readonly policy: string;
      readonly citation: string;
      readonly outcome: 'pass' | 'fail' | 'counsel';
      readonly count: number;
    }[];
  }; // likewise
  const emitted = stepOutput(run, 'emit') as { readonly sent: number; readonly acknowledged: number; readonly dead: number }; // likewise
  return {
    seed: source.seed,
    directory: source.named,
    merchant: source.merchant,
    customers: summary.customers,
    events: source.ingested.reduce((all, { accepted }) => all + accepted, 0),
    quarantined: source.ingested.reduce((all, { quarantined }) => all + quarantined, 0),
    cells: summary.cells,
    seconds: Math.round(source.seconds() * 10) / 10,
    asOf: run.asOf,
    horizonDays: source.horizonDays,
    currency: source.currency,
    intervalLevel: grain.level,
    accountClv: { total: total.clvMinor, low: total.lowMinor, high: total.highMinor },
    cellClv: { total: check.totalMinor },
    coherenceMaxRelError: check.maxRelError,
    truth: { spend, relError: Math.abs(total.clvMinor / spend - 1) },
    calibration: { eceBefore: reliability.eceBefore, eceAfter: reliability.eceAfter, n: reliability.n },
    gate: {
      ...gate.counts,
      topReasons: gate.topReasons.flatMap(({ outcome, ...reason }) => (outcome === 'pass' ? [] : [{ ...reason, outcome }])).slice(0, 4),
    },
    ledger: { size: ledger.size, root: ledger.root, verified: ledger.verified },
    emissions: { sent: emitted.sent, acknowledged: emitted.acknowledged, dead: emitted.dead },
    grain: grain.axes.map((entry) => ({
      ...entry,
      value: entry.value.replace('|', ' · '),
      truthMinor: truthOf(truth, entry.axis, entry.value),
    })),
    pictures: source.pictures.map((picture) => relative(source.directory, picture)),
    runDigest: run.digest,
    runId: run.runId,
    exampleCustomer: exampleCustomer(scores),
  };
}

/** The Ref that a step put out under a name. @throws {CohortiumError} RUN_FAILED when it did not */
export function outputRef(run: RunReport, step: string, field: string): Ref {
  const parsed = refSchema.safeParse(stepOutput(run, step)[field]);
  if (parsed.success) return parsed.data;
  throw new CohortiumError('RUN_FAILED', `step '${step}' of ${run.runId} put out no '${field}'`);
}

function stepOutput(run: RunReport, step: string): Readonly<Record<string, unknown>> {
  return run.steps.find(({ id }) => id === step)?.output ?? {};
}

function truthOf({ future }: MerchantTruth, axis: QuickstartGrain['axis'], value: string): number | null {
  const known = {
    location: future.byLocation,
    channel: future.byChannel,
    brand: future.byBrand,
    'location-channel': future.byLocationChannel,
  }[axis];
  return known[value] ?? null;
}

/** A customer worth looking at: the highest value of all. */
function exampleCustomer(scores: Table): string {
  const value = float64Column(scores, 'clvMinor');
  let best = 0;
  for (let row = 1; row < value.length; row++) if ((value[row] ?? 0) > (value[best] ?? 0)) best = row;
  return textColumn(scores, 'customerId')[best] ?? '';
}
