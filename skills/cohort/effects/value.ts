/** The effect that values: scores, cells and totals today, predictions and outcomes at the cut-off, tracking. */
import { column, float64Column, int32Column, makeTable, type PureContext, type Table, textColumn } from '../../sdk/index.ts';
import { makeRng, type Rng } from '../../sdk/numeric/index.ts';
import { checkCoherence } from '../core/coherence.ts';
import { drawParameters, simulateFutures } from '../core/grain.ts';
import { type CohortModel, historyOn, trackPeriod } from '../core/model.ts';
import { horizonSpeed } from '../core/seasonal-clock.ts';
import { spendQuantiles } from '../core/spend-quantiles.ts';
import { weightRows } from '../core/timing-mix.ts';
import { daysPerWeek, valueAccounts } from '../core/value.ts';
import type { ValueConfig, ValueInput, ValueOutput } from '../schemas.ts';
import { attributionTable, groupImportance } from './attributions.ts';
import { accountColumns, cellColumns, homesOf, weeklyColumns } from './feature-columns.ts';

/** Scores, cells and totals today; predictions and outcomes at the cut-off. */
export function value(input: ValueInput, context: PureContext): ValueOutput {
  const model = context.readJson(input.model) as CohortModel; // written by `fit` of this version, named by digest
  const { config } = input;
  const accounts = context.readTable(input.accounts);
  const cellTable = context.readTable(input.cells);
  const customerId = textColumn(accounts, 'customerId');
  const history = historyOn(model.now.clock, accountColumns(accounts));
  const weightRow = weightRows(model.now.timing, homesOf(context.readTable(input.profiles)));
  const speed = horizonSpeed(model.now.clock, config.horizonDays);
  const horizon = { days: config.horizonDays, speed, discountRateAnnual: config.discountRateAnnual };
  const values = valueAccounts(model.now.timing, weightRow, model.now.spend, history, horizon);

  const { grid, cells } = cellColumns(cellTable, accounts.rows);
  const accountShares = context.readTable(input.accountShares);
  const shares = {
    visited: float64Column(context.readTable(input.cellShares), 'share'),
    elsewhere: float64Column(accountShares, 'elsewhere'),
    spread: float64Column(context.readTable(input.priors), 'share'),
    weight: float64Column(accountShares, 'weight'),
  };
  const cellMinor = shares.visited.map((part, row) => part * (values.clvMinor[cells.account[row] ?? 0] ?? 0));
  const coherence = checkCoherence(shares, cells, values.clvMinor, cellMinor);

  const rng = makeRng(context.seed);
  const futures = simulateFutures(
    {
      customerId,
      history,
      weightRow,
      clvMinor: values.clvMinor,
      moneyFactor: values.discount.map((discount) => discount * model.now.spend.netFactor),
      parameterDraws: drawParameters(model.now.timing, model.now.spend.fit, config.draws, rng),
      horizonWeeks: (config.horizonDays / daysPerWeek) * speed,
      level: config.intervalLevel,
      grid,
      shares,
      cells,
    },
    rng,
  );
  const spent = float64Column(accounts, 'totalSpendMinor');
  return {
    scores: context.writeTable(
      makeTable({
        customerId: column.text(customerId),
        expectedPurchases: column.float64(values.expectedPurchases),
        pAlive: column.float64(values.pAlive),
        pPurchase: column.float64(values.pPurchase),
        spendPerPurchaseMinor: column.float64(values.spendPerPurchaseMinor),
        clvMinor: column.float64(values.clvMinor),
        clvLowMinor: column.float64(futures.lowMinor),
        clvHighMinor: column.float64(futures.highMinor),
        elsewhere: column.float64(shares.elsewhere),
      }),
    ),
    cells: context.writeTable(
      makeTable({ ...cellTable.columns, share: column.float64(shares.visited), clvMinor: column.float64(cellMinor) }),
    ),
    holdout: context.writeTable(
      holdoutTable(model, context.readTable(input.holdoutAccounts), context.readTable(input.holdoutProfiles), config, rng.split('holdout')),
    ),
    tracking: context.writeJson(trackPeriod(model, int32Column(accounts, 'firstDay'), weeklyColumns(context.readTable(input.weekly)))),
    grain: context.writeJson({
      horizonDays: config.horizonDays,
      level: config.intervalLevel,
      total: { ...futures.total, history: spent.reduce((total, amount) => total + amount, 0) },
      axes: futures.axes,
      cellTotalMinor: coherence.cellTotalMinor,
      coherenceMaxRelError: coherence.maxRelativeError,
    }),
    attributions: context.writeTable(attributionTable(model.now, weightRow, history, horizon, values.clvMinor)),
    importance: context.writeJson(
      groupImportance(
        model.earlier,
        context.readTable(input.holdoutAccounts),
        context.readTable(input.holdoutProfiles),
        model.horizonDays,
        rng.split('importance'),
      ),
    ),
    clvTotalMinor: coherence.accountTotalMinor,
    combinations: grid.location.length,
  };
}

/** Levels whose coverage is judged, beside the level of the run. */
const judgedLevels = [0.5, 0.8, 0.9, 0.95];

/** Not discounted: a holdout counts the money that came, not its present value. */
function holdoutTable(model: CohortModel, accounts: Table, profiles: Table, { draws, intervalLevel }: ValueConfig, rng: Rng): Table {
  const { clock, timing, spend } = model.earlier;
  const columns = accountColumns(accounts);
  const horizon = { days: model.horizonDays, speed: horizonSpeed(clock, model.horizonDays), discountRateAnnual: 0 };
  const homes = homesOf(profiles);
  const weightRow = weightRows(timing, homes);
  const history = historyOn(clock, columns);
  const values = valueAccounts(timing, weightRow, spend, history, horizon);
  const customerId = textColumn(accounts, 'customerId');
  const actualMinor = float64Column(accounts, 'outcomeSpendMinor');
  const levels = [intervalLevel, ...judgedLevels];
  const { quantiles, below, upTo } = spendQuantiles(
    {
      customerId,
      history,
      weightRow,
      moneyFactor: spend.netFactor,
      parameterDraws: drawParameters(timing, spend.fit, draws, rng),
      horizonWeeks: (model.horizonDays / daysPerWeek) * horizon.speed,
      probabilities: levels.flatMap((level) => [(1 - level) / 2, (1 + level) / 2]),
      actualMinor,
    },
    rng,
  );
  // As today's intervals are: stretched to hold the expectation.
  const stretched = (at: number, pick: (a: number, b: number) => number): Float64Array =>
    values.clvMinor.map((value, row) => pick(value, quantiles[at]?.[row] ?? value));
  const judged = judgedLevels.flatMap((level, at) => {
    const name = String(Math.round(100 * level));
    return [
      [`spendLow${name}Minor`, column.float64(quantiles[2 * at + 2] ?? values.clvMinor)] as const,
      [`spendHigh${name}Minor`, column.float64(quantiles[2 * at + 3] ?? values.clvMinor)] as const,
    ];
  });
  return makeTable({
    customerId: column.text(customerId),
    cohort: column.text(homes),
    pPurchase: column.float64(values.pPurchase),
    expectedPurchases: column.float64(values.expectedPurchases),
    expectedSpendMinor: column.float64(values.clvMinor),
    spendLowMinor: column.float64(stretched(0, Math.min)),
    spendHighMinor: column.float64(stretched(1, Math.max)),
    ...Object.fromEntries(judged),
    spendBelow: column.float64(below),
    spendUpTo: column.float64(upTo),
    baskets: column.int32(columns.baskets),
    actualBaskets: column.int32(int32Column(accounts, 'outcomeBaskets')),
    actualSpendMinor: column.float64(actualMinor),
    tenureDays: column.int32(columns.TDays),
  });
}
