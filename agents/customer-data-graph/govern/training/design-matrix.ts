/**
 * From a training table to the matrix that a regressor reads: features of the history, shares of channels, and what timing and spend
 * models fitted on the same histories expect. A model keeps the models of its own history, so that scoring fits nothing.
 */
import { bgNbd, fitSpend, fitTiming, predictSpend, predictTiming, timingFamily } from '../../../../skills/cohort/core/clv/index.ts';
import { digestOf, isCohortiumError } from '../../../../skills/sdk/index.ts';
import { channelFeature, featureVersion, historyFeatures, modelFeatures } from './history-features.ts';
import type { DesignMatrix, FeatureSpec, HistoryModels, FitRows } from './training-interface.ts';

/** Fits BG/NBD and Gamma-Gamma; where the data do not carry one it is absent, with the reason, and its features are missing. */
export function fitHistoryModels({ histories }: Pick<FitRows, 'histories'>): HistoryModels {
  const absent: string[] = [];
  const attempt = <Model>(what: string, fit: () => Model): Model | null => {
    try {
      return fit();
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      absent.push(`${what}: ${error.message}`);
      return null;
    }
  };
  const timing = attempt('BG/NBD', () => fitTiming(bgNbd, histories));
  const spend = attempt('Gamma-Gamma', () => fitSpend('gamma-gamma', histories));
  return { timing: timing && { ...timing, params: { ...timing.params } }, spend, absent };
}

/** The columns of a model that is fitted on this table. */
export function featureSpecOf(rows: Pick<FitRows, 'channels'>): FeatureSpec {
  const channels = rows.channels.map(({ channel }) => channel);
  const names = [...historyFeatures.map(([name]) => name), ...channels.map(channelFeature), ...modelFeatures.map(([name]) => name)];
  return {
    names,
    channels,
    digest: digestOf({ version: featureVersion, names, channels, features: historyFeatures, models: modelFeatures }),
  };
}

/** Columns in the order of the spec: a channel that the table does not have is 0 everywhere, one that the spec does not have is left out. */
export function designMatrix(rows: FitRows, { names, channels }: FeatureSpec, models: HistoryModels): DesignMatrix {
  const size = rows.customerId.length;
  const shares = new Map(rows.channels.map(({ channel, share }) => [channel, share]));
  const expected = expectations(rows, models);
  const columns = [
    ...historyFeatures.map(([name]) => rows.columns[name] ?? new Float64Array(size).fill(Number.NaN)),
    ...channels.map((channel) => shares.get(channel) ?? new Float64Array(size)),
    ...modelFeatures.map(([name]) => expected[name]),
  ];
  return { names, columns };
}

type Expectations = Readonly<Record<(typeof modelFeatures)[number][0], Float64Array>>;

function expectations({ histories, horizonDays }: FitRows, { timing, spend }: HistoryModels): Expectations {
  const size = histories.x.length;
  const missing = new Float64Array(size).fill(Number.NaN);
  const counts = timing
    ? predictTiming(timingFamily(timing.family), timing, histories, { horizon: horizonDays / 7, columns: ['expected', 'pPurchase'] })
    : { expected: missing, pPurchase: missing };
  // The population mean may be infinite; that is no number to split on.
  const amounts = spend ? predictSpend(spend, histories).map((amount) => (Number.isFinite(amount) ? amount : Number.NaN)) : missing;
  return {
    expectedPurchases: counts.expected,
    expectedSpend: amounts,
    expectedValue: counts.expected.map((count, row) => count * (amounts[row] ?? Number.NaN)),
    purchaseProbability: counts.pPurchase,
  };
}
