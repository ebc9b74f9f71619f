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
  const checked = (parameters: P): P => checkParameters(given, parameters);
  const retention = (parameters: P, t: number): number => exp(logRetention(checked(parameters), checkPeriod('t', t, 1)));
  const logSurvival = (parameters: P, t: number): number => logBetween(parameters, 0, t);
  const logChurnProbability = (parameters: P, t: number): number =>
    logSurvival(checked(parameters), checkPeriod('t', t, 1) - 1) + logLeaving(logRetention(parameters, t));
  /** Σ over j < horizon of S(from + j)/S(from)·e^(−rate·j). */
  const periods = (parameters: P, from: number, horizon: number, rate: number): number =>
    sumSurvival(
      { ratio: (j) => exp(logRetention(parameters, from + j + 1)), logAt: (t) => logBetween(parameters, from, from + t) },
      horizon,
      rate,
    );
  const residual = (parameters: P, renewals: number, horizon: number, rate: number): number => {
    checkPeriod('renewals', renewals, 0);
    const next = exp(logRetention(checked(parameters), renewals + 1));
    return next === 0 || horizon === 0 ? 0 : next * periods(parameters, renewals + 1, horizon, rate);
  };
  const drawRenewals = (parameters: P, renewals: number, horizon: number, rng: Rng): number => {
    checkPeriod('renewals', renewals, 0);
    checkPeriod('the horizon', horizon, 0);
    // Inversion: the number of renewals whose survival is above a uniform number, by bisection.
    checked(parameters);
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
    survival: (parameters, t) => exp(logSurvival(checked(parameters), checkPeriod('t', t, 0))),
    retention,
    logChurnProbability,
    churnProbability: (parameters, t) => exp(logChurnProbability(parameters, t)),
    expectedLifetime: (parameters, options) => {
      const { horizon, rate } = valuation(options);
      return periods(checked(parameters), 0, horizon, rate);
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

/** The limits have zeros: nobody or everybody leaves. Both at once are no population, and c has no limit at zero. */
function checkParameters<P>({ title, parameters: specs }: Pick<Core<P>, 'title' | 'parameters'>, parameters: P): P {
  const values = specs.map(({ name }) => Number(parameters[name]));
  const [alpha = 0, beta = 0, c = 1] = values;
  if (values.every((value) => value >= 0 && Number.isFinite(value)) && alpha + beta > 0 && c > 0) return parameters;
  const found = specs.map(({ name }, index) => `${name} ${values[index]}`).join(', ');
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `${title} needs finite alpha ≥ 0 and beta ≥ 0, not both 0${specs.length > 2 ? ', and c > 0' : ''}; found ${found}`,
  );
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
