/**
 * Everything that is measured of one protected attribute for one use: each group against its reference, the tests adjusted as one family,
 * and what is made of it. Customers of whom nothing is known are left out, and their number and rate are said.
 */
import { adjustPValues, sumOf } from '../../../sdk/numeric/index.ts';
import { detectableRatio } from './detectable-ratio.ts';
import { logInterval, type RatioInterval, scoreInterval } from './impact-ratio.ts';
import {
  calibrationWithin,
  type EqualOpportunity,
  equalOpportunity,
  type GroupCalibration,
  residualDifference,
} from './outcome-measures.ts';
import { type QuantileImpact, quantileImpact } from './quantile-impact.ts';
import {
  chiSquared,
  fisherExact,
  oddsRatio,
  rateOf,
  type Selection,
  shortfall,
  smallestExpected,
  type TestResult,
  twoProportionZ,
} from './selection.ts';
import { type Denominator, denominators, standardizedDifference } from './standardized-difference.ts';
import { strataOf, type StratifiedImpact, stratifiedImpact } from './stratified-impact.ts';
import { type FairnessLimits, type FairnessOutcome, type ImpactVerdict, judgeImpact, strictestOutcome } from './verdict.ts';
import { weightedImpact } from './weighted-impact.ts';

/** A protected attribute of the customers of an audit. */
export interface AuditAttribute {
  readonly name: string;
  /** Stated by the customers, or probabilities from a surname and a place. */
  readonly kind: 'declared' | 'estimated';
  readonly groups: readonly {
    readonly name: string;
    /** Probability of each customer; 0 and 1 where declared, NaN where nothing is known. */
    readonly probability: Float64Array;
  }[];
  /** Name of a group; null for the one with the highest rate among those with at least 2 % of the customers. */
  readonly reference: string | null;
}

/** Customers that a use was decided for, one element each; in an order that does not depend on that of any table. */
export interface AuditRows {
  readonly selected: Uint8Array;
  readonly score: Float64Array;
  /** By the name of what is conditioned on, such as `location`: the stratum of each. */
  readonly strata: Readonly<Record<string, readonly string[]>>;
  /** What was predicted of some of them earlier, and what came true. */
  readonly outcomes: {
    /** The customers, as positions in these rows. */
    readonly rows: Int32Array;
    readonly selected: Uint8Array;
    readonly predicted: Float64Array;
    readonly actual: Float64Array;
    /** 1 where the outcome that selection is for came. */
    readonly isGood: Uint8Array;
  } | null;
}

export interface AuditSettings {
  readonly level: number;
  readonly limits: FairnessLimits;
  /** Cuts of the quantile curve, per cent. */
  readonly percents: readonly number[];
  /** Groups whose test was named before, and how many such tests there are in the audit: Bonferroni for these. */
  readonly preRegistered: { readonly groups: readonly string[]; readonly tests: number };
}

export interface GroupFinding {
  readonly group: string;
  readonly reference: string;
  readonly selection: Selection;
  readonly referenceSelection: Selection;
  /** What the weights are worth in customers; the counts themselves where declared. */
  readonly effective: { readonly group: number; readonly reference: number };
  readonly ratio: number | null;
  readonly logInterval: RatioInterval | null;
  readonly scoreInterval: RatioInterval | null;
  readonly tests: {
    readonly z: TestResult | null;
    /** Of declared groups only. */
    readonly chiSquared: TestResult | null;
    readonly chiSquaredYates: TestResult | null;
    readonly fisherP: number | null;
    /** The one that counts: Fisher below 5 expected or 30 customers, chi-squared otherwise, linearised z for weights. */
    readonly decisive: 'fisher' | 'chi-squared' | 'linearised-z' | 'none';
    readonly p: number | null;
    readonly adjustedP: number | null;
    readonly adjustment: 'bonferroni' | 'benjamini-hochberg' | 'none';
  };
  readonly oddsRatio: number | null;
  readonly shortfall: number | null;
  /** Largest ratio that this many customers would show in 80 of 100 audits. */
  readonly detectable: number | null;
  /** Standardised differences of the score by denominator. */
  readonly scoreDifference: Readonly<Record<Denominator, number | null>>;
  readonly quantiles: readonly (QuantileImpact & { readonly adjustedP: number | null })[];
  readonly stratified: readonly ({ readonly by: string } & StratifiedImpact)[];
  readonly equalOpportunity: EqualOpportunity | null;
  readonly calibration: GroupCalibration | null;
  readonly referenceCalibration: GroupCalibration | null;
  readonly residualDifference: number | null;
  readonly verdict: ImpactVerdict;
}

export interface AttributeFinding {
  readonly attribute: string;
  readonly kind: AuditAttribute['kind'];
  readonly reference: string | null;
  readonly groups: readonly GroupFinding[];
  /** Rates of every group, the reference too. */
  readonly rates: readonly { readonly group: string; readonly selection: Selection; readonly rate: number | null }[];
  /** Customers of whom nothing is known. */
  readonly unknown: Selection;
  readonly outcome: FairnessOutcome;
}

/** Groups smaller than this part of all are no reference. @see 29 CFR 1607.4(A) */
const leastReferenceShare = 0.02;
const calibrationBands = 5;

/** @param rows in a fixed order; the same customers as the probabilities of the attribute */
export function auditAttribute(rows: AuditRows, attribute: AuditAttribute, settings: AuditSettings): AttributeFinding {
  const { selected } = rows;
  const groups = attribute.groups.map(({ name, probability }) => ({ name, weights: probability.map((own) => (own > 0 ? own : 0)) }));
  const rates = groups.map(({ name, weights }) => {
    const selection = selectedOf(selected, weights);
    return { group: name, selection, rate: rateOf(selection) };
  });
  const isUnknown = Float64Array.from(selected, (_, row) => (groups.every(({ weights }) => !((weights[row] ?? 0) > 0)) ? 1 : 0));
  const common = { attribute: attribute.name, kind: attribute.kind, rates, unknown: selectedOf(selected, isUnknown) };
  const reference = groups.find(({ name }) => name === (attribute.reference ?? highestRate(rates)));
  const others = groups.filter(({ name }) => name !== reference?.name);
  if (!reference || others.length === 0) return { ...common, reference: reference?.name ?? null, groups: [], outcome: 'counsel' };
  const measured = others.map((group) => measureGroup(rows, attribute.kind, group, reference, settings));
  const adjusted = adjustFamily(measured, settings);
  const findings = measured.map((one, at): GroupFinding => {
    const own = adjusted[at] ?? { primary: null, quantiles: [], adjustment: 'none' as const };
    const { effective, ratio, scoreInterval: interval, detectable } = one;
    const verdict = judgeImpact(
      {
        ratio,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        adjustedP: own.primary,
        customers: Math.min(effective.group, effective.reference),
        detectable,
      },
      settings.limits,
    );
    return {
      ...one,
      tests: { ...one.tests, adjustedP: own.primary, adjustment: own.adjustment },
      quantiles: one.quantiles.map((quantile, cut) => ({ ...quantile, adjustedP: own.quantiles[cut] ?? null })),
      verdict,
    };
  });
  return {
    ...common,
    reference: reference.name,
    groups: findings,
    outcome: strictestOutcome(findings.map(({ verdict }) => verdict.outcome)),
  };
}

interface Weighted {
  readonly name: string;
  readonly weights: Float64Array;
}

type Measured = Omit<GroupFinding, 'verdict' | 'tests' | 'quantiles'> & {
  readonly tests: Omit<GroupFinding['tests'], 'adjustedP' | 'adjustment'>;
  readonly quantiles: readonly QuantileImpact[];
};

function measureGroup(
  rows: AuditRows,
  kind: AuditAttribute['kind'],
  group: Weighted,
  reference: Weighted,
  { level, percents }: AuditSettings,
): Measured {
  const { selected, score, strata, outcomes } = rows;
  const [own, other] = [group.weights, reference.weights];
  const impact = weightedImpact(selected, own, other, level);
  const isDeclared = kind === 'declared';
  const pair = [impact.group, impact.reference] as const;
  const referenceRate = rateOf(impact.reference);
  return {
    group: group.name,
    reference: reference.name,
    selection: impact.group,
    referenceSelection: impact.reference,
    effective: impact.effective,
    ratio: impact.ratio,
    logInterval: isDeclared ? logInterval(...pair, level) : impact.log,
    scoreInterval: isDeclared ? scoreInterval(...pair, level) : impact.score,
    tests: testsOf(impact.group, impact.reference, isDeclared ? null : impact.test, isDeclared),
    oddsRatio: oddsRatio(...pair),
    shortfall: shortfall(...pair),
    detectable: referenceRate === null ? null : detectableRatio(referenceRate, impact.effective.group, impact.effective.reference),
    scoreDifference: Object.fromEntries(
      denominators.map((denominator) => [denominator, standardizedDifference(score, own, other, denominator)]),
    ) as Record<Denominator, number | null>, // one of each
    quantiles: quantileImpact(score, own, other, percents, level),
    stratified: Object.entries(strata).map(([by, names]) => ({
      by,
      ...stratifiedImpact(strataOf(names, selected, own, other), level, isDeclared),
    })),
    ...outcomeMeasures(outcomes, own, other, level),
  };
}

function testsOf(group: Selection, reference: Selection, linearised: TestResult | null, isDeclared: boolean): Measured['tests'] {
  if (!isDeclared) {
    const decisive = linearised ? 'linearised-z' : 'none';
    return { z: linearised, chiSquared: null, chiSquaredYates: null, fisherP: null, decisive, p: linearised?.p ?? null };
  }
  const [plain, yates] = [chiSquared(group, reference, false), chiSquared(group, reference, true)];
  const isEmpty = group.total === 0 || reference.total === 0;
  const fisherP = isEmpty ? null : fisherExact(group, reference);
  const isSmall = smallestExpected(group, reference) < 5 || Math.min(group.total, reference.total) < 30;
  const decisive = isEmpty ? 'none' : isSmall || plain === null ? 'fisher' : 'chi-squared';
  return {
    z: twoProportionZ(group, reference),
    chiSquared: plain,
    chiSquaredYates: yates,
    fisherP,
    decisive,
    p: decisive === 'chi-squared' ? (plain?.p ?? null) : fisherP,
  };
}

function outcomeMeasures(
  outcomes: AuditRows['outcomes'],
  own: Float64Array,
  other: Float64Array,
  level: number,
): Pick<GroupFinding, 'equalOpportunity' | 'calibration' | 'referenceCalibration' | 'residualDifference'> {
  if (!outcomes || outcomes.rows.length === 0)
    return { equalOpportunity: null, calibration: null, referenceCalibration: null, residualDifference: null };
  const { rows, selected, predicted, actual, isGood } = outcomes;
  const among = (weights: Float64Array): Float64Array => Float64Array.from(rows, (row) => weights[row] ?? 0);
  const [a, b] = [among(own), among(other)];
  return {
    equalOpportunity: equalOpportunity(selected, isGood, a, b, level),
    calibration: calibrationWithin(predicted, actual, a, calibrationBands),
    referenceCalibration: calibrationWithin(predicted, actual, b, calibrationBands),
    residualDifference: residualDifference(predicted, actual, a, b, 'pooled'),
  };
}

/** Groups times cuts are one family for Benjamini and Hochberg; tests that were named before the data are by Bonferroni among themselves. */
function adjustFamily(measured: readonly Measured[], { preRegistered }: AuditSettings) {
  const family = measured.flatMap((one, group) => [
    { group, cut: -1, p: one.tests.p },
    ...one.quantiles.map(({ impact }, cut) => ({ group, cut, p: impact.test?.p ?? null })),
  ]);
  const tested = family.filter((one): one is typeof one & { p: number } => one.p !== null);
  const adjusted =
    tested.length > 0
      ? adjustPValues(
          tested.map(({ p }) => p),
          'benjamini-hochberg',
        )
      : new Float64Array(0);
  const found = (group: number, cut: number): number | null => {
    const at = tested.findIndex((one) => one.group === group && one.cut === cut);
    return at < 0 ? null : (adjusted[at] ?? null);
  };
  return measured.map((one, group) => {
    const isNamed = preRegistered.groups.includes(one.group);
    const { p } = one.tests;
    return {
      primary: isNamed ? (p === null ? null : Math.min(1, p * Math.max(1, preRegistered.tests))) : found(group, -1),
      adjustment: p === null ? ('none' as const) : isNamed ? ('bonferroni' as const) : ('benjamini-hochberg' as const),
      quantiles: one.quantiles.map((_, cut) => found(group, cut)),
    };
  });
}

/** Counts of whole weights stay whole. */
function selectedOf(selected: Uint8Array, weights: Float64Array): Selection {
  return {
    selected: sumOf(selected.length, (row) => (selected[row] === 0 ? 0 : (weights[row] ?? 0))),
    total: sumOf(selected.length, (row) => weights[row] ?? 0),
  };
}

function highestRate(rates: AttributeFinding['rates']): string | undefined {
  const all = sumOf(rates.length, (at) => rates[at]?.selection.total ?? 0);
  const large = rates.filter(({ selection, rate }) => rate !== null && selection.total >= leastReferenceShare * all);
  return large.reduce<(typeof large)[number] | undefined>(
    (best, next) => (best === undefined || (next.rate ?? 0) > (best.rate ?? 0) ? next : best),
    undefined,
  )?.group;
}
