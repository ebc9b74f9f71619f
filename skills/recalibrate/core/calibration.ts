/**
 * Fits everything that the holdout can teach and judges it honestly: what is reported as calibrated was predicted by maps
 * that never saw the customer (cross-fitting over folds); what is applied afterwards is refitted on everybody.
 */
import { sum } from '../../sdk/numeric/index.ts';
import { coverageByFamily, type FamilyCoverage, fitReach, type IntervalReach } from './account-intervals.ts';
import type { CorpDiagram } from './diagrams/index.ts';
import { type FittedMap, fitMap, crossFitMap, type MapModel, type MapRows, type MeanMethod, type ProbabilityMethod } from './fit-map.ts';
import { foldOf } from './folds.ts';
import { checkHoldout, type Holdout } from './holdout.ts';
import { type Bins, binsOf, corpOf, judge, type Judgement, type Statement, statementsByCohort } from './judgement.ts';
import { type CalibrationGain, calibrationGain, measureMeans, type MeanReport } from './measures/index.ts';
import { type HeldMoney, holdMoney, scaledBy, scaledSpend } from './money.ts';
import { fitProbabilityMap, hasOutcomes } from './probability-map.ts';
import { rowsByCohort } from './rows-by-cohort.ts';
import { fitScale, type ScaleMap, unitScale } from './scale.ts';
import { accountEvidence, type Evidence } from './tier-evidence.ts';
import { describeTierRule, type DriftState, tierOf, tierRule, type TierValidation, validateTiers } from './tiers/index.ts';

export interface CalibrationConfig {
  /** 2 or more. */
  readonly folds: number;
  readonly calibrator: ProbabilityMethod;
  /** Of money and of counts. */
  readonly money: MeanMethod;
  /** Of the intervals, in (0, 1). */
  readonly level: number;
  /** Last day of the holdout, as a day number. */
  readonly asOfDay: number;
  /** What monitoring says of cohorts; those that are not named are `unmeasured`. */
  readonly drift: Readonly<Record<string, DriftState>>;
}

export interface Calibration {
  readonly method: string;
  readonly folds: number;
  readonly n: number;
  readonly buyers: number;
  /** Last day of the holdout, as a day number: the age of the evidence counts from it. */
  readonly fittedAtDay: number;
  /** False with too few buyers or non-buyers: nothing is changed then. */
  readonly isCalibrated: boolean;
  readonly probability: MapModel;
  /** Candidates with their scores; null where the map was named. */
  readonly probabilityChoice: FittedMap['choice'];
  readonly moneyScale: ScaleMap;
  readonly countScale: ScaleMap;
  /** In place of the scales, where another method was chosen. */
  readonly moneyMap: MapModel | null;
  readonly countMap: MapModel | null;
  readonly moneyChoice: FittedMap['choice'];
  readonly countChoice: FittedMap['choice'];
  /** |predicted − actual| / actual spend per cohort, out of fold. */
  readonly cohortError: Readonly<Record<string, number>>;
  readonly before: Bins;
  /** Out of fold. */
  readonly after: Judgement;
  readonly corp: CorpDiagram;
  /** How much the debiased calibration error came down; null without calibration. */
  readonly gain: CalibrationGain | null;
  /** Of P(purchase) in each cohort, out of fold. */
  readonly cohorts: Readonly<Record<string, Statement>>;
  /** Of spend, out of fold; what was returned in excess counts as nothing. */
  readonly money: MeanReport;
  readonly intervals: CalibratedIntervals | null;
  readonly tierRule: readonly string[];
  /** On the holdout, by intervals out of fold; null without intervals. */
  readonly tiers: TierValidation | null;
}

export interface CalibratedIntervals {
  readonly level: number;
  /** Null where the holdout is too small for intervals that end. */
  readonly reach: IntervalReach | null;
  readonly coverage: readonly FamilyCoverage[];
  /** Share inside at further levels, out of fold. */
  readonly picp: Readonly<Record<string, number>>;
}

/**
 * @param holdout at least one row
 * @throws {CohortiumError} NUMERIC_DOMAIN for a holdout with numbers that are none
 */
export function fitCalibration(holdout: Holdout, config: CalibrationConfig): Calibration {
  checkHoldout(holdout);
  const count = holdout.customerId.length;
  const { cohort } = holdout;
  const outcome = Float64Array.from({ length: count }, (_, row) => ((holdout.actualBaskets[row] ?? 0) > 0 ? 1 : 0));
  const raw = Float64Array.from(holdout.pPurchase);
  const fold = holdout.customerId.map((id) => foldOf(id, config.folds));
  const rows: MapRows = { predicted: raw, outcome, cohort, fold };
  const isCalibrated = hasOutcomes(outcome);
  const probability = isCalibrated ? fitMap('probability', config.calibrator, rows) : { model: fitProbabilityMap(rows), choice: null };
  const calibrated = isCalibrated ? crossFitMap('probability', config.calibrator, rows) : raw;
  const money = fitMeans(config.money, holdout.expectedSpendMinor, holdout.actualSpendMinor, { ...rows, isCalibrated });
  const counts = fitMeans(config.money, holdout.expectedPurchases, holdout.actualBaskets, { ...rows, isCalibrated });
  const held = holdMoney(holdout, fold, { ...config, isCalibrated });
  const spent = Float64Array.from(holdout.actualSpendMinor, (own) => Math.max(0, own));
  const after = judge(calibrated, outcome);
  const known = {
    isCalibrated,
    fittedAtDay: config.asOfDay,
    cohorts: statementsByCohort(calibrated, outcome, cohort),
    cohortError: isCalibrated ? errorByCohort(holdout, held.spendMinor) : {},
    after,
  };
  return {
    ...known,
    method: describeMethod(isCalibrated, probability.model, money.map),
    folds: config.folds,
    n: count,
    buyers: sum(outcome),
    probability: probability.model,
    probabilityChoice: probability.choice,
    moneyScale: money.scale,
    countScale: counts.scale,
    moneyMap: money.map,
    countMap: counts.map,
    moneyChoice: money.choice,
    countChoice: counts.choice,
    before: binsOf(raw, outcome),
    corp: corpOf(calibrated, outcome),
    gain: isCalibrated ? calibrationGain({ predicted: raw, outcome }, calibrated, { draws: 200 }) : null,
    money: measureMeans({ predicted: held.spendMinor, outcome: spent }, { draws: 200 }),
    intervals: intervalsOf(holdout, spent, held, { ...money, level: config.level, isCalibrated }),
    tierRule: describeTierRule(tierRule),
    tiers: held.interval && validate(holdout, spent, held, held.interval, known, config),
  };
}

interface FittedMeans {
  readonly scale: ScaleMap;
  readonly map: MapModel | null;
  readonly choice: FittedMap['choice'];
}

function fitMeans(
  method: MeanMethod,
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  { cohort, fold, isCalibrated }: Pick<MapRows, 'cohort' | 'fold'> & { readonly isCalibrated: boolean },
): FittedMeans {
  if (!isCalibrated) return { scale: unitScale, map: null, choice: null };
  const scale = fitScale(expected, actual, cohort);
  if (method === 'cohort-scale') return { scale, map: null, choice: null };
  const outcome = Float64Array.from(actual, (own) => Math.max(0, own));
  const { model, choice } = fitMap('mean', method, { predicted: Float64Array.from(expected), outcome, cohort, fold });
  return { scale, map: model.kind === 'cohort-scale' ? null : model, choice };
}

function intervalsOf(
  holdout: Holdout,
  spent: Float64Array,
  held: HeldMoney,
  { scale, map, level, isCalibrated }: FittedMeans & { readonly level: number; readonly isCalibrated: boolean },
): CalibratedIntervals | null {
  const { intervals, cohort } = holdout;
  if (!intervals || !held.interval) return null;
  const { baskets, spend } = intervals;
  const expected = Float64Array.from(holdout.expectedSpendMinor);
  const scaled = scaledBy(expected, scaledSpend(map, scale, expected, cohort), spend);
  return {
    level,
    reach: isCalibrated ? fitReach({ ...scaled, cohort, pPurchase: holdout.pPurchase }, spent, level) : null,
    coverage: coverageByFamily(spend, held.interval, { cohort, baskets }, spent, level),
    picp: held.picp,
  };
}

/** Tiers as they would have been given at the cut-off, against what came true since. */
function validate(
  { cohort, intervals, customerId }: Holdout,
  outcome: Float64Array,
  { spendMinor }: HeldMoney,
  { low, high }: NonNullable<HeldMoney['interval']>,
  known: Evidence,
  { asOfDay, level, drift }: CalibrationConfig,
): TierValidation {
  const tier = cohort.map((name, row) =>
    tierOf(
      accountEvidence(known, name, {
        baskets: intervals?.baskets[row] ?? 0,
        value: spendMinor[row] ?? 0,
        low: low[row] ?? 0,
        high: high[row] ?? 0,
        asOfDay,
        drift: Object.hasOwn(drift, name) ? (drift[name] ?? 'unmeasured') : 'unmeasured',
      }),
    ),
  );
  const windowEndDay = new Int32Array(customerId.length).fill(asOfDay);
  return validateTiers({ cohort, tier, predicted: spendMinor, low, high, outcome, windowEndDay }, asOfDay, level);
}

function describeMethod(isCalibrated: boolean, probability: MapModel, money: MapModel | null): string {
  if (!isCalibrated) return 'Too few outcomes: nothing is changed.';
  const name = probability.kind === 'logistic' ? 'cohort-logistic' : nameOf(probability);
  return `P(purchase): ${name}. Money and counts: ${money === null ? 'cohort-scale' : nameOf(money)}. Judged out of fold.`;
}

function nameOf(model: MapModel): string {
  return 'parent' in model ? `${model.parent.kind} per cohort` : model.kind;
}

/** One where a cohort spent nothing: there is no actual spend to compare with. */
function errorByCohort(holdout: Holdout, spendMinor: Float64Array): Readonly<Record<string, number>> {
  return Object.fromEntries(
    rowsByCohort(holdout.cohort).map(([name, rows]) => {
      const actual = sum(rows.map((row) => holdout.actualSpendMinor[row] ?? 0));
      const predicted = sum(rows.map((row) => spendMinor[row] ?? 0));
      return [name, actual > 0 ? Math.abs(predicted - actual) / actual : 1];
    }),
  );
}
