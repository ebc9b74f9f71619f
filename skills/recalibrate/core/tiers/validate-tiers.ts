/**
 * Do tiers mean something? On matured windows a higher tier has to hold its intervals at least as well and to err less. Where it
 * does not, the report says so, and whether chance explains it. Refuses columns that do not fit together.
 */
import { normalQuantile, sumOf, wilsonInterval } from '../../../sdk/numeric/index.ts';
import { checkColumns, fail } from '../conformal/rows.ts';
import { type IntervalQuality, intervalQuality } from '../predictive/interval-scores.ts';
import { maturedPlaces, type MaturedRows } from '../predictive/matured-coverage.ts';
import { type Tier, tierNames } from './rule.ts';

export interface TierRows extends MaturedRows {
  readonly tier: readonly Tier[];
  /** What was predicted, in the unit of the outcome. */
  readonly predicted: Float64Array;
}

export interface TierQuality {
  readonly tier: Tier;
  readonly n: number;
  /** Cohorts that the rows are of. */
  readonly cohorts: number;
  readonly interval: IntervalQuality;
  /** Σ|predicted − outcome| / Σ|outcome|; null where nothing came true. */
  readonly relativeError: number | null;
  /** Of the relative error, rows taken as independent; null for a single row. */
  readonly standardError: number | null;
}

/** Positive when the higher tier is better. */
export interface TierDifference {
  readonly difference: number;
  /** Interval of the difference; null where a tier has a single row. */
  readonly low: number | null;
  readonly high: number | null;
  /** `inverted` when the higher tier is worse by more than chance explains, `undecided` when by less. */
  readonly verdict: 'ordered' | 'inverted' | 'undecided';
}

export interface TierPair {
  readonly higher: Tier;
  readonly lower: Tier;
  /** Coverage of the higher less that of the lower; what is above the level counts as the level, since more is not better. */
  readonly coverage: TierDifference;
  /** Relative error of the lower less that of the higher; null where one of them has none. */
  readonly error: TierDifference | null;
}

export interface TierValidation {
  readonly level: number;
  readonly confidence: number;
  /** Rows whose window is still open, left out. */
  readonly waiting: number;
  /** Tiers with matured rows, the highest first. */
  readonly tiers: readonly TierQuality[];
  /** Neighbours among them. */
  readonly pairs: readonly TierPair[];
  /** True when every pair is ordered in both; null with fewer than two tiers to compare. */
  readonly doOrder: boolean | null;
  /** Tiers that are worse than the next by more than chance: they do not deserve their name. */
  readonly demote: readonly Tier[];
  readonly sentence: string;
}

/**
 * @param asOfDay outcomes are known up to and including this day
 * @param level share of outcomes that the intervals shall hold, in (0, 1)
 * @param confidence of intervals of coverage and of differences; default 0.95
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, NaN, or a level outside (0, 1)
 */
export function validateTiers(rows: TierRows, asOfDay: number, level: number, confidence = 0.95): TierValidation {
  checkColumns({ predicted: rows.predicted, outcome: rows.outcome });
  if (rows.tier.length !== rows.outcome.length)
    fail(`${rows.tier.length} tiers for ${rows.outcome.length} rows; give the tier of every row`);
  const unknown = rows.tier.find((tier) => !tierNames.includes(tier));
  if (unknown !== undefined) fail(`'${unknown}' is no tier; tiers are ${tierNames.join(', ')}`);
  const matured = maturedPlaces(rows, asOfDay);
  const tiers = tierNames.flatMap((tier) => {
    const own = matured.filter((row) => rows.tier[row] === tier);
    return own.length === 0 ? [] : [qualityOf(tier, own, rows, level, confidence)];
  });
  const pairs = tiers.slice(1).map((lower, index) => compare(tiers[index] ?? lower, lower, level, confidence));
  const doOrder =
    pairs.length === 0 ? null : pairs.every(({ coverage, error }) => coverage.verdict === 'ordered' && error?.verdict === 'ordered');
  const demote = pairs
    .filter(({ coverage, error }) => coverage.verdict === 'inverted' || error?.verdict === 'inverted')
    .map(({ higher }) => higher);
  return {
    level,
    confidence,
    waiting: rows.outcome.length - matured.length,
    tiers,
    pairs,
    doOrder,
    demote,
    sentence: sentenceOf(tiers, pairs),
  };
}

function qualityOf(tier: Tier, own: Int32Array, rows: TierRows, level: number, confidence: number): TierQuality {
  const pick = (column: Float64Array): Float64Array => Float64Array.from(own, (row) => column[row] ?? 0);
  const outcome = pick(rows.outcome);
  const errors = pick(rows.predicted).map((value, row) => Math.abs(value - (outcome[row] ?? 0)));
  // One order for all rows, whatever the order given: sums then have the same bits.
  const order = Uint32Array.from(outcome.keys()).sort(
    (a, b) => (outcome[a] ?? 0) - (outcome[b] ?? 0) || (errors[a] ?? 0) - (errors[b] ?? 0),
  );
  const total = (term: (row: number) => number): number => sumOf(order.length, (place) => term(order[place] ?? 0));
  const size = total((row) => Math.abs(outcome[row] ?? 0));
  const relativeError = size === 0 ? null : total((row) => errors[row] ?? 0) / size;
  const n = own.length;
  const residual = (row: number): number => (errors[row] ?? 0) - (relativeError ?? 0) * Math.abs(outcome[row] ?? 0);
  return {
    tier,
    n,
    cohorts: new Set(Array.from(own, (row) => rows.cohort[row])).size,
    interval: intervalQuality({ low: pick(rows.low), high: pick(rows.high) }, outcome, level, confidence),
    relativeError,
    // Of a ratio of two sums, by its linearisation.
    standardError: n < 2 || relativeError === null ? null : Math.sqrt((total((row) => residual(row) * residual(row)) * n) / (n - 1)) / size,
  };
}

function compare(higher: TierQuality, lower: TierQuality, level: number, confidence: number): TierPair {
  return {
    higher: higher.tier,
    lower: lower.tier,
    coverage: compareCoverage(higher, lower, level, confidence),
    error: compareErrors(higher, lower, confidence),
  };
}

/** Interval of the difference of two shares. @see Newcombe (1998), "Interval estimation for the difference", method 10 */
function compareCoverage(higher: TierQuality, lower: TierQuality, level: number, confidence: number): TierDifference {
  const [one, other] = [higher.interval.coverage, lower.interval.coverage];
  const ofOne = wilsonInterval(Math.round(one * higher.n), higher.n, confidence);
  const ofOther = wilsonInterval(Math.round(other * lower.n), lower.n, confidence);
  const reach = (a: number, b: number): number => Math.sqrt(a * a + b * b);
  const difference = Math.min(one, level) - Math.min(other, level);
  const low = one - other - reach(one - ofOne.low, ofOther.high - other);
  const high = one - other + reach(ofOne.high - one, other - ofOther.low);
  // What is above the level is no advantage: the higher tier has to be short of the level itself.
  const isShort = higher.interval.coverageInterval.high < level;
  return { difference, low, high, verdict: difference >= 0 ? 'ordered' : isShort && high < 0 ? 'inverted' : 'undecided' };
}

function compareErrors(higher: TierQuality, lower: TierQuality, confidence: number): TierDifference | null {
  if (higher.relativeError === null || lower.relativeError === null) return null;
  const difference = lower.relativeError - higher.relativeError;
  const [a, b] = [higher.standardError, lower.standardError];
  if (a === null || b === null) return { difference, low: null, high: null, verdict: difference >= 0 ? 'ordered' : 'undecided' };
  const reach = normalQuantile((1 + confidence) / 2) * Math.sqrt(a * a + b * b);
  const [low, high] = [difference - reach, difference + reach];
  return { difference, low, high, verdict: difference >= 0 ? 'ordered' : high < 0 ? 'inverted' : 'undecided' };
}

function sentenceOf(tiers: readonly TierQuality[], pairs: readonly TierPair[]): string {
  if (pairs.length === 0) {
    const only = tiers[0];
    return only ? `Only tier ${only.tier} has matured rows: there is nothing to order.` : 'No window has matured: tiers are not validated.';
  }
  const breaks = pairs.flatMap(({ higher, lower, coverage, error }) => [
    ...(coverage.verdict === 'ordered' ? [] : [`${higher} holds less than ${lower}${byChance(coverage)}`]),
    ...(error === null ? [`the error of ${higher} and ${lower} cannot be compared, since nothing came true in one`] : []),
    ...(error === null || error.verdict === 'ordered' ? [] : [`${higher} errs more than ${lower}${byChance(error)}`]),
  ]);
  if (breaks.length === 0) return `Coverage and error order by tier: ${tiers.map(({ tier }) => tier).join(', ')}.`;
  return `Coverage and error do not order by tier: ${breaks.join('; ')}.`;
}

function byChance({ verdict }: TierDifference): string {
  return verdict === 'undecided' ? ', by no more than chance explains' : '';
}
