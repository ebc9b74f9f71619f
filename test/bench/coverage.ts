/**
 * How often the stated intervals hold what simulated customers then spend, and how far the totals are off: per seed and
 * horizon the merchant of the quickstart, sealed, featured by the warehouse and valued by Cohort and Recalibrate. The future
 * signals are sealed with the past, as outcomes only; features end on the as-of day. Prints two Markdown tables.
 *
 * node --conditions=cohortium-source test/bench/coverage.ts [--seeds 5] [--customers 5000] [--horizons 90,365] [--months 24]
 */
import { parseArgs } from 'node:util';

import { captureSignals } from '../../agents/customer-data-graph/ingest/capture-signals.ts';
import { type MerchantTruth, simulateMerchant } from '../../agents/customer-data-graph/simulate/index.ts';
import type { RawSignal } from '../../agents/customer-data-graph/simulate/raw-signal.ts';
import { daysBefore } from '../../skills/cohort/core/civil-date.ts';
import type { ValuedOutput } from '../../skills/cohort/schemas.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import { skill as recalibrate } from '../../skills/recalibrate/skill.ts';
import { type FeatureReply, float64Column, type PureContext, type Ref, sha256 } from '../../skills/sdk/index.ts';
import { sum } from '../../skills/sdk/numeric/index.ts';
import { callOptions, openGraph, type SealedGraph } from '../fixtures/sealed-graph.ts';
import { walkSkill } from '../reference/purchase-log.ts';

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    customers: { type: 'string', default: '5000' },
    horizons: { type: 'string', default: '90,365' },
    months: { type: 'string', default: '24' },
  },
});

const axes = ['location', 'channel', 'brand', 'location-channel'] as const;
const levels = ['account', ...axes, 'total'] as const;
type Level = (typeof levels)[number];

interface Entry {
  readonly clvMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
}
interface Grain {
  readonly total: Entry;
  readonly axes: readonly (Entry & { readonly axis: string; readonly value: string })[];
}
interface Period {
  readonly clock: { readonly reason: string };
}

const stages = ['before', 'after'] as const;
type Stage = (typeof stages)[number];

/** Intervals seen and intervals that held, by horizon, stage and level. */
const tally = new Map<string, { held: number; all: number }>();

function count(horizon: number, stage: Stage, level: Level, truth: number, low: number, high: number): void {
  const key = `${horizon} ${stage} ${level}`;
  const entry = tally.get(key) ?? { held: 0, all: 0 };
  entry.all += 1;
  if (truth >= low && truth <= high) entry.held += 1;
  tally.set(key, entry);
}

/** Net spend of the orders of the first days after asOf, as the simulated truth counts it. */
function truthOf(
  future: readonly RawSignal[],
  asOf: string,
  days: number,
): { readonly total: number; readonly by: ReadonlyMap<string, number> } {
  const until = daysBefore(asOf, -days - 1);
  const by = new Map<string, number>();
  const orders = new Set<unknown>();
  let total = 0;
  for (const signal of future) {
    if (signal.at.slice(0, 10) >= until) continue;
    const { orderId, amountMinor } = signal.properties;
    if (signal.type === 'purchase') orders.add(orderId);
    const sign = signal.type === 'purchase' ? 1 : signal.type === 'return' && orders.has(orderId) ? -1 : 0;
    const amount = sign * Number(amountMinor ?? 0);
    if (amount === 0) continue;
    total += amount;
    const keys = [
      `location ${signal.location}`,
      `channel ${signal.channel}`,
      `brand ${signal.brand}`,
      `location-channel ${signal.location}|${signal.channel}`,
    ];
    for (const key of keys) by.set(key, (by.get(key) ?? 0) + amount);
  }
  return { total, by };
}

/** Both skills on features that were built before: the machines are walked without an orchestrator. */
async function value(graph: SealedGraph, snapshot: Ref, asOf: string, horizonDays: number) {
  const context: PureContext = {
    readTable: graph.content.getTable,
    writeTable: graph.content.putTable,
    readJson: graph.content.getJson,
    writeJson: graph.content.putJson,
    seed: sha256('coverage'),
  };
  const cutoff = daysBefore(asOf, horizonDays);
  const built = new Map<string, FeatureReply>();
  for (const [day, outcomeDays] of [
    [asOf, 0],
    [cutoff, horizonDays],
  ] as const) {
    built.set(day, await graph.warehouse.buildFeatures({ snapshot, asOf: day, outcomeDays }, callOptions));
  }
  const perform = (kind: string, input: unknown): unknown =>
    kind === 'memberships.publish' ? { version: 1, joined: 0, left: 0, moved: 0 } : built.get((input as { readonly asOf: string }).asOf); // checked by the effect's schema
  const first = walkSkill(cohort, { input: { snapshot }, config: { horizonDays }, asOf }, context, perform);
  const valued = cohort.output.parse(first.output) as ValuedOutput; // value is on
  const { holdout, scores, cells, priors, model, grain, accounts, profiles } = valued;
  const input = { holdout, scores, cells, priors, model, grain, accounts, profiles };
  const found = recalibrate.output.parse(walkSkill(recalibrate, { input, asOf }, context, perform).output);
  return { valued, found, context };
}

const rows: string[] = [];

async function measure(seed: string, truth: MerchantTruth, future: readonly RawSignal[], graph: SealedGraph, snapshot: Ref): Promise<void> {
  for (const horizonDays of given.horizons.split(',').map(Number)) {
    const { valued, found, context } = await value(graph, snapshot, truth.asOf, horizonDays);
    const { asOf } = truth;
    const later = await graph.warehouse.buildFeatures({ snapshot, asOf, outcomeDays: horizonDays }, callOptions);
    const actual = float64Column(context.readTable(later.accounts), 'outcomeSpendMinor');
    const { total, by } = truthOf(future, asOf, horizonDays);
    const grains = { before: context.readJson(valued.grain) as Grain, after: context.readJson(found.calibratedGrain) as Grain }; // written by the skills
    const scores = { before: context.readTable(valued.scores), after: context.readTable(found.calibrated) };
    for (const stage of stages) {
      const low = float64Column(scores[stage], 'clvLowMinor');
      const high = float64Column(scores[stage], 'clvHighMinor');
      actual.forEach((spent, row) => count(horizonDays, stage, 'account', spent, low[row] ?? 0, high[row] ?? 0));
      const { total: all, axes: entries } = grains[stage];
      count(horizonDays, stage, 'total', total, all.lowMinor, all.highMinor);
      for (const { axis, value: name, lowMinor, highMinor } of entries) {
        const level = axes.find((known) => known === axis);
        if (level) count(horizonDays, stage, level, by.get(`${axis} ${name}`) ?? 0, lowMinor, highMinor);
      }
    }
    const holdout = context.readTable(valued.holdout);
    const sumOf = (name: string): number => sum(holdout.columns[name]?.values as ArrayLike<number>); // numeric columns only
    const { now, earlier } = context.readJson(valued.model) as { readonly now: Period; readonly earlier: Period }; // likewise
    const { reliability } = found;
    const tracking = context.readJson(valued.tracking) as {
      readonly weeks: readonly { readonly actualCumulative: number; readonly expectedCumulative: number }[];
      readonly cutoffWeek: number;
    }; // likewise
    const end = tracking.weeks.at(-1);
    const cut = tracking.weeks[tracking.cutoffWeek - 1];
    const tracked =
      ((end?.expectedCumulative ?? 0) - (cut?.expectedCumulative ?? 0)) / ((end?.actualCumulative ?? 1) - (cut?.actualCumulative ?? 0));
    rows.push(
      `| ${seed} | ${horizonDays} | ${percent(sumOf('expectedPurchases') / sumOf('actualBaskets') - 1)} | ${percent(sumOf('expectedSpendMinor') / sumOf('actualSpendMinor') - 1)} | ${percent(tracked - 1)} | ${reliability.moneyScale.toFixed(3)} | ${percent(grains.before.total.clvMinor / total - 1)} | ${percent(grains.after.total.clvMinor / total - 1)} | ${reliability.eceBefore.toFixed(4)} → ${reliability.eceAfter.toFixed(4)} | ${seasonsOf(now)}, ${seasonsOf(earlier)} |`,
    );
    console.error(rows.at(-1));
  }
}

function seasonsOf({ clock: { reason } }: Period): string {
  return reason === '' ? 'own' : reason.startsWith('borrowed') ? 'borrowed' : 'none';
}

function percent(part: number): string {
  return `${part >= 0 ? '+' : '−'}${Math.abs(100 * part).toFixed(1)} %`;
}

for (let number = 0; number < Number(given.seeds); number++) {
  const seed = number === 0 ? 'first-light' : `coverage-${number}`;
  const longest = Math.max(...given.horizons.split(',').map(Number));
  const merchant = simulateMerchant({ seed, customers: Number(given.customers), months: Number(given.months), horizonDays: longest });
  const graph = openGraph();
  try {
    await captureSignals([...merchant.signals, ...merchant.futureSignals], 'coverage', graph.log);
    const { snapshot } = await graph.seal();
    await measure(seed, merchant.truth, merchant.futureSignals, graph, snapshot);
  } finally {
    await graph.close();
  }
}

console.log(
  '| seed | days | holdout purchases | holdout spend | tracking | money scale | total before | total after | ECE | seasons today, at the cut-off |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
console.log(rows.join('\n'));
console.log('\n| days | stage | account | location | channel | brand | location × channel | total |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const horizon of given.horizons.split(',').map(Number)) {
  for (const stage of stages) {
    const shown = levels.map((level) => {
      const { held, all } = tally.get(`${horizon} ${stage} ${level}`) ?? { held: 0, all: 0 };
      return `${((100 * held) / Math.max(1, all)).toFixed(0)} % of ${all}`;
    });
    console.log(`| ${horizon} | ${stage} | ${shown.join(' | ')} |`);
  }
}
