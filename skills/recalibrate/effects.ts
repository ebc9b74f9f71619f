/** The pure effects: they read tables, call the cores with columns, and write tables. */
import { CohortiumError, column, float64Column, int32Column, makeTable, type PureContext, type Table, textColumn } from '../sdk/index.ts';
import { clopperPearsonInterval, dayOfIsoDate, normalQuantile } from '../sdk/numeric/index.ts';
import { applyCalibration, type ScoreColumns } from './core/application.ts';
import { type Calibration, fitCalibration } from './core/calibration.ts';
import { calibrateGrain } from './core/grain-intervals.ts';
import type { Holdout, HoldoutIntervals } from './core/holdout.ts';
import { statementOf } from './core/judgement.ts';
import { type ApplyInput, type ApplyOutput, type FitInput, type FitOutput, grainSchema } from './schemas.ts';

const scoreNames = [
  'expectedPurchases',
  'pAlive',
  'pPurchase',
  'spendPerPurchaseMinor',
  'clvMinor',
  'clvLowMinor',
  'clvHighMinor',
] as const satisfies readonly (keyof ScoreColumns)[];

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW when the holdout has no rows at all
 * @throws {CohortiumError} NUMERIC_DOMAIN for a holdout with numbers that are none
 */
function fit({ holdout: ref, grain, config, asOf }: FitInput, context: PureContext): FitOutput {
  const holdout = context.readTable(ref);
  if (holdout.rows === 0) {
    throw new CohortiumError('CALIBRATION_TOO_FEW', 'the holdout has no customers: nobody had bought before the cut-off');
  }
  const { level } = grainSchema.parse(context.readJson(grain));
  const calibration = fitCalibration(holdoutColumns(holdout), { ...config, level, asOfDay: dayOf(asOf) });
  const { before, after, n, moneyScale, gain, intervals, money, tiers, method } = calibration;
  return {
    calibration: context.writeJson(calibration),
    reliability: {
      eceBefore: before.ece,
      eceAfter: after.ece,
      moneyScale: moneyScale.global,
      ...statementOf(after.measures),
      n,
      eceDifferenceCI95: gain && [gain.low, gain.high],
      picp: intervals?.picp ?? {},
      picpCI95: exactIntervals(intervals?.picp ?? {}, n),
      spendOOverE: money.observedOverExpected?.value ?? null,
      spendOOverECI95: money.observedOverExpected && [money.observedOverExpected.low, money.observedOverExpected.high],
      decileLift: money.deciles[0]?.lift ?? null,
      tiersOrder: tiers?.doOrder ?? null,
      method,
      fittedAt: asOf,
    },
  };
}

function apply(input: ApplyInput, context: PureContext): ApplyOutput {
  const calibration = context.readJson(input.calibration) as Calibration; // written by `fit` of this version, named by digest
  const scores = context.readTable(input.scores);
  const cells = context.readTable(input.cells);
  const priors = context.readTable(input.priors);
  const grain = grainSchema.parse(context.readJson(input.grain));
  const baskets = int32Column(context.readTable(input.accounts), 'baskets');
  const cohort = textColumn(context.readTable(input.profiles), 'homeLocation').map(cohortName);
  const { level } = grain;
  const z = normalQuantile((1 + level) / 2);

  const raw = scoreColumns(scores);
  const calibrated = applyCalibration(calibration, raw, { cohort, baskets, level, asOfDay: dayOf(input.asOf), drift: input.drift });
  const account = int32Column(cells, 'account');
  const share = float64Column(cells, 'share');
  const source = {
    prior: { ...placeColumns(priors), share: float64Column(priors, 'share') },
    cells: { ...placeColumns(cells), account, share: float64Column(cells, 'share') },
    elsewhere: float64Column(scores, 'elsewhere'),
  };
  const calibratedGrain = calibrateGrain(
    { source, cohort, rawMinor: raw.clvMinor, calibratedMinor: calibrated.clvMinor, moneyScale: calibration.moneyScale, z },
    grain,
  );
  const { tier, ...numbers } = calibrated;
  return {
    calibrated: context.writeTable(
      makeTable({
        customerId: column.text(textColumn(scores, 'customerId')),
        ...Object.fromEntries(scoreNames.map((name) => [name, column.float64(numbers[name])])),
        elsewhere: column.float64(float64Column(scores, 'elsewhere')),
        tier: column.text(tier),
      }),
    ),
    calibratedCells: context.writeTable(
      makeTable({
        ...cells.columns,
        clvMinor: column.float64(share.map((part, row) => part * (calibrated.clvMinor[account[row] ?? 0] ?? 0))),
      }),
    ),
    calibratedGrain: context.writeJson({ ...grain, ...calibratedGrain, total: { ...grain.total, ...calibratedGrain.total } }),
  };
}

export const pure = { 'calibration.fit': fit, 'calibration.apply': apply };

/** Levels whose coverage is judged; Cohort keeps their quantiles under these names. */
const judgedLevels = [
  [0.5, '50'],
  [0.8, '80'],
  [0.9, '90'],
  [0.95, '95'],
] as const;

function holdoutColumns(holdout: Table): Holdout {
  const intervals = 'spendLowMinor' in holdout.columns ? intervalColumns(holdout) : undefined;
  return {
    customerId: textColumn(holdout, 'customerId'),
    cohort: textColumn(holdout, 'cohort').map(cohortName),
    pPurchase: float64Column(holdout, 'pPurchase'),
    expectedPurchases: float64Column(holdout, 'expectedPurchases'),
    expectedSpendMinor: float64Column(holdout, 'expectedSpendMinor'),
    actualBaskets: int32Column(holdout, 'actualBaskets'),
    actualSpendMinor: float64Column(holdout, 'actualSpendMinor'),
    ...(intervals && { intervals }),
  };
}

function intervalColumns(holdout: Table): HoldoutIntervals {
  return {
    baskets: int32Column(holdout, 'baskets'),
    spend: { low: float64Column(holdout, 'spendLowMinor'), high: float64Column(holdout, 'spendHighMinor') },
    judged: judgedLevels.map(([level, name]) => ({
      level,
      low: float64Column(holdout, `spendLow${name}Minor`),
      high: float64Column(holdout, `spendHigh${name}Minor`),
    })),
  };
}

/** Shares of n customers with their exact 95 % intervals. */
function exactIntervals(shares: Readonly<Record<string, number>>, n: number): Record<string, readonly [number, number]> {
  return Object.fromEntries(
    Object.entries(shares).map(([level, share]) => {
      const { low, high } = clopperPearsonInterval(Math.round(share * n), n, 0.95);
      return [level, [low, high] as const];
    }),
  );
}

/** Checked by the schema of the input. */
function dayOf(date: string): number {
  return dayOfIsoDate(date) ?? Number.NaN;
}

/** A home location that is not known is a cohort of its own. */
function cohortName(location: string): string {
  return location === '' ? 'unknown' : location;
}

function scoreColumns(scores: Table): ScoreColumns {
  return {
    expectedPurchases: float64Column(scores, 'expectedPurchases'),
    pAlive: float64Column(scores, 'pAlive'),
    pPurchase: float64Column(scores, 'pPurchase'),
    spendPerPurchaseMinor: float64Column(scores, 'spendPerPurchaseMinor'),
    clvMinor: float64Column(scores, 'clvMinor'),
    clvLowMinor: float64Column(scores, 'clvLowMinor'),
    clvHighMinor: float64Column(scores, 'clvHighMinor'),
  };
}

function placeColumns(table: Table): { location: readonly string[]; channel: readonly string[]; brand: readonly string[] } {
  return { location: textColumn(table, 'location'), channel: textColumn(table, 'channel'), brand: textColumn(table, 'brand') };
}
