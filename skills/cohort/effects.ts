/** The pure effects: they read tables, call the cores with columns, and write tables. */
import {
  CohortiumError,
  column,
  float64Column,
  int32Column,
  isCohortiumError,
  makeTable,
  type PureContext,
  type Ref,
  type Table,
  textColumn,
} from '../sdk/index.ts';
import { makeRng } from '../sdk/numeric/index.ts';
import { assignAxes } from './core/axes.ts';
import { chooseShares, type SharesRequest } from './core/choose-shares.ts';
import { dayOfDate } from './core/civil-date.ts';
import { timingFamily } from './core/clv/index.ts';
import { checkCoherence } from './core/coherence.ts';
import { drawParameters, simulateFutures } from './core/grain.ts';
import { type CellCounts, type CellGrid, makeGrid } from './core/grid.ts';
import { type CohortModel, fitPeriod, historyOn, type PeriodData, type PeriodModel, seasonsToLend, trackPeriod } from './core/model.ts';
import { purchaseDaysOf } from './core/purchase-days.ts';
import { horizonSpeed } from './core/seasonal-clock.ts';
import { type TimingMix, weightRows } from './core/timing-mix.ts';
import { weighModels } from './core/timing-weights.ts';
import { daysPerWeek, valueAccounts } from './core/value.ts';
import type { AxesInput, AxesOutput, FitInput, FitOutput, ValueInput, ValueOutput } from './schemas.ts';

/**
 * Fits timing, spend and season twice — on everything, and on what was known at the cut-off — and the allocation once.
 * @throws {CohortiumError} GRAPH_EMPTY, GRAPH_HISTORY_SHORT, CLV_TOO_FEW_CUSTOMERS
 */
function fit(input: FitInput, context: PureContext): FitOutput {
  const { config, asOf, cutoff } = input;
  const accounts = context.readTable(input.accounts);
  if (accounts.rows === 0) throw new CohortiumError('GRAPH_EMPTY', `nobody had bought anything by ${asOf}`);
  const earlierAccounts = context.readTable(input.holdoutAccounts);
  if (earlierAccounts.rows === 0) {
    throw new CohortiumError(
      'GRAPH_HISTORY_SHORT',
      `nobody had bought anything by ${cutoff}, ${config.horizonDays} days before ${asOf}; the holdout needs purchases before it`,
    );
  }
  const weekly = weeklyColumns(context.readTable(input.weekly));
  const visits = context.readTable(input.visits);
  const holdoutVisits = context.readTable(input.holdoutVisits);
  const shared = { isSeasonal: config.seasonal, families: config.timing };
  const fittedNow = fitPeriod(accountColumns(accounts, visits), weekly, { ...shared, lastDate: asOf });
  const earlierColumns = accountColumns(earlierAccounts, holdoutVisits);
  const fittedEarlier = fitEarlier(earlierColumns, weekly, {
    ...shared,
    lastDate: cutoff,
    lender: seasonsToLend(fittedNow, config.horizonDays),
  });
  const weighed = weighModels({
    families: config.timing,
    purchaseDays: earlierColumns.purchaseDays,
    cohort: homesOf(context.readTable(input.holdoutProfiles)),
    clock: fittedEarlier.clock,
    horizonDays: config.horizonDays,
  });
  const weighted = (period: PeriodModel): PeriodModel => ({ ...period, timing: { ...period.timing, weights: weighed.weights } });
  const now = weighted(fittedNow);
  const earlier = weighted(fittedEarlier);

  const cellTable = context.readTable(input.cells);
  const { grid, cells } = cellColumns(cellTable, accounts.rows);
  const { shares, concentration, marginWeight, evidence } = chooseShares({
    method: config.shares,
    grid,
    cells,
    visits: visitColumns(visits, grid.ofCell, accounts.rows),
    earlierVisits: visitColumns(holdoutVisits, codesIn(grid, context.readTable(input.holdoutCells)), earlierAccounts.rows),
    asOfDay: dayOfDate(asOf),
    cutoffDay: dayOfDate(cutoff),
    origins: weighed.evidence.origins,
    windowDays: weighed.evidence.windowDays,
    horizonDays: config.horizonDays,
    family: timingFamily(config.timing[0] ?? 'bg-nbd'),
  });
  const model: CohortModel = {
    family: `${config.timing.join(', ')} + gamma-gamma + dirichlet`,
    timeUnit: 'week',
    asOf,
    cutoff,
    horizonDays: config.horizonDays,
    discountRateAnnual: config.discountRateAnnual,
    intervalLevel: config.intervalLevel,
    draws: config.draws,
    now,
    earlier,
    stacking: weighed.evidence,
    shares: evidence,
    concentration: concentration.value,
    concentrationBoundary: concentration.boundary,
    marginWeight: marginWeight.value,
    isFullGrid: grid.isFull,
  };
  return {
    model: context.writeJson(model),
    priors: context.writeTable(
      makeTable({
        location: column.text(Array.from(grid.location, (code) => grid.locations[code] ?? '')),
        channel: column.text(Array.from(grid.channel, (code) => grid.channels[code] ?? '')),
        brand: column.text(Array.from(grid.brand, (code) => grid.brands[code] ?? '')),
        share: column.float64(shares.spread),
      }),
    ),
    cellShares: context.writeTable(makeTable({ share: column.float64(shares.visited) })),
    accountShares: context.writeTable(makeTable({ elsewhere: column.float64(shares.elsewhere), weight: column.float64(shares.weight) })),
    timing: describeTiming(now.timing),
    shares: evidence.method,
    concentration: concentration.value,
  };
}

/** Too little to fit on at the cut-off is a matter of the history's length: today's fit has succeeded before. */
function fitEarlier(...request: Parameters<typeof fitPeriod>): ReturnType<typeof fitPeriod> {
  try {
    return fitPeriod(...request);
  } catch (error) {
    if (!isCohortiumError(error) || error.code !== 'CLV_TOO_FEW_CUSTOMERS') throw error;
    throw new CohortiumError('GRAPH_HISTORY_SHORT', `too little had happened by the cut-off ${request[2].lastDate}: ${error.message}`, {
      cause: error,
    });
  }
}

/** Scores, cells and totals today; predictions and outcomes at the cut-off. */
function value(input: ValueInput, context: PureContext): ValueOutput {
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
    holdout: holdoutTable(model, context.readTable(input.holdoutAccounts), context.readTable(input.holdoutProfiles), context),
    tracking: context.writeJson(trackPeriod(model, int32Column(accounts, 'firstDay'), weeklyColumns(context.readTable(input.weekly)))),
    grain: context.writeJson({
      horizonDays: config.horizonDays,
      level: config.intervalLevel,
      total: { ...futures.total, history: spent.reduce((total, amount) => total + amount, 0) },
      axes: futures.axes,
      cellTotalMinor: coherence.cellTotalMinor,
      coherenceMaxRelError: coherence.maxRelativeError,
    }),
    clvTotalMinor: coherence.accountTotalMinor,
    combinations: grid.location.length,
  };
}

/** Not discounted: a holdout counts the money that came, not its present value. */
function holdoutTable(model: CohortModel, accounts: Table, profiles: Table, context: PureContext): Ref {
  const { clock, timing, spend } = model.earlier;
  const columns = accountColumns(accounts);
  const horizon = { days: model.horizonDays, speed: horizonSpeed(clock, model.horizonDays), discountRateAnnual: 0 };
  const homes = homesOf(profiles);
  const values = valueAccounts(timing, weightRows(timing, homes), spend, historyOn(clock, columns), horizon);
  return context.writeTable(
    makeTable({
      customerId: column.text(textColumn(accounts, 'customerId')),
      cohort: column.text(homes),
      pPurchase: column.float64(values.pPurchase),
      expectedPurchases: column.float64(values.expectedPurchases),
      expectedSpendMinor: column.float64(values.clvMinor),
      actualBaskets: column.int32(int32Column(accounts, 'outcomeBaskets')),
      actualSpendMinor: column.float64(float64Column(accounts, 'outcomeSpendMinor')),
      tenureDays: column.int32(columns.TDays),
    }),
  );
}

function assign(input: AxesInput, context: PureContext): AxesOutput {
  const accounts = context.readTable(input.accounts);
  const profiles = context.readTable(input.profiles);
  const { txDays, TDays } = accountColumns(accounts);
  const { account, axis, cohort } = assignAxes(
    {
      homeLocation: textColumn(profiles, 'homeLocation'),
      homeChannel: textColumn(profiles, 'homeChannel'),
      homeBrand: textColumn(profiles, 'homeBrand'),
      vertical: textColumn(profiles, 'vertical'),
      loyaltyTier: textColumn(profiles, 'loyaltyTier'),
      subscription: textColumn(profiles, 'subscription'),
      source: textColumn(profiles, 'source'),
      firstSku: textColumn(profiles, 'firstSku'),
      dominantQuarter: int32Column(profiles, 'dominantQuarter'),
      ageDays: TDays,
      daysSinceLast: TDays.map((age, row) => age - (txDays[row] ?? 0)),
      baskets: int32Column(accounts, 'baskets'),
      spendMinor: float64Column(accounts, 'totalSpendMinor'),
    },
    input.config.dormantAxes,
    input.config.rfmQuantiles,
  );
  return {
    memberships: context.writeTable(makeTable({ account: column.int32(account), axis: column.text(axis), cohort: column.text(cohort) })),
  };
}

export const pure = { 'clv.fit': fit, 'clv.value': value, 'axes.assign': assign };

interface AccountColumns extends PeriodData {
  readonly x: Int32Array;
  readonly txDays: Int32Array;
  readonly TDays: Int32Array;
  readonly repeatSpendMinor: Float64Array;
  readonly totalSpendMinor: Float64Array;
  readonly baskets: Int32Array;
  readonly firstDay: Int32Array;
}

/** The home location of each account, which weights and calibration are by. */
function homesOf(profiles: Table): string[] {
  return textColumn(profiles, 'homeLocation').map((location) => (location === '' ? 'unknown' : location));
}

function describeTiming({ models, weights }: TimingMix): FitOutput['timing'] {
  return models.map(({ family, boundary, params }, index) => ({
    family,
    share: weights[0]?.shares[index] ?? 0,
    boundary: boundary?.title ?? '',
    parameters: params,
  }));
}

/** @param visits left out where only predictions are made: they need no gaps between purchases */
function accountColumns(accounts: Table, visits?: Table): AccountColumns {
  const noDays = new Int32Array();
  return {
    purchaseDays: purchaseDaysOf(
      visits ? int32Column(visits, 'account') : noDays,
      visits ? int32Column(visits, 'day') : noDays,
      accounts.rows,
    ),
    x: int32Column(accounts, 'x'),
    txDays: int32Column(accounts, 'txDays'),
    TDays: int32Column(accounts, 'TDays'),
    repeatSpendMinor: float64Column(accounts, 'repeatSpendMinor'),
    totalSpendMinor: float64Column(accounts, 'totalSpendMinor'),
    baskets: int32Column(accounts, 'baskets'),
    firstDay: int32Column(accounts, 'firstDay'),
  };
}

function weeklyColumns(weekly: Table): { readonly week: Int32Array; readonly repeatBaskets: Int32Array } {
  return { week: int32Column(weekly, 'week'), repeatBaskets: int32Column(weekly, 'repeatBaskets') };
}

function cellColumns(table: Table, accounts: number): { readonly grid: CellGrid; readonly cells: CellCounts } {
  const grid = makeGrid(textColumn(table, 'location'), textColumn(table, 'channel'), textColumn(table, 'brand'));
  return {
    grid,
    cells: {
      accounts,
      account: int32Column(table, 'account'),
      combination: grid.ofCell,
      baskets: float64Column(table, 'baskets'),
    },
  };
}

/** @param code combination of each row of the cells that the visits point to */
function visitColumns(visits: Table, code: Int32Array, accounts: number): SharesRequest['visits'] {
  return {
    accounts,
    account: int32Column(visits, 'account'),
    combination: int32Column(visits, 'cell').map((cell) => code[cell] ?? 0),
    day: int32Column(visits, 'day'),
    baskets: float64Column(visits, 'share'),
    money: float64Column(visits, 'spendMinor'),
  };
}

/** Combination of each cell of another day's table in a grid that has all of its places. */
function codesIn(grid: CellGrid, cells: Table): Int32Array {
  const [location, channel, brand] = ['location', 'channel', 'brand'].map((name) => textColumn(cells, name));
  const keyOf = (one = '', two = '', three = ''): string => `${one}\n${two}\n${three}`;
  const codeOf = new Map(
    Array.from(grid.location, (code, index) => [
      keyOf(grid.locations[code], grid.channels[grid.channel[index] ?? 0], grid.brands[grid.brand[index] ?? 0]),
      index,
    ]),
  );
  return Int32Array.from({ length: cells.rows }, (_, row) => codeOf.get(keyOf(location?.[row], channel?.[row], brand?.[row])) ?? 0);
}
