/** Builds a subscription family from its chance to renew. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { exp, expm1, log, type Rng } from '../../../../sdk/numeric/index.ts';
import type { ResidualOptions, SubscriptionFamily, ValuationOptions } from './subscription-family.ts';
import { sumSurvival } from './survival-sum.ts';

type Given = 'id' | 'title' | 'parameters' | 'limits' | 'start' | 'nobodyLeaves' | 'allLeave' | 'logRetention';

interface Core<P> extends Pick<SubscriptionFamily<P>, Given> {
  /** log of S(to)/S(from), 0 ≤ from ≤ to, for real times. */
  readonly logBetween: (parameters: P, from: number, to: number) => number;
}

/** Chances of a family that states its retention and survival. */
export function subscriptionFamily<P>({ logBetween, ...given }: Core<P>): SubscriptionFamily<P> {
  const { logRetention } = given;
  const retention = (parameters: P, t: number): number => exp(logRetention(parameters, checkPeriod('t', t, 1)));
  const logSurvival = (parameters: P, t: number): number => logBetween(parameters, 0, t);
  const logChurnProbability = (parameters: P, t: number): number =>
    logSurvival(parameters, checkPeriod('t', t, 1) - 1) + logLeaving(logRetention(parameters, t));
  /** Σ over j < horizon of S(from + j)/S(from)·e^(−rate·j). */
  const periods = (parameters: P, from: number, horizon: number, rate: number): number =>
    sumSurvival(
      { ratio: (j) => exp(logRetention(parameters, from + j + 1)), logAt: (t) => logBetween(parameters, from, from + t) },
      horizon,
      rate,
    );
  const residual = (parameters: P, renewals: number, horizon: number, rate: number): number => {
    checkPeriod('renewals', renewals, 0);
    const next = exp(logRetention(parameters, renewals + 1));
    return next === 0 || horizon === 0 ? 0 : next * periods(parameters, renewals + 1, horizon, rate);
  };
  const drawRenewals = (parameters: P, renewals: number, horizon: number, rng: Rng): number => {
    checkPeriod('renewals', renewals, 0);
    checkPeriod('the horizon', horizon, 0);
    // Inversion: the number of renewals whose survival is above a uniform number, by bisection.
    const threshold = log(1 - rng.uniform());
    let [made, missed] = [0, horizon + 1];
    while (missed - made > 1) {
      const middle = Math.floor((made + missed) / 2);
      if (logBetween(parameters, renewals, renewals + middle) > threshold) made = middle;
      else missed = middle;
    }
    return made;
  };
  return {
    ...given,
    logSurvival,
    survival: (parameters, t) => exp(logSurvival(parameters, checkPeriod('t', t, 0))),
    retention,
    logChurnProbability,
    churnProbability: (parameters, t) => exp(logChurnProbability(parameters, t)),
    expectedLifetime: (parameters, options) => {
      const { horizon, rate } = valuation(options);
      return periods(parameters, 0, horizon, rate);
    },
    residualLifetime: (parameters, renewals, options) => {
      const { horizon, rate } = valuation(options);
      const wait = options.timing === 'after-renewal' ? exp(-rate) : 1;
      return wait * residual(parameters, renewals, horizon, rate);
    },
    expectedTenure: (parameters, renewals, horizon) => residual(parameters, renewals, checkPeriod('the horizon', horizon, 0), 0),
    drawRenewals,
    simulate: (parameters, horizon, rng) => {
      const made = drawRenewals(parameters, 0, horizon, rng);
      return made < horizon ? { period: made + 1, isChurned: true } : { period: horizon, isChurned: false };
    },
  };
}

/** log(1 − e^x) of the log of a chance. */
export function logLeaving(logStaying: number): number {
  return logStaying === Number.NEGATIVE_INFINITY ? 0 : log(-expm1(logStaying));
}

function valuation({ horizon = Number.POSITIVE_INFINITY, ratePerPeriod: rate }: ValuationOptions | ResidualOptions): {
  readonly horizon: number;
  readonly rate: number;
} {
  const isEndless = horizon === Number.POSITIVE_INFINITY;
  if (!(rate >= 0 && Number.isFinite(rate)) || (isEndless && rate === 0)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `a rate per period ≥ 0 is needed, above 0 without a horizon; found ${rate}`);
  }
  if (!isEndless) checkPeriod('the horizon', horizon, 0);
  return { horizon, rate };
}

function checkPeriod(what: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new CohortiumError('NUMERIC_DOMAIN', `${what} is a whole number of periods, at least ${least}; found ${value}`);
}
