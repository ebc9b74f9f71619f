/**
 * How good the numbers of this run are, as whole-number facts in coarse steps: bounds of intervals, rounded against the score, and coarse
 * so that what a person decided about a case still fits it in the next run. A bound on a step stays on it; so a limit of a policy that
 * stands on a step is met by exactly the bounds that meet it. What was not measured is left out, so unknown.
 */
import { dayOfIsoDate } from '../../sdk/numeric/index.ts';

/** What Recalibrate says of its holdout; every part but the first two may be missing. */
export interface Reliability {
  /** Expected calibration error on the holdout after recalibration, 0 to 1. */
  readonly eceAfter: number;
  /** Customers in the holdout. */
  readonly n: number;
  /** 95 % interval of the debiased calibration error. */
  readonly eceCI95?: Bounds | null | undefined;
  /** 95 % intervals of the share of customers whose spend was inside the central interval of a level, by level. */
  readonly picpCI95?: Readonly<Record<string, Bounds>> | undefined;
  /** 95 % interval of spend that came over spend that was expected. */
  readonly spendOOverECI95?: Bounds | null | undefined;
  /** Last day of the holdout, ISO. */
  readonly fittedAt?: string | undefined;
}

type Bounds = readonly [low: number, high: number];

/** Every fact that a reliability report decides, also where it leaves one unknown. */
export const reliabilityFactNames = [
  'eceBasisPoints',
  'eceLowerBasisPoints',
  'eceUpperBasisPoints',
  'coverage90LowerBasisPoints',
  'coverage90UpperBasisPoints',
  'spendRatioLowerBasisPoints',
  'spendRatioUpperBasisPoints',
  'holdoutCustomers',
  'holdoutAgeDays',
] as const;

type FactName = (typeof reliabilityFactNames)[number];

const sampleSteps = [0, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const ageSteps = [0, 30, 90, 180, 365, 730, 3650];
const stepBasisPoints = 50;

/**
 * Facts of a reliability report; errors and bounds are left out, so unknown, when there is no holdout.
 * @param asOf ISO day that the age of the holdout counts to; without it the age is unknown
 */
export function reliabilityFacts(report: Reliability, asOf?: string): Readonly<Partial<Record<FactName, number>>> {
  const { eceAfter, n, eceCI95, picpCI95, spendOOverECI95 } = report;
  const holdoutCustomers = sampleSteps.findLast((step) => step <= n) ?? 0;
  if (!(n > 0)) return { holdoutCustomers };
  const found: readonly (readonly [FactName, number | null])[] = [
    ['eceBasisPoints', eceAfter >= 0 ? steps(eceAfter, Math.ceil) : null],
    ...bounds('eceLowerBasisPoints', 'eceUpperBasisPoints', eceCI95, () => Math.ceil),
    ...bounds('coverage90LowerBasisPoints', 'coverage90UpperBasisPoints', picpCI95?.['0.9'], () => Math.floor),
    ...bounds('spendRatioLowerBasisPoints', 'spendRatioUpperBasisPoints', spendOOverECI95, (bound) => (bound < 1 ? Math.floor : Math.ceil)),
    ['holdoutAgeDays', ageOf(report.fittedAt, asOf)],
    ['holdoutCustomers', holdoutCustomers],
  ];
  return Object.fromEntries(found.filter(([, value]) => value !== null));
}

function bounds(
  lower: FactName,
  upper: FactName,
  given: Bounds | null | undefined,
  rounding: (bound: number) => (steps: number) => number,
): readonly (readonly [FactName, number | null])[] {
  const [low, high] = given ?? [Number.NaN, Number.NaN];
  if (!(low >= 0) || !(high >= low) || high === Number.POSITIVE_INFINITY) return [];
  return [
    [lower, steps(low, rounding(low))],
    [upper, steps(high, rounding(high))],
  ];
}

/** A relative slack keeps 0.05 on its step, which it is not exactly in binary. */
function steps(value: number, round: (steps: number) => number): number {
  const exact = (value * 10_000) / stepBasisPoints;
  const nearest = Math.round(exact);
  const count = Math.abs(exact - nearest) < 1e-9 * Math.max(1, exact) ? nearest : round(exact);
  return count * stepBasisPoints;
}

/** A day before the end of the holdout has not seen it: the age is unknown then. */
function ageOf(fittedAt: string | undefined, asOf: string | undefined): number | null {
  const [from, to] = [dayOfIsoDate(fittedAt ?? ''), dayOfIsoDate(asOf ?? '')];
  if (from === undefined || to === undefined || to < from) return null;
  return ageSteps.find((step) => step >= to - from) ?? ageSteps.at(-1) ?? null;
}
