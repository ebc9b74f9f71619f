/**
 * Analysis of an experiment on customers as it was planned: sizes of the arms first, then the means against the control, then the same
 * by cohort with the false discoveries kept low. A mismatch of sizes ends it there; too few customers, or outcomes that do not vary,
 * give no verdict.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { adjustPValues } from '../comparisons/index.ts';
import { rowsByCohort } from '../rows-by-cohort.ts';
import { checkArms, type ExperimentArm } from './assignment.ts';
import { adjustByPast } from './cuped.ts';
import { meanDifference, studentQuantile, studentTail } from './mean-difference.ts';
import { inOrderOfCustomers } from './order-of-customers.ts';
import { type SampleRatio, sampleRatio } from './sample-ratio.ts';
import { alwaysValid, leastPerArm } from './sequential.ts';

export interface ArmsPlan {
  /** The first is the control. */
  readonly arms: readonly ExperimentArm[];
  /** Probability of a difference where there is none, in (0, 0.5]. */
  readonly alpha: number;
  /** Smallest difference of means that matters, in the unit of the outcome, > 0. */
  readonly minimalEffect: number;
  /** `fixed` looks once, when each arm has so many customers. */
  readonly test: { readonly kind: 'sequential' } | { readonly kind: 'fixed'; readonly customersPerArm: number };
}

/** One row per customer. */
export interface ArmsRows {
  readonly customer: readonly string[];
  /** Id of the arm of each. */
  readonly arm: readonly string[];
  readonly outcome: Float64Array;
  /** The same measure from before the experiment; null for none. */
  readonly pre: Float64Array | null;
  readonly cohort: readonly string[] | null;
}

export interface ArmEffect {
  readonly arm: string;
  /** Of the arm and the control together. */
  readonly customers: number;
  /** Mean of the arm minus mean of the control. */
  readonly difference: number;
  /** Null, as what follows, where nothing varies or too few customers are there. */
  readonly low: number | null;
  readonly high: number | null;
  readonly p: number | null;
  /** Holm's over the arms; Benjamini and Hochberg's over cohorts. */
  readonly adjustedP: number | null;
  readonly isDifferent: boolean;
}

/** `alike`: all differences that the data allow are smaller than what matters. */
export type ArmsVerdict = 'sample-ratio-broken' | 'too-early' | 'no-variation' | 'difference' | 'alike' | 'undecided';

/** Plain JSON. */
export interface ArmsAnalysis {
  readonly verdict: ArmsVerdict;
  readonly arms: readonly { readonly arm: string; readonly customers: number; readonly mean: number | null }[];
  readonly sampleRatio: SampleRatio;
  readonly cuped: { readonly theta: number; readonly varianceReduction: number } | null;
  readonly effects: readonly ArmEffect[];
  readonly cohorts: readonly (ArmEffect & { readonly cohort: string })[];
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for a plan that is none, no rows, a customer that is there twice, an arm that is not planned,
 * numbers that are not finite
 */
export function analyseArms(given: ArmsRows, plan: ArmsPlan): ArmsAnalysis {
  checkArms(plan.arms);
  checkPlan(plan);
  checkRows(given, plan);
  const rows = inOrderOfCustomers(given);
  const members = plan.arms.map(({ id }) => rows.arm.flatMap((arm, row) => (arm === id ? [row] : [])));
  const counts = members.map(({ length }) => length);
  const ratio = sampleRatio(
    counts,
    plan.arms.map(({ share }) => share),
  );
  const arms = plan.arms.map(({ id }, at) => {
    const own = members[at] ?? [];
    return { arm: id, customers: own.length, mean: own.length === 0 ? null : meanOf(rows.outcome, own) };
  });
  const none = { arms, sampleRatio: ratio, cuped: null, effects: [], cohorts: [] };
  if (ratio.isBroken) return { verdict: 'sample-ratio-broken', ...none };
  const least = plan.test.kind === 'fixed' ? plan.test.customersPerArm : leastPerArm;
  if (counts.some((count) => count < least)) return { verdict: 'too-early', ...none };

  const { outcome, cuped } = adjusted(rows, members);
  const effects = withAdjusted(effectsIn(outcome, members, plan, 2), 'holm', plan.alpha);
  const cohorts = withAdjusted(
    rowsByCohort(rows.cohort ?? []).flatMap(([cohort, own]) => {
      const inside = new Set(own);
      const parts = members.map((list) => list.filter((row) => inside.has(row)));
      return effectsIn(outcome, parts, plan, plan.test.kind === 'fixed' ? 2 : leastPerArm).map((effect) => ({ cohort, ...effect }));
    }),
    'benjamini-hochberg',
    plan.alpha,
  );
  return { verdict: verdictOf(effects, plan.minimalEffect), arms, sampleRatio: ratio, cuped, effects, cohorts };
}

type RawEffect = Omit<ArmEffect, 'adjustedP' | 'isDifferent'>;

/** Every arm against the first. */
function effectsIn(outcome: Float64Array, members: readonly (readonly number[])[], plan: ArmsPlan, least: number): RawEffect[] {
  const [control = []] = members;
  const pick = (rows: readonly number[]): Float64Array => Float64Array.from(rows, (row) => outcome[row] ?? 0);
  return plan.arms.slice(1).flatMap(({ id }, at): RawEffect[] => {
    const own = members[at + 1] ?? [];
    const customers = own.length + control.length;
    if (own.length === 0 || control.length === 0) return [];
    const unknown = { low: null, high: null, p: null };
    if (Math.min(own.length, control.length) < least)
      return [{ arm: id, customers, difference: meanOf(outcome, own) - meanOf(outcome, control), ...unknown }];
    const estimate = meanDifference(pick(control), pick(own));
    const { difference, variance, degrees } = estimate;
    if (variance === 0) return [{ arm: id, customers, difference, ...unknown }];
    const level = 1 - plan.alpha;
    if (plan.test.kind === 'sequential') return [{ arm: id, customers, difference, ...alwaysValid(estimate, plan.minimalEffect, level) }];
    const half = studentQuantile(level, degrees) * Math.sqrt(variance);
    const p = studentTail(difference / Math.sqrt(variance), degrees);
    return [{ arm: id, customers, difference, low: difference - half, high: difference + half, p }];
  });
}

/** Adjusts the p-values that there are; what could not be tested is no part of the family, which the outcome has no say in. */
function withAdjusted<Effect extends RawEffect>(
  effects: readonly Effect[],
  method: 'holm' | 'benjamini-hochberg',
  alpha: number,
): (Effect & Pick<ArmEffect, 'adjustedP' | 'isDifferent'>)[] {
  const tested = effects.flatMap(({ p }) => (p === null ? [] : [p]));
  const values = tested.length === 0 ? [] : [...adjustPValues(tested, method)];
  return effects.map((effect) => {
    const adjustedP = effect.p === null ? null : (values.shift() ?? null);
    return { ...effect, adjustedP, isDifferent: adjustedP !== null && adjustedP <= alpha };
  });
}

function verdictOf(effects: readonly ArmEffect[], minimalEffect: number): ArmsVerdict {
  if (effects.some(({ isDifferent }) => isDifferent)) return 'difference';
  if (effects.every(({ p }) => p === null)) return 'no-variation';
  const isAlike = effects.every(({ low, high }) => low !== null && high !== null && low > -minimalEffect && high < minimalEffect);
  return isAlike ? 'alike' : 'undecided';
}

function adjusted(
  { outcome, pre }: ArmsRows,
  members: readonly (readonly number[])[],
): Pick<ArmsAnalysis, 'cuped'> & { outcome: Float64Array } {
  if (!pre) return { outcome, cuped: null };
  const pick = (values: Float64Array, rows: readonly number[]): Float64Array => Float64Array.from(rows, (row) => values[row] ?? 0);
  const {
    theta,
    varianceReduction,
    adjusted: parts,
  } = adjustByPast(members.map((rows) => ({ outcome: pick(outcome, rows), pre: pick(pre, rows) })));
  const all = Float64Array.from(outcome);
  members.forEach((rows, arm) => rows.forEach((row, at) => (all[row] = parts[arm]?.[at] ?? 0)));
  return { outcome: all, cuped: { theta, varianceReduction } };
}

function meanOf(values: Float64Array, rows: readonly number[]): number {
  return sum(rows.map((row) => values[row] ?? 0)) / rows.length;
}

function checkPlan({ alpha, minimalEffect, test }: ArmsPlan): void {
  if (!(alpha > 0 && alpha <= 0.5)) throw new CohortiumError('NUMERIC_DOMAIN', `alpha is above 0 and at most 0.5; found ${alpha}`);
  if (!(minimalEffect > 0 && Number.isFinite(minimalEffect)))
    throw new CohortiumError('NUMERIC_DOMAIN', `the smallest effect that matters is a finite number > 0; found ${minimalEffect}`);
  if (test.kind === 'fixed' && !(Number.isInteger(test.customersPerArm) && test.customersPerArm >= 2))
    throw new CohortiumError('NUMERIC_DOMAIN', `a fixed test needs 2 customers per arm or more; found ${test.customersPerArm}`);
}

function checkRows({ customer, arm, outcome, pre, cohort }: ArmsRows, { arms }: ArmsPlan): void {
  const rows = customer.length;
  if (rows === 0) throw new CohortiumError('NUMERIC_DOMAIN', 'an experiment is analysed on its customers; found none');
  for (const column of [arm, outcome, pre, cohort]) {
    if (column && column.length !== rows)
      throw new CohortiumError('NUMERIC_DOMAIN', `every column needs one entry for each of ${rows} customers; found ${column.length}`);
  }
  const known = new Set(arms.map(({ id }) => id));
  const seen = new Set<string>();
  customer.forEach((id, row) => {
    if (seen.has(id))
      throw new CohortiumError('NUMERIC_DOMAIN', `customer '${id}' is there twice; add up the outcomes of a customer first`);
    seen.add(id);
    if (!known.has(arm[row] ?? ''))
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `customer '${id}' is in '${arm[row]}', which is no arm; there are: ${[...known].join(', ')}`,
      );
    for (const value of [outcome[row], pre?.[row] ?? 0]) {
      if (!Number.isFinite(value))
        throw new CohortiumError('NUMERIC_DOMAIN', `customer '${id}' has ${value}; outcomes must be finite numbers`);
    }
  });
}
