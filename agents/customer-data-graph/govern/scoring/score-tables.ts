/** The CSV files of a cut-off: written with the same bytes for the same customers, and predictions read back. Money is in minor units. */
import { parse } from 'csv-parse/sync';

import { type ClusterRanking, clvIndexDefinition, type TieredValues } from '../../../../skills/recalibrate/core/governance/index.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { csvField, shownText } from '../../report/csv-field.ts';
import type { TrainingRows } from '../training/training-interface.ts';

export interface Predictions {
  /** Ascending by compareText; all columns have this length. */
  readonly customerId: readonly string[];
  /** Minor units, at least 0. */
  readonly value: Float64Array;
  readonly home: TrainingRows['home'];
}

export interface PredictionFacts {
  readonly cutoff: string;
  readonly predMonths: number;
  readonly modelId: string;
  readonly currency: string;
}

const header = [
  'customer_id',
  'prediction_cutoff',
  'pred_months',
  'model_id',
  'predicted_clv',
  'currency',
  'unit',
  'home_location',
  'home_channel',
  'home_brand',
] as const;

export function predictionsCsv(predictions: Predictions, facts: PredictionFacts): string {
  return csv(
    header,
    predictions.customerId.map((_, row) => lineOf(predictions, facts, row)),
  );
}

/** @param actual minor units; NaN for a customer who is part of another one by now */
export function actualCsv(predictions: Predictions, facts: PredictionFacts, actual: Float64Array): string {
  return csv(
    [...header, 'actual_clv'],
    predictions.customerId.map((_, row) => {
      const spent = actual[row] ?? Number.NaN;
      return [...lineOf(predictions, facts, row), Number.isNaN(spent) ? '' : String(spent)];
    }),
  );
}

/** By rank; the bounds of a tier stand beside each of its customers. */
export function rankedCsv(predictions: Predictions, facts: PredictionFacts, { order, rank, tier, tiers }: TieredValues): string {
  return csv(
    ['rank', ...header.slice(0, 7), 'tier', 'tier_low', 'tier_high'],
    Array.from(order, (row) => {
      const own = tiers[tier[row] ?? 0];
      return [
        String(rank[row] ?? 0),
        ...lineOf(predictions, facts, row).slice(0, 7),
        own?.name ?? '',
        String(own?.low ?? ''),
        String(own?.high ?? ''),
      ];
    }),
  );
}

export function clustersCsv(customerId: readonly string[], cluster: Int32Array, { cutoff, predMonths }: PredictionFacts): string {
  return csv(
    ['customer_id', 'prediction_cutoff', 'pred_months', 'cluster_id'],
    customerId.map((id, row) => [id, cutoff, String(predMonths), String(cluster[row] ?? -1)]),
  );
}

export function rankingCsv({ clusters, populationMedian }: ClusterRanking, { cutoff, predMonths, currency }: PredictionFacts): string {
  return csv(
    [
      'cluster_rank',
      'cluster_id',
      'customers',
      'median_clv',
      'clv_index',
      'population_median_clv',
      'currency',
      'unit',
      'prediction_cutoff',
      'pred_months',
      'clv_index_definition',
    ],
    clusters.map((one) => [
      String(one.rank),
      String(one.cluster),
      String(one.customers),
      String(one.median),
      one.index === null ? '' : String(one.index),
      String(populationMedian),
      currency,
      'minor',
      cutoff,
      String(predMonths),
      clvIndexDefinition,
    ]),
  );
}

/** @throws {CohortiumError} SCORE_FILE_CHANGED when a column is absent or a value is no amount */
export function readPredictions(text: string, name: string): Predictions {
  const rows = records(text);
  const value = Float64Array.from(rows, (row) => Number(row['predicted_clv'] || Number.NaN));
  const isWhole = rows.every((row) => header.every((column) => row[column] !== undefined));
  if (!isWhole || value.some((own) => !(own >= 0 && Number.isFinite(own)))) {
    throw new CohortiumError(
      'SCORE_FILE_CHANGED',
      `outputs/${name} has no amount in predicted_clv, or lacks a column; restore it from a copy`,
    );
  }
  const text_ = (column: (typeof header)[number]): string[] => rows.map((row) => shownText(row[column] ?? ''));
  return {
    customerId: text_('customer_id'),
    value,
    home: { location: text_('home_location'), channel: text_('home_channel'), brand: text_('home_brand') },
  };
}

/** Cluster by customer. */
export function readClusters(text: string): ReadonlyMap<string, number> {
  return new Map(records(text).map((row) => [shownText(row['customer_id'] ?? ''), Number(row['cluster_id'])]));
}

function records(text: string): readonly Readonly<Record<string, string>>[] {
  return parse(text, { columns: true });
}

function lineOf(
  { customerId, value, home }: Predictions,
  { cutoff, predMonths, modelId, currency }: PredictionFacts,
  row: number,
): string[] {
  return [
    customerId[row] ?? '',
    cutoff,
    String(predMonths),
    modelId,
    String(value[row] ?? 0),
    currency,
    'minor',
    home.location[row] ?? '',
    home.channel[row] ?? '',
    home.brand[row] ?? '',
  ];
}

function csv(names: readonly string[], lines: readonly (readonly string[])[]): string {
  return [names, ...lines].map((line) => `${line.map(csvField).join(',')}\n`).join('');
}
