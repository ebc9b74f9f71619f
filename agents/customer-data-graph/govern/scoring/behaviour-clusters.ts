/**
 * Groups of customers who behave alike, apart from what they spend: the second lens. Knows when, how often, how and where somebody
 * was there; is given neither money nor a prediction. Numbers stay with the customers from one cut-off to the next.
 */
import { applyMatch, kMeans, matchLabels, silhouette, standardise } from '../../../../skills/cohort/core/methods/index.ts';
import { log1p } from '../../../../skills/sdk/numeric/index.ts';
import { channelFeature, type HistoryFeature } from '../training/history-features.ts';
import { monthWindows } from '../training/month-windows.ts';
import type { TrainingRows } from '../training/training-interface.ts';
import type { ClusterRecord } from './scoring-interface.ts';

/** What the clusters see of a history; counts by their logarithm, because a few customers have very many. */
const behaviour: readonly (readonly [feature: HistoryFeature, scale: 'days' | 'count'])[] = [
  ['tenureDays', 'days'],
  ['recencyDays', 'days'],
  ['purchaseDays', 'count'],
  ['recentPurchaseDays', 'count'],
  ['gapMedianDays', 'days'],
  ['returns', 'count'],
  ['signals', 'count'],
  ['activeRecencyDays', 'days'],
];

/** Only these parts of the table are read. */
export type BehaviourRows = Pick<TrainingRows, 'request' | 'customerId' | 'channels'> & {
  readonly columns: TrainingRows['columns'];
};

export interface EarlierClusters {
  readonly cutoff: string;
  readonly clusterOf: ReadonlyMap<string, number>;
  readonly largestUsed: number;
}

/** A number, or a range that the best separated one is taken from. */
export type ClusterCount = number | { readonly from: number; readonly to: number };

export interface BehaviourClusters {
  /** One per customer. */
  readonly cluster: Int32Array;
  readonly record: ClusterRecord;
}

export function clusterBehaviour(rows: BehaviourRows, count: ClusterCount, earlier: EarlierClusters | undefined): BehaviourClusters {
  const data = behaviourColumns(rows);
  // Not of the cut-off: the same customers are the same clusters on every day.
  const seed = 'behaviour-clusters';
  const model = kMeans.fit({ k: count }, data, seed);
  const { label } = kMeans.assign(model, data);
  const standard = standardise(data.columns, model.scale).columns;
  const separation = silhouette(standard, label, { seed }).mean;
  const before = earlier && Int32Array.from(rows.customerId, (id) => earlier.clusterOf.get(id) ?? -1);
  const cluster = before ? applyMatch(matchLabels(before, label, earlier.largestUsed + 1), label) : label;
  const known = before ? Array.from(before.keys()).filter((row) => (before[row] ?? -1) >= 0) : [];
  const stayed = known.filter((row) => before?.[row] === cluster[row]).length;
  return {
    cluster,
    record: {
      features: data.names,
      clusters: model.centroids.length,
      largestUsed: cluster.reduce((most, own) => Math.max(most, own), earlier?.largestUsed ?? -1),
      silhouette: Number.isFinite(separation) ? separation : null,
      previousCutoff: earlier?.cutoff ?? null,
      stayed: known.length > 0 ? stayed / known.length : null,
    },
  };
}

/** Who bought once has no gap yet: none shorter than the history was seen. */
function behaviourColumns(rows: BehaviourRows): { readonly names: readonly string[]; readonly columns: readonly Float64Array[] } {
  const { cutoff, historyMonths, predMonths } = rows.request;
  const { startDay, cutoffDay } = monthWindows(cutoff, historyMonths, predMonths);
  const whole = cutoffDay - startDay;
  const columns = behaviour.map(([feature, scale]) =>
    Float64Array.from(rows.customerId, (_, row) => {
      const value = rows.columns[feature]?.[row] ?? Number.NaN;
      const known = Number.isNaN(value) ? whole : value;
      return scale === 'count' ? log1p(Math.max(0, known)) : known;
    }),
  );
  return {
    names: [...behaviour.map(([feature]) => feature), ...rows.channels.map(({ channel }) => channelFeature(channel))],
    columns: [...columns, ...rows.channels.map(({ share }) => share)],
  };
}
