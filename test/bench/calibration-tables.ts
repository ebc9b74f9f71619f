/**
 * What calibration is worth on four purchase logs, each cut at mid-period: fitted on what was known, calibrated on the last horizon,
 * judged on that horizon by folds and on the horizon after it, which nothing has seen. Writes docs/concepts/calibration/results.md.
 *
 * node --conditions=cohortium-source test/bench/calibration-tables.ts [--horizon 90] [--out docs/concepts/calibration/results.md]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { dayOfDate } from '../../skills/cohort/core/civil-date.ts';
import type { ValuedOutput } from '../../skills/cohort/schemas.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import { activityOf } from '../../skills/recalibrate/core/account-intervals.ts';
import type { Calibration } from '../../skills/recalibrate/core/calibration.ts';
import { meanMethods, probabilityMethods } from '../../skills/recalibrate/core/fit-map.ts';
import { calibrationGain, measureMeans } from '../../skills/recalibrate/core/measures/index.ts';
import { intervalQuality } from '../../skills/recalibrate/core/predictive/index.ts';
import { validateTiers } from '../../skills/recalibrate/core/tiers/index.ts';
import type { Tier } from '../../skills/recalibrate/core/tiers/index.ts';
import { skill as recalibrate } from '../../skills/recalibrate/skill.ts';
import { float64Column, int32Column, type Ref, textColumn } from '../../skills/sdk/index.ts';
import { featuresOf, memoryContext, walkSkill } from '../reference/purchase-log.ts';
import { type PurchaseLog, purchaseLogs } from '../reference/real-purchases.ts';

const { values: given } = parseArgs({
  options: {
    horizon: { type: 'string', default: '90' },
    out: { type: 'string', default: join(import.meta.dirname, '../../docs/concepts/calibration/results.md') },
  },
});
const horizonDays = Number(given.horizon);
const level = 0.9;
const draws = 400;

type Row = readonly (string | number)[];
const tables = {
  ece: [] as Row[],
  methods: [] as Row[],
  money: [] as Row[],
  coverage: [] as Row[],
  tiers: [] as Row[],
};
const sets: Row[] = [];

for (const log of purchaseLogs) {
  if (log.isHere) measure(log);
  else console.error(`${log.name} is left out: its file is not here`);
}

function measure({ name, family, asOf, read }: PurchaseLog): void {
  const purchases = read();
  const context = memoryContext('calibration tables');
  const day = dayOfDate(asOf);
  const perform = (kind: string, input: unknown): unknown => {
    if (kind === 'memberships.publish') return { version: 1, joined: 0, left: 0, moved: 0 };
    const request = input as { readonly asOf: string; readonly outcomeDays: number }; // checked by the effect's schema
    return featuresOf(purchases, dayOfDate(request.asOf), request.outcomeDays, context);
  };
  const run = walkSkill(cohort, { input: { snapshot: context.writeJson({}) }, config: { horizonDays }, asOf }, context, perform);
  const valued = cohort.output.parse(run.output) as ValuedOutput; // value is on
  const { holdout, scores, cells, priors, model, grain, accounts, profiles } = valued;
  const future = context.readTable(featuresOf(purchases, day, horizonDays, context).accounts);
  const bought = Float64Array.from(int32Column(future, 'outcomeBaskets'), (own) => (own > 0 ? 1 : 0));
  const spent = float64Column(future, 'outcomeSpendMinor').map((own) => Math.max(0, own));
  const names = textColumn(context.readTable(profiles), 'homeLocation').map((home) => (home === '' ? 'unknown' : home));
  const baskets = int32Column(context.readTable(accounts), 'baskets');
  const column = (ref: Ref, of: string): Float64Array => float64Column(context.readTable(ref), of);
  const total = (values: Float64Array): number => values.reduce((all, own) => all + own, 0);
  sets.push([name, family, asOf, bought.length, total(bought), new Set(names).size]);

  const calibrate = (config: object) => {
    const parsed = recalibrate.config.parse(config);
    const fitted = recalibrate.pure['calibration.fit']({ holdout, grain, config: parsed, asOf }, context);
    const input = { scores, cells, priors, model, grain, accounts, profiles, calibration: fitted.calibration, drift: {}, asOf };
    const { calibrated } = recalibrate.pure['calibration.apply'](input, context);
    return { calibration: context.readJson(fitted.calibration) as Calibration, calibrated, reliability: fitted.reliability }; // its own output
  };

  const raw = { predicted: column(scores, 'pPurchase'), outcome: bought };
  for (const calibrator of probabilityMethods) {
    const { calibration, calibrated } = calibrate({ calibrator });
    const after = column(calibrated, 'pPurchase');
    const next = calibrationGain(raw, after, { draws });
    const brier = total(after.map((own, row) => (own - (bought[row] ?? 0)) ** 2)) / after.length;
    const chosen = calibration.probabilityChoice?.candidates[calibration.probabilityChoice.chosen];
    const label = chosen ? `auto (took ${chosen.id}${chosen.strength === null ? '' : ' per cohort'})` : calibrator;
    const held = calibration.gain;
    tables.methods.push([name, label, root(held?.after), root(next.after), brier.toFixed(5), total(bought) / total(after)].map(cellOf));
    if (calibrator !== 'cohort-logistic') continue;
    for (const [where, gain] of [['folds of the holdout', held] as const, [`next ${horizonDays} days`, next] as const]) {
      if (gain)
        tables.ece.push([
          name,
          where,
          root(gain.before),
          root(gain.after),
          `${signed(gain.difference)} (${signed(gain.low)} to ${signed(gain.high)})`,
          gain.high < 0 ? 'down' : gain.low > 0 ? '**up**' : 'undecided',
        ]);
    }
    intervals(calibrated, calibration);
  }
  for (const money of meanMethods) {
    const { calibration, calibrated } = calibrate({ money });
    const after = column(calibrated, 'clvMinor');
    const held = calibration.money;
    const next = measureMeans({ predicted: after, outcome: spent }, { draws });
    const ratio = next.observedOverExpected;
    const chosen = calibration.moneyChoice?.candidates[calibration.moneyChoice.chosen];
    const label = chosen ? `auto (took ${chosen.id}${chosen.strength === null ? '' : ' per cohort'})` : money;
    tables.money.push([
      name,
      label,
      held.observedOverExpected?.value.toFixed(3) ?? '',
      ratio ? `${ratio.value.toFixed(3)} (${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)})` : '',
      (next.poissonDeviance / 100).toFixed(2),
    ]);
  }

  /** Before and after on the horizon that nothing has seen, by family. */
  function intervals(calibrated: Ref, calibration: Calibration): void {
    const given = { low: column(calibrated, 'clvLowMinor'), high: column(calibrated, 'clvHighMinor') };
    const before = { low: column(scores, 'clvLowMinor'), high: column(scores, 'clvHighMinor') };
    const activity = names.map((_, row) => `${activityOf(baskets[row] ?? 0)} purchase days`);
    const families = [
      ['everybody', names.map(() => 'everybody')],
      [family, names],
      ['purchase days so far', activity],
    ] as const;
    const heldNames: Readonly<Record<string, string>> = { [family]: 'cohort', 'purchase days so far': 'activity' };
    for (const [title, members] of families) {
      for (const member of [...new Set(members)].sort()) {
        const rows = Array.from(members.keys()).filter((row) => members[row] === member);
        if (rows.length < 50) continue;
        const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row] ?? 0);
        const outcome = pick(spent);
        const quality = (of: typeof given) => intervalQuality({ low: pick(of.low), high: pick(of.high) }, outcome, level);
        const held = calibration.intervals?.coverage.find(
          (own) => own.family === (heldNames[title] ?? 'everybody') && own.name === member.replace(' purchase days', ''),
        );
        const [was, is] = [quality(before), quality(given)];
        const nothing = outcome.filter((own) => own === 0).length / outcome.length;
        const isMet = is.coverage >= 0.86 && is.coverage <= 0.94;
        tables.coverage.push([
          name,
          title === 'everybody' ? '' : title,
          member,
          rows.length,
          percent(nothing),
          held ? percent(held.after.coverage) : '',
          percent(was.coverage),
          `${percent(is.coverage)} (${percent(is.coverageInterval.low)} to ${percent(is.coverageInterval.high)})`,
          isMet ? 'in' : is.coverage < 0.86 ? '**below**' : nothing > 0.94 ? 'cannot' : '**above**',
        ]);
      }
    }
    const found = validateTiers(
      {
        cohort: names,
        tier: textColumn(context.readTable(calibrated), 'tier') as Tier[], // a column of tiers
        predicted: column(calibrated, 'clvMinor'),
        ...given,
        outcome: spent,
        windowEndDay: new Int32Array(spent.length).fill(day + horizonDays),
      },
      day + horizonDays,
      level,
    );
    for (const { tier, n, interval, relativeError } of found.tiers) {
      tables.tiers.push([name, tier, n, percent(interval.coverage), relativeError === null ? '' : percent(relativeError), '']);
    }
    tables.tiers.push([name, 'verdict', '', '', '', found.sentence]);
  }
  console.error(`${name} done`);
}

function cellOf(value: string | number): string {
  return typeof value === 'number' ? value.toFixed(3) : value;
}
function root(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(4);
}
function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(5)}`;
}
function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
function markdown(heads: readonly string[], rows: readonly Row[]): string {
  return [`| ${heads.join(' | ')} |`, `| ${heads.map(() => '---').join(' | ')} |`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join(
    '\n',
  );
}

console.log(JSON.stringify({ sets, ...tables }, null, 1).slice(0, 10));
const page = [
  markdown(['Log', 'Cohorts are', 'Cut', 'Customers', 'Bought after', 'Cohorts'], sets),
  markdown(['Log', 'Judged on', 'Before', 'After', 'After − before, squared', 'Verdict'], tables.ece),
  markdown(['Log', 'Map', 'ECE, folds', 'ECE, next', 'Brier, next', 'O/E, next'], tables.methods),
  markdown(['Log', 'Map', 'O/E folds', 'O/E next', 'Deviance next'], tables.money),
  markdown(['Log', 'Family', 'Cohort', 'Customers', 'Spent nothing', 'Folds', 'Before', 'After', '86–94 %'], tables.coverage),
  markdown(['Log', 'Tier', 'n', 'Coverage', 'Error', ''], tables.tiers),
].join('\n\n');
writeFileSync(given.out, page);
