/**
 * What made the value of each account: exact Shapley values over four groups of features, through every timing model of the mix and
 * the spend model, against typical customers of the same run; and what each timing model contributes. Values before calibration.
 */
import { shapleyRule } from './explain/index.ts';
import { expectedSpend, type SpendModel } from './spend.ts';
import type { TimingMix } from './timing-mix.ts';
import { type Features, frequencyBit, monetaryBit, timingCoalitions, timingMixtures } from './timing-mixtures.ts';
import type { AccountHistory, Horizon } from './value.ts';

/**
 * Groups of features. Recency is the share of the relationship that had passed at the last purchase and monetary the mean repeat
 * purchase, so that any mixture of two customers' groups is a possible history.
 */
export const valueGroups = ['frequency', 'recency', 'tenure', 'monetary'] as const;
export type ValueGroup = (typeof valueGroups)[number];

export interface ValueAttributions {
  /** Value of the typical customers under the account's weights: where the groups start from. */
  readonly base: Float64Array;
  /** Columns by group: base and groups add up to the value of the account. */
  readonly groups: Readonly<Record<ValueGroup, Float64Array>>;
  /** Columns by timing model, in the order of the mix: weight × value by that model alone. They add up to the value as well. */
  readonly models: readonly Float64Array[];
}

/**
 * Attributions of every account; rows in, rows out.
 * @param weightRow entry of the mix's weights for each account
 * @param background rows of typical customers, at least one
 */
export function explainValues(
  mix: TimingMix,
  weightRow: ArrayLike<number>,
  spend: SpendModel,
  history: AccountHistory,
  horizon: Horizon,
  background: readonly number[],
): ValueAttributions {
  const features = featureColumns(history);
  const typical = background.map((row) => featuresAt(features, row));
  const mixtures = timingMixtures(mix, horizon, typical);
  const rule = shapleyRule(valueGroups.length);
  const values = new Float64Array(valueGroups.length);
  const worth = new Float64Array(1 << valueGroups.length);
  const rows = history.x.length;
  const out = {
    base: new Float64Array(rows),
    groups: {
      frequency: new Float64Array(rows),
      recency: new Float64Array(rows),
      tenure: new Float64Array(rows),
      monetary: new Float64Array(rows),
    },
    models: mix.models.map(() => new Float64Array(rows)),
  };
  const columns = [out.base, ...valueGroups.map((group) => out.groups[group]), ...out.models];
  const spendOf = (x: number, monetary: number): number => expectedSpend(spend.fit, x, x * monetary);
  // Of a typical customer as such, who has frequency, or spends, as the account does, and of the account.
  const spent = typical.map(({ x, monetary }) => Float64Array.of(spendOf(x, monetary), 0, 0, 0));
  let before = -1;
  for (const row of inOrderOfHistory(features, weightRow)) {
    if (before >= 0 && isAlike(features, weightRow, before, row)) {
      for (const column of columns) column[row] = column[before] ?? 0;
      continue;
    }
    before = row;
    const own = featuresAt(features, row);
    const shares = mix.weights[weightRow[row] ?? 0]?.shares ?? [];
    const expected = mixtures(own);
    const perPurchase = spendOf(own.x, own.monetary);
    worth.fill(0);
    for (const [at, other] of typical.entries()) {
      const amounts = spent[at] ?? worth;
      amounts[1] = spendOf(own.x, other.monetary);
      amounts[2] = spendOf(other.x, own.monetary);
      amounts[3] = perPurchase;
      for (let coalition = 0; coalition < timingCoalitions; coalition++) {
        let timing = 0;
        for (const [index, ofModel] of expected.entries())
          timing += (shares[index] ?? 0) * (ofModel[at * timingCoalitions + coalition] ?? 0);
        const ofFrequency = coalition & frequencyBit;
        const rich = coalition | monetaryBit;
        worth[coalition] = (worth[coalition] ?? 0) + (timing * (amounts[ofFrequency] ?? 0) * spend.netFactor) / typical.length;
        worth[rich] = (worth[rich] ?? 0) + (timing * (amounts[2 + ofFrequency] ?? 0) * spend.netFactor) / typical.length;
      }
    }
    rule(worth, values);
    out.base[row] = worth[0] ?? 0;
    for (const [at, group] of valueGroups.entries()) out.groups[group][row] = values[at] ?? 0;
    const net = perPurchase * spend.netFactor;
    for (const [index, column] of out.models.entries()) {
      column[row] = (shares[index] ?? 0) * (expected[index]?.[timingCoalitions - 1] ?? 0) * net;
    }
  }
  return out;
}

/**
 * Rows of typical customers: those in the middle of equal parts of all, ordered by value.
 * @param clvMinor values of all accounts
 * @param count ≥ 1; fewer where there are fewer accounts
 */
export function typicalAccounts(clvMinor: Float64Array, count: number): number[] {
  const order = Int32Array.from({ length: clvMinor.length }, (_, row) => row).sort(
    (a, b) => (clvMinor[a] ?? 0) - (clvMinor[b] ?? 0) || a - b,
  );
  const parts = Math.min(count, order.length);
  return Array.from({ length: parts }, (_, part) => order[Math.floor(((part + 0.5) * order.length) / parts)] ?? 0);
}

interface FeatureColumns {
  readonly x: Float64Array;
  readonly recency: Float64Array;
  readonly tenure: Float64Array;
  readonly monetary: Float64Array;
}

function featureColumns({ x, tx, T, repeatSpendMinor }: AccountHistory): FeatureColumns {
  const over = (of: (row: number) => number): Float64Array => Float64Array.from({ length: x.length }, (_, row) => of(row));
  return {
    x: over((row) => x[row] ?? 0),
    recency: over((row) => ((T[row] ?? 0) > 0 ? Math.min(1, (tx[row] ?? 0) / (T[row] ?? 0)) : 0)),
    tenure: over((row) => T[row] ?? 0),
    monetary: over((row) => ((x[row] ?? 0) > 0 ? (repeatSpendMinor[row] ?? 0) / (x[row] ?? 0) : 0)),
  };
}

function featuresAt({ x, recency, tenure, monetary }: FeatureColumns, row: number): Features {
  return { x: x[row] ?? 0, recency: recency[row] ?? 0, tenure: tenure[row] ?? 0, monetary: monetary[row] ?? 0 };
}

/** Accounts that share a part of their history are neighbours, so that only what the last one had needs to be remembered. */
function inOrderOfHistory({ x, recency, tenure, monetary }: FeatureColumns, weightRow: ArrayLike<number>): Int32Array {
  return Int32Array.from(x, (_, row) => row).sort(
    (a, b) =>
      (tenure[a] ?? 0) - (tenure[b] ?? 0) ||
      (x[a] ?? 0) - (x[b] ?? 0) ||
      (recency[a] ?? 0) - (recency[b] ?? 0) ||
      (weightRow[a] ?? 0) - (weightRow[b] ?? 0) ||
      (monetary[a] ?? 0) - (monetary[b] ?? 0),
  );
}

/** Whether nothing that a value is made of differs, as with most who bought once on the same day. */
function isAlike(features: FeatureColumns, weightRow: ArrayLike<number>, one: number, other: number): boolean {
  const { x, recency, tenure, monetary } = features;
  return (
    tenure[one] === tenure[other] &&
    x[one] === x[other] &&
    recency[one] === recency[other] &&
    monetary[one] === monetary[other] &&
    weightRow[one] === weightRow[other]
  );
}
