/**
 * Weights of the timing models per cohort, from what each would have predicted at earlier days of the history. All of it lies
 * before the cut-off, so that the holdout, which calibration is fitted on, stays unseen. Without enough history the models
 * weigh the same, and the evidence says so.
 */
import { CohortiumError, isCohortiumError } from '../../sdk/errors.ts';
import { sum } from '../../sdk/numeric/index.ts';
import { fitTiming, timingFamily } from './clv/index.ts';
import { type DaysAtOrigin, daysAtOrigin, purchaseGaps, type PurchaseDays } from './purchase-days.ts';
import { clockReadings, type SeasonalClock } from './seasonal-clock.ts';
import { stackModels, type StackDeviance } from './stacking/stack-models.ts';
import type { CohortWeights } from './timing-mix.ts';

export interface StackingEvidence {
  /** Days after an origin that were predicted. */
  readonly windowDays: number;
  /** Day numbers of the origins, latest first. */
  readonly origins: readonly number[];
  /** Mean Poisson deviance per prediction, over all cohorts. */
  readonly deviance: StackDeviance | null;
  /** Purchases that the equal weights, and the overall ones, weigh; null for infinitely many. */
  readonly strength: { readonly overall: number | null; readonly cohort: number | null };
  /** What weights were pulled to, where it was not equal shares. */
  readonly prior?: readonly Pick<CohortWeights, 'cohort' | 'shares'>[];
  /** Why the models weigh the same; empty when they do not have to. */
  readonly reason: string;
}

export interface WeighRequest {
  /** Ids of the families, in the order of the weights. */
  readonly families: readonly string[];
  /** Purchase days up to the cut-off. */
  readonly purchaseDays: PurchaseDays;
  /** Cohort of each account. */
  readonly cohort: readonly string[];
  /** Ends on the cut-off. */
  readonly clock: SeasonalClock;
  readonly horizonDays: number;
  /** Shares that weights are pulled to in place of equal ones; that of '' is for every cohort that is not listed. */
  readonly prior?: readonly Pick<CohortWeights, 'cohort' | 'shares'>[];
}

const mostOrigins = 2;

/** A shorter window says little about who leaves. */
const leastWindowDays = 28;

/** Fewer customers at an origin say nothing. */
const leastCustomers = 50;

const daysPerWeek = 7;

/** @returns weights of '' first, then of each cohort that has predictions */
export function weighModels(request: WeighRequest): { readonly weights: readonly CohortWeights[]; readonly evidence: StackingEvidence } {
  const { families, purchaseDays, clock, horizonDays, prior } = request;
  checkPrior(prior, families);
  const firstDay = purchaseDays.day.reduce((least, day) => Math.min(least, day), clock.lastDay);
  // Three windows: one to learn from before the earliest origin, and one after each of the two.
  const windowDays = Math.min(horizonDays, Math.floor((clock.lastDay - firstDay) / (mostOrigins + 1)));
  const none = { windowDays: 0, origins: [], deviance: null, strength: { overall: null, cohort: null } };
  const equally = (reason: string): ReturnType<typeof weighModels> => ({
    weights: [
      { cohort: '', shares: sharesFor(prior, '') ?? families.map(() => 1 / families.length), customers: 0 },
      ...(prior ?? []).flatMap(({ cohort, shares }) => (cohort === '' ? [] : [{ cohort, shares, customers: 0 }])),
    ],
    evidence: { ...none, reason, ...priorIn(prior) },
  });
  if (families.length === 1) return equally('there is one model');
  if (windowDays < leastWindowDays)
    return equally(`the history before the cut-off is shorter than ${leastWindowDays * (mostOrigins + 1)} days`);

  const readings = clockReadings(clock, firstDay, clock.lastDay);
  const weeksAt = (day: number): number => (readings[day - firstDay] ?? 0) / daysPerWeek;
  const predictions: number[][] = families.map(() => []);
  const actual: number[] = [];
  const cohort: string[] = [];
  const group: number[] = [];
  const origins: number[] = [];
  for (let step = 1; step <= mostOrigins; step++) {
    const origin = clock.lastDay - step * windowDays;
    const seen = daysAtOrigin(purchaseDays, origin, windowDays);
    const expected = seen.account.length < leastCustomers ? undefined : predictAll(families, seen, origin, windowDays, weeksAt);
    if (!expected) continue;
    origins.push(origin);
    expected.forEach((column, model) => predictions[model]?.push(...column));
    actual.push(...seen.outcome);
    seen.account.forEach((account) => {
      cohort.push(request.cohort[account] ?? '');
      group.push(account);
    });
  }
  if (origins.length === 0) return equally('too few customers had bought at the earlier days');

  const names = [...new Set(cohort)].sort();
  const codeOf = new Map(names.map((name, code) => [name, code]));
  const stacked = stackModels(
    {
      predictions: predictions.map((column) => Float64Array.from(column)),
      actual,
      cohort: Int32Array.from(cohort, (name) => codeOf.get(name) ?? 0),
      group,
    },
    prior ? { prior: { overall: sharesFor(prior, ''), cohort: (code) => sharesFor(prior, names[code] ?? '') } } : {},
  );
  return {
    weights: [
      { cohort: '', shares: stacked.overall.weights, customers: stacked.overall.n },
      ...stacked.cohorts.map((entry) => ({ cohort: names[entry.cohort] ?? '', shares: entry.weights, customers: entry.n })),
    ],
    evidence: { windowDays, origins, deviance: stacked.overall.deviance, strength: stacked.strength, reason: '', ...priorIn(prior) },
  };
}

type Prior = WeighRequest['prior'];

function sharesFor(prior: Prior, cohort: string): readonly number[] | undefined {
  return prior?.find((entry) => entry.cohort === cohort)?.shares;
}

function priorIn(prior: Prior): Pick<StackingEvidence, 'prior'> {
  return prior ? { prior } : {};
}

function checkPrior(prior: Prior, families: readonly string[]): void {
  for (const { cohort, shares } of prior ?? []) {
    const total = sum(shares);
    if (shares.length === families.length && shares.every((share) => share > 0) && Math.abs(total - 1) < 1e-9) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the prior of '${cohort}' needs a share > 0 for each of ${families.length} models that add up to 1; found ${shares.join(', ')}`,
    );
  }
}

/** Expected purchases after an origin by each family; undefined when one of them cannot be fitted there. */
function predictAll(
  families: readonly string[],
  seen: DaysAtOrigin,
  origin: number,
  windowDays: number,
  weeksAt: (day: number) => number,
): Float64Array[] | undefined {
  const history = {
    x: seen.x,
    tx: Float64Array.from(seen.lastDay, (day, row) => weeksAt(day) - weeksAt(seen.firstDay[row] ?? day)),
    T: Float64Array.from(seen.firstDay, (day) => weeksAt(origin) - weeksAt(day)),
    logGaps: purchaseGaps(seen.purchaseDays, weeksAt),
  };
  const window = weeksAt(origin + windowDays) - weeksAt(origin);
  try {
    return families.map((id) => {
      const family = timingFamily(id);
      const { params } = fitTiming(family, history);
      const known = new Map<string, number>();
      return Float64Array.from(history.x, (x, row) => {
        const [tx, T] = [history.tx[row] ?? 0, history.T[row] ?? 0];
        const key = `${x} ${tx} ${T}`;
        const value = known.get(key) ?? family.conditionalExpectation(params, { x, tx, T }, window);
        known.set(key, value);
        return value;
      });
    });
  } catch (error) {
    if (isCohortiumError(error) && (error.code === 'CLV_TOO_FEW_CUSTOMERS' || error.code === 'NUMERIC_NO_CONVERGENCE')) return undefined;
    throw error;
  }
}
