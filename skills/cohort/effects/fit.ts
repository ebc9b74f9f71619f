/** The effect that fits: timing and its weights, spend, season, and the shares of the cells. */
import { CohortiumError, column, isCohortiumError, makeTable, type PureContext } from '../../sdk/index.ts';
import { chooseShares } from '../core/choose-shares.ts';
import { dayOfDate } from '../core/civil-date.ts';
import { timingFamily } from '../core/clv/index.ts';
import { type CohortModel, fitPeriod, type PeriodModel, seasonsToLend } from '../core/model.ts';
import type { TimingMix } from '../core/timing-mix.ts';
import { weighModels } from '../core/timing-weights.ts';
import type { FitInput, FitOutput } from '../schemas.ts';
import { accountColumns, cellColumns, codesIn, homesOf, visitColumns, weeklyColumns } from './feature-columns.ts';

/**
 * Fits timing, spend and season twice — on everything, and on what was known at the cut-off — and the allocation once.
 * @throws {CohortiumError} GRAPH_EMPTY, GRAPH_HISTORY_SHORT, CLV_TOO_FEW_CUSTOMERS
 */
export function fit(input: FitInput, context: PureContext): FitOutput {
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
    ...(config.timingPrior ? { prior: config.timingPrior } : {}),
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

function describeTiming({ models, weights }: TimingMix): FitOutput['timing'] {
  return models.map(({ family, boundary, params }, index) => ({
    family,
    share: weights[0]?.shares[index] ?? 0,
    boundary: boundary?.title ?? '',
    parameters: params,
  }));
}
