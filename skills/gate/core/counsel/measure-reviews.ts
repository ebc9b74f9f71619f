/**
 * How counsel works, in numbers: whether approvers ever disagree, how long decisions take, what ran out of time, and whether cases with
 * a known answer are answered rightly. Rates are null where there is nothing to divide by; a rate of agreement near one over many
 * decisions is a sign of stamping, not of quality.
 * @see Parasuraman & Manzey (2010), "Complacency and Bias in Human Use of Automation", Human Factors 52(3)
 */
import { sum } from '../../../sdk/numeric/index.ts';
import { type Verdict } from './review.ts';

export interface MeasuredReview {
  /** Case that it is about; the same when it was opened again. */
  readonly caseKey: string;
  /** 0 for the first time that this case was opened. */
  readonly round: number;
  readonly openedMs: number;
  /** Null while it is not decided. */
  readonly decidedMs: number | null;
  /** Every recommendation, in order; more than one where it was returned. */
  readonly recommended: readonly Verdict[];
  readonly decided: Verdict | null;
  readonly isExpired: boolean;
  /** The right answer of a case that was put in as a test; null for a real one. */
  readonly rightAnswer: 'approve' | 'reject' | null;
}

export interface ReviewMetrics {
  readonly opened: number;
  readonly decided: number;
  readonly expired: number;
  /** Of decided ones: the approver decided otherwise than was recommended first. */
  readonly overturned: number;
  readonly overturnRate: number | null;
  readonly agreementRate: number | null;
  /** Decided again, and otherwise than before. */
  readonly reversed: number;
  /** Of decided and expired ones: out of time. */
  readonly breachRate: number | null;
  readonly hoursToDecision: { readonly median: number; readonly mean: number; readonly longest: number } | null;
  readonly probes: {
    readonly decided: number;
    /** Answered as is right. */
    readonly right: number;
    /** Let through although it should not have been. */
    readonly missed: number;
    /** Of those that should not be let through: refused. */
    readonly detectionRate: number | null;
    /** Wrongly answered by who recommended, and put right by who approved. */
    readonly caughtByApprover: number;
  };
}

export function measureReviews(reviews: readonly MeasuredReview[]): ReviewMetrics {
  const real = reviews.filter(({ rightAnswer }) => rightAnswer === null);
  const decided = real.filter((review) => review.decided !== null);
  const expired = real.filter(({ isExpired }) => isExpired).length;
  const overturned = decided.filter(
    ({ recommended, decided: verdict }) => recommended[0] !== undefined && recommended[0] !== verdict,
  ).length;
  const hours = decided
    .flatMap(({ openedMs, decidedMs }) => (decidedMs === null ? [] : [(decidedMs - openedMs) / 3_600_000]))
    .sort((one, other) => one - other);
  return {
    opened: real.length,
    decided: decided.length,
    expired,
    overturned,
    overturnRate: rate(overturned, decided.length),
    agreementRate: rate(decided.length - overturned, decided.length),
    reversed: reversals(decided),
    breachRate: rate(expired, decided.length + expired),
    hoursToDecision: hours.length === 0 ? null : { median: medianOf(hours), mean: sum(hours) / hours.length, longest: hours.at(-1) ?? 0 },
    probes: measureProbes(reviews.filter(({ rightAnswer, decided: verdict }) => rightAnswer !== null && verdict !== null)),
  };
}

function measureProbes(probes: readonly MeasuredReview[]): ReviewMetrics['probes'] {
  const isRight = (verdict: Verdict | null | undefined, answer: MeasuredReview['rightAnswer']): boolean =>
    (verdict === 'reject') === (answer === 'reject');
  const right = probes.filter(({ decided, rightAnswer }) => isRight(decided, rightAnswer));
  const wrong = probes.filter(({ rightAnswer }) => rightAnswer === 'reject');
  const missed = wrong.filter(({ decided }) => decided !== 'reject').length;
  return {
    decided: probes.length,
    right: right.length,
    missed,
    detectionRate: rate(wrong.length - missed, wrong.length),
    caughtByApprover: right.filter(({ recommended, rightAnswer }) => !isRight(recommended[0], rightAnswer)).length,
  };
}

function reversals(decided: readonly MeasuredReview[]): number {
  const last = new Map<string, Verdict>();
  let reversed = 0;
  for (const { caseKey, decided: verdict } of [...decided].sort((one, other) => one.round - other.round)) {
    if (verdict === null) continue;
    const before = last.get(caseKey);
    if (before !== undefined && before !== verdict) reversed += 1;
    last.set(caseKey, verdict);
  }
  return reversed;
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function rate(count: number, of: number): number | null {
  return of === 0 ? null : count / of;
}
