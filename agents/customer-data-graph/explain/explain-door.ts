import { type ValueGroup, valueGroups } from '../../../skills/cohort/core/explain-value.ts';
/** How a value came about: by groups of features, by models, by calibration; and what would have had to be different. No model of language is asked. */
import {
  attributionGraph,
  type AttributionEdge,
  type AttributionGraph,
  type AttributionNode,
  type CounterfactualFeature,
  findCounterfactual,
} from '../../../skills/cohort/core/explain/index.ts';
import { CohortiumError, float64Column } from '../../../skills/sdk/index.ts';
import { makeRng, quantileSorted } from '../../../skills/sdk/numeric/index.ts';
import { formatMoney } from '../report/format-number.ts';
import type { Workspace } from '../workspace.ts';
import type { ExplainDoor, ValueBreakdown, ValueExplanations, ValueVariation } from './explain-interface.ts';
import { type OneHistory, openPublishedValue, type PublishedValue } from './published-value.ts';

const groupSays: Readonly<Record<ValueGroup, string>> = {
  frequency: 'how often the customer came back',
  recency: 'how recently, for the length of the relationship',
  tenure: 'for how long the customer has been one',
  monetary: 'what a purchase is worth on the average',
};

/** Customers that a counterfactual is compared with, so that it is one that there could be. */
const mostNeighbours = 400;

export function valueExplanations(workspace: Pick<Workspace, 'runStore' | 'content' | 'config'>): ValueExplanations {
  const open = (customerId: string): PublishedValue => openPublishedValue(workspace.runStore(), workspace.content, customerId);
  return {
    breakdown: (customerId) => breakdownOf(open(customerId), customerId, workspace.config.currency),
    variations: (customerId) => variationsOf(open(customerId)),
    counterfactual: (customerId, targetMinor) => {
      if (!(Number.isFinite(targetMinor) && targetMinor >= 0)) {
        throw new CohortiumError('ARGUMENT_INVALID', `a value of 0 or more was expected as the target; found ${targetMinor}`);
      }
      return { targetMinor, found: nearestTo(open(customerId), targetMinor) };
    },
  };
}

/** @param value the lookup, which asks the gate */
export function explainDoor(
  workspace: Pick<Workspace, 'runStore' | 'content' | 'config'>,
  value: (request: { readonly customerId: string; readonly purpose?: string }) => Promise<{ readonly outcome: string }>,
): ExplainDoor {
  const explanations = valueExplanations(workspace);
  return {
    why: async ({ targetMinor, ...request }) => {
      const { outcome } = await value(request);
      if (outcome !== 'pass') return null;
      return {
        breakdown: explanations.breakdown(request.customerId),
        variations: explanations.variations(request.customerId),
        counterfactual: targetMinor === undefined ? null : explanations.counterfactual(request.customerId, targetMinor),
      };
    },
  };
}

function breakdownOf(value: PublishedValue, customerId: string, currency: string): ValueBreakdown {
  const at = (name: string): number => float64Column(value.attributions, name)[value.row] ?? 0;
  const groups = valueGroups.map((group) => ({ group, says: groupSays[group], minor: at(group) }));
  const models = value.model.now.timing.models.map(({ family }, index) => ({
    family,
    weight: value.shares[index] ?? 0,
    minor: at(`model:${family}`),
  }));
  const parts = {
    baseMinor: at('base'),
    groups,
    models,
    calibrationMinor: value.calibratedMinor - value.rawMinor,
    valueMinor: value.calibratedMinor,
  };
  return {
    customerId,
    asOf: value.asOf,
    currency,
    horizonDays: value.model.horizonDays,
    ...parts,
    graph: graphOf(value, parts, currency),
    importance: value.importance,
  };
}

function graphOf(
  value: PublishedValue,
  { models, groups, calibrationMinor }: Pick<ValueBreakdown, 'models' | 'groups' | 'calibrationMinor'>,
  currency: string,
): AttributionGraph {
  const { rawMinor, byModel } = value;
  const baseMinor = byModel.reduce((total, { base }) => total + base, 0);
  const own = historyAt(value, value.row);
  const features: Readonly<Record<ValueGroup, string>> = {
    frequency: `${own.x} repeat purchases`,
    recency: `last purchase at ${Math.round(own.T > 0 ? (100 * own.tx) / own.T : 0)} % of the relationship`,
    tenure: `${Math.round(own.T * 10) / 10} weeks as a customer`,
    monetary: own.x > 0 ? `mean repeat purchase ${formatMoney(own.repeatSpendMinor / own.x, currency)}` : 'no repeat purchase',
  };
  const throughModels = (source: (model: PublishedValue['byModel'][number]) => number): number =>
    byModel.reduce((total, model) => total + source(model), 0);
  const ofGroup = groups.map(({ group }) => ({ group, minor: throughModels((model) => model.groups[group]) }));
  const moved = ofGroup.reduce((total, { minor }) => total + minor, 0);
  const nodes: AttributionNode[] = [
    { id: 'signals', kind: 'signals', label: 'purchases on record', value: moved },
    ...ofGroup.flatMap(({ group, minor }) => [
      { id: `feature:${group}`, kind: 'feature' as const, label: features[group], value: minor },
      { id: `group:${group}`, kind: 'group' as const, label: group, value: minor },
    ]),
    { id: 'base', kind: 'base', label: 'typical customers', value: baseMinor },
    ...models.map(({ family, minor }) => ({ id: `model:${family}`, kind: 'model' as const, label: family, value: minor })),
    { id: 'ensemble', kind: 'ensemble', label: 'before calibration', value: rawMinor },
    { id: 'calibration', kind: 'calibration', label: 'calibration', value: calibrationMinor },
    { id: 'value', kind: 'value', label: 'value', value: value.calibratedMinor },
  ];
  const edges: AttributionEdge[] = [
    ...ofGroup.flatMap(({ group, minor }) => [
      { from: 'signals', to: `feature:${group}`, value: minor },
      { from: `feature:${group}`, to: `group:${group}`, value: minor },
    ]),
    ...models.flatMap(({ family }, index) => [
      { from: 'base', to: `model:${family}`, value: byModel[index]?.base ?? 0 },
      ...ofGroup.map(({ group }) => ({ from: `group:${group}`, to: `model:${family}`, value: byModel[index]?.groups[group] ?? 0 })),
    ]),
    ...models.map(({ family, minor }) => ({ from: `model:${family}`, to: 'ensemble', value: minor })),
    { from: 'ensemble', to: 'value', value: rawMinor },
    { from: 'calibration', to: 'value', value: calibrationMinor },
  ];
  return attributionGraph(nodes, edges);
}

function historyAt({ history }: PublishedValue, row: number): OneHistory {
  return {
    x: history.x[row] ?? 0,
    tx: history.tx[row] ?? 0,
    T: history.T[row] ?? 0,
    repeatSpendMinor: history.repeatSpendMinor[row] ?? 0,
  };
}

function variationsOf(value: PublishedValue): ValueVariation[] {
  const own = historyAt(value, value.row);
  const mean = own.x > 0 ? own.repeatSpendMinor / own.x : 0;
  const weeks = (days: number): number => days * value.weeksPerDay;
  const changed = (change: string, history: OneHistory): ValueVariation => ({ change, valueMinor: value.valueOf(history) });
  return [
    changed('as it was', own),
    changed('one repeat purchase more, of the usual amount', {
      ...own,
      x: own.x + 1,
      repeatSpendMinor: own.repeatSpendMinor + mean,
      tx: own.x > 0 ? own.tx : own.T,
    }),
    ...(own.x > 0
      ? [
          changed('one repeat purchase fewer', {
            ...own,
            x: own.x - 1,
            repeatSpendMinor: own.repeatSpendMinor - mean,
            tx: own.x > 1 ? own.tx : 0,
          }),
          changed('the last purchase on the last day that counts', { ...own, tx: own.T }),
          changed('the last purchase 30 days earlier', { ...own, tx: Math.max(0, own.tx - weeks(30)) }),
          changed('every repeat purchase a tenth larger', { ...own, repeatSpendMinor: own.repeatSpendMinor * 1.1 }),
        ]
      : []),
  ];
}

type Found = {
  readonly valueMinor: number;
  readonly changes: readonly { readonly feature: string; readonly from: number; readonly to: number; readonly unit: string }[];
};

/** Frequency, recency and mean purchase may change; how long somebody has been a customer may not. */
function nearestTo(value: PublishedValue, targetMinor: number): Found | null {
  const own = historyAt(value, value.row);
  const rows = value.history.x.length;
  const step = Math.max(1, Math.floor(rows / mostNeighbours));
  const rowOf = (history: OneHistory): number[] => [
    history.x,
    history.T > 0 ? history.tx / history.T : 0,
    history.x > 0 ? history.repeatSpendMinor / history.x : 0,
    history.T,
  ];
  const others = Array.from({ length: Math.ceil(rows / step) }, (_, at) => rowOf(historyAt(value, at * step)));
  const column = (index: number): Float64Array => Float64Array.from(others, (other) => other[index] ?? 0).sort();
  const feature = (
    name: string,
    index: number,
    more: Pick<CounterfactualFeature, 'isActionable' | 'grid'> & { readonly most?: number },
  ): CounterfactualFeature => {
    const sorted = column(index);
    const median = quantileSorted(sorted, 0.5);
    const spread = quantileSorted(sorted.map((one) => Math.abs(one - median)).sort(), 0.5);
    const now = rowOf(own)[index] ?? 0;
    return {
      name,
      direction: 'either',
      least: Math.min(0, now),
      most: more.most ?? Math.max(now, sorted.at(-1) ?? now),
      // Where more than half are alike the spread of the others stands in.
      scale: spread > 0 ? spread : Math.max(1e-9, (sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) || 1,
      ...more,
    };
  };
  const features = [
    feature('repeat purchases', 0, { isActionable: true, grid: 1 }),
    feature('share of the relationship at the last purchase', 1, { isActionable: true, grid: 0, most: 1 }),
    feature('mean repeat purchase', 2, { isActionable: true, grid: 1 }),
    feature('weeks as a customer', 3, { isActionable: false, grid: 0 }),
  ];
  const now = value.valueOf(own);
  const isHigher = targetMinor > now;
  const found = findCounterfactual(
    {
      features,
      row: rowOf(own),
      others,
      towards: isHigher ? 'higher' : 'lower',
      isReached: (score) => (isHigher ? score >= targetMinor : score <= targetMinor),
      score: (row) => {
        const [x = 0, share = 0, mean = 0, T = 0] = row;
        return value.valueOf({ x, tx: x > 0 ? Math.min(1, share) * T : 0, T, repeatSpendMinor: x * mean });
      },
    },
    makeRng(`counterfactual ${value.asOf} ${targetMinor}`),
  );
  const units = ['', '', 'minor units', 'weeks'];
  return (
    found && {
      valueMinor: found.score,
      changes: found.changes.map((change) => ({ ...change, unit: units[features.findIndex(({ name }) => name === change.feature)] ?? '' })),
    }
  );
}
