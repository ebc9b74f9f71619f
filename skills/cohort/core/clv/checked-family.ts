/**
 * A family that refuses what is no number before it computes: NaN goes through every comparison of a loop that adapts its
 * steps, and such a loop would never end. Histories are checked where they are used.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import type { TimingFamily, WhenActive } from './family.ts';

type TimeCheck = (what: string, time: number) => void;

/**
 * The same family, with parameters, times and rates checked before each computation of one customer.
 * @param checkTime throws for what is no time of the family; default a finite number ≥ 0
 */
export function checkedFamily<P>(family: TimingFamily<P>, checkTime: TimeCheck = checkFinite): TimingFamily<P> {
  const { title, parameters: specs, whenActive } = family;
  const check = (parameters: P): void => {
    for (const { name, isZeroAllowed } of specs) {
      const value = parameters[name];
      if (typeof value === 'number' && value < Number.POSITIVE_INFINITY && (isZeroAllowed === true ? value >= 0 : value > 0)) continue;
      const least = isZeroAllowed === true ? '≥ 0' : '> 0';
      throw new CohortiumError('NUMERIC_DOMAIN', `${title} needs a finite ${name} ${least}; found ${String(value)}`);
    }
  };
  return {
    ...family,
    logLikelihood: (parameters, history, gradient) => {
      check(parameters);
      return family.logLikelihood(parameters, history, gradient);
    },
    logProbabilityAlive: (parameters, history, later = 0) => {
      check(parameters);
      checkTime('later', later);
      return family.logProbabilityAlive(parameters, history, later);
    },
    conditionalExpectation: (parameters, history, t) => {
      check(parameters);
      checkTime('a horizon', t);
      return family.conditionalExpectation(parameters, history, t);
    },
    ...(whenActive && { whenActive: checkedWhenActive(whenActive, check, checkTime) }),
    expectedPurchases: (parameters, t) => {
      check(parameters);
      checkTime('an age', t);
      return family.expectedPurchases(parameters, t);
    },
    countProbability: (parameters, n, t) => {
      check(parameters);
      checkTime('an age', t);
      return isCount(n) ? family.countProbability(parameters, n, t) : 0;
    },
    futureCountProbability: (parameters, history, n, t) => {
      check(parameters);
      checkTime('a horizon', t);
      const probability = family.futureCountProbability(parameters, history, isCount(n) ? n : 0, t);
      return isCount(n) ? probability : 0;
    },
    discountedExpectation: (parameters, history, horizon, rate) => {
      check(parameters);
      checkRate(rate);
      if (horizon !== Number.POSITIVE_INFINITY) checkTime('a horizon', horizon);
      return family.discountedExpectation(parameters, history, horizon, rate);
    },
    drawPurchases: (parameters, history, horizon, rng) => {
      check(parameters);
      checkTime('a horizon', horizon);
      return family.drawPurchases(parameters, history, horizon, rng);
    },
    drawPurchaseTimes: (parameters, history, horizon, rng) => {
      check(parameters);
      checkTime('a horizon', horizon);
      return family.drawPurchaseTimes(parameters, history, horizon, rng);
    },
    simulate: (parameters, T, rng) => {
      check(parameters);
      checkTime('an age', T);
      return family.simulate(parameters, T, rng);
    },
  };
}

function checkedWhenActive<P>(whenActive: WhenActive<P>, check: (parameters: P) => void, checkTime: TimeCheck): WhenActive<P> {
  const { probabilities } = whenActive;
  return {
    ...(probabilities && {
      probabilities: (parameters, histories) => {
        check(parameters);
        return probabilities(parameters, histories);
      },
    }),
    expectation: (parameters, state, t) => {
      check(parameters);
      checkTime('a horizon', t);
      return whenActive.expectation(parameters, state, t);
    },
    discountedExpectation: (parameters, state, horizon, rate) => {
      check(parameters);
      checkRate(rate);
      if (horizon !== Number.POSITIVE_INFINITY) checkTime('a horizon', horizon);
      return whenActive.discountedExpectation(parameters, state, horizon, rate);
    },
    logStays: (parameters, state, later) => {
      check(parameters);
      checkTime('later', later);
      return whenActive.logStays(parameters, state, later);
    },
    purchaseProbability: (parameters, state, t) => {
      check(parameters);
      checkTime('a horizon', t);
      return whenActive.purchaseProbability(parameters, state, t);
    },
  };
}

const isCount = (n: number): boolean => Number.isInteger(n) && n >= 0;

function checkFinite(what: string, time: number): void {
  if (time >= 0 && time < Number.POSITIVE_INFINITY) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `${what} is a finite time ≥ 0, in the unit of the histories; found ${time}`);
}

function checkRate(rate: number): void {
  if (rate >= 0 && rate < Number.POSITIVE_INFINITY) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `a discount rate is a finite number ≥ 0 per unit of time; found ${rate}`);
}

/**
 * For families whose discounted sum has no closed form.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the horizon has no end and nothing is discounted
 */
export function checkEnd(horizon: number, rate: number): void {
  if (rate > 0 || horizon < Number.POSITIVE_INFINITY) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `a horizon without an end needs a discount rate > 0; found ${rate}`);
}
