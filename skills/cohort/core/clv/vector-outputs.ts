/** Which function of which model computes a quantity of the reference vectors, by the names that those have. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, log1p } from '../../../sdk/numeric/index.ts';
import { bgBb, logProbabilityActiveAtEnd } from './bg-bb/index.ts';
import { type AnyTimingFamily, timingFamily, timingFamilyIds } from './families.ts';
import { expectedMeanSpend, spendLogLikelihood } from './spend/index.ts';
import { shiftedBetaGeometric } from './subscription/index.ts';

interface Case {
  readonly model: string;
  readonly params: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, number>>;
}

/** The computation of a quantity; undefined for a name that is not known. */
type Evaluator = (quantity: string) => (() => number) | undefined;

/** @returns undefined for a model that is not known */
export function modelEvaluator(one: Case): Evaluator | undefined {
  if (one.model === 'Gamma-Gamma') return withParameters(one, ['p', 'q', 'v'], spendEvaluator);
  if (one.model === bgBb.title) return withParameters(one, ['alpha', 'beta', 'gamma', 'delta'], opportunityEvaluator);
  if (one.model === shiftedBetaGeometric.title) return withParameters(one, ['alpha', 'beta'], subscriptionEvaluator);
  const id = timingFamilyIds.find((candidate) => timingFamily(candidate).title === one.model);
  if (id === undefined) return undefined;
  const family = timingFamily(id);
  const names = family.parameters.map(({ name }) => name);
  return withParameters(one, names, (checked) => timingEvaluator(family, checked));
}

/** Refuses to compute where a parameter is absent or out of every model's range. */
function withParameters(one: Case, names: readonly string[], evaluator: (one: Case) => Evaluator): Evaluator {
  const known = evaluator(one);
  const absent = names.find((name) => !(one.params[name] !== undefined && one.params[name] >= 0 && Number.isFinite(one.params[name])));
  if (absent === undefined) return known;
  return (quantity) =>
    known(quantity) &&
    (() => {
      throw new CohortiumError('NUMERIC_DOMAIN', `${one.model} needs ${absent} ≥ 0; found ${one.params[absent]}`);
    });
}

function timingEvaluator(family: AnyTimingFamily, { params, inputs }: Case): Evaluator {
  const number = numberOf(inputs);
  const history = { x: inputs['x'] ?? 0, tx: inputs['t_x'] ?? 0, T: inputs['T'] ?? 0 };
  const byName: Readonly<Record<string, () => number>> = {
    log_likelihood: () => family.logLikelihood(params, history),
    log_p_alive: () => family.logProbabilityAlive(params, history),
    p_alive: () => exp(family.logProbabilityAlive(params, history)),
    conditional_expected_transactions: () => family.conditionalExpectation(params, history, number('t')),
    expected_transactions_if_alive: () => expectedIfAlive(family, params, history, number('t')),
    expected_transactions: () => family.expectedPurchases(params, number('t')),
    dert: () => family.discountedExpectation(params, history, Number.POSITIVE_INFINITY, number('delta')),
  };
  return (quantity) => {
    const count = /^pmf_(\d{1,5})$/.exec(quantity)?.[1];
    return count === undefined ? byName[quantity] : () => family.countProbability(params, Number(count), number('t'));
  };
}

/** What is expected of a customer known to be active does not depend on recency; seen just now, nobody's chance to be is tiny. */
function expectedIfAlive(
  family: AnyTimingFamily,
  params: Case['params'],
  { x, T }: { readonly x: number; readonly T: number },
  t: number,
): number {
  const seenNow = { x, tx: x > 0 ? T : 0, T };
  return family.conditionalExpectation(params, seenNow, t) / exp(family.logProbabilityAlive(params, seenNow));
}

/** BG/BB: `n` opportunities so far, `n_star` to come; discount rates are in the names. */
function opportunityEvaluator({ params, inputs }: Case): Evaluator {
  const number = numberOf(inputs);
  const known = {
    alpha: params['alpha'] ?? Number.NaN,
    beta: params['beta'] ?? Number.NaN,
    gamma: params['gamma'] ?? Number.NaN,
    delta: params['delta'] ?? Number.NaN,
  };
  const history = { x: inputs['x'] ?? 0, tx: inputs['t_x'] ?? 0, T: inputs['n'] ?? Number.NaN };
  const byName: Readonly<Record<string, () => number>> = {
    log_likelihood: () => bgBb.logLikelihood(known, history),
    p_alive_at_n: () => exp(logProbabilityActiveAtEnd(known, history)),
    p_alive_at_n_plus_1: () => exp(bgBb.logProbabilityAlive(known, history)),
    conditional_expected_transactions: () => bgBb.conditionalExpectation(known, history, number('n_star')),
    expected_transactions: () => bgBb.expectedPurchases(known, number('n')),
  };
  return (quantity) => {
    const rate = discountIn(quantity, 'dert_annual_d_');
    return rate === undefined ? byName[quantity] : () => bgBb.discountedExpectation(known, history, Number.POSITIVE_INFINITY, log1p(rate));
  };
}

/** sBG: `t` is the period that the customer is in, so t − 1 renewals were made. */
function subscriptionEvaluator({ params, inputs }: Case): Evaluator {
  const number = numberOf(inputs);
  const known = { alpha: params['alpha'] ?? Number.NaN, beta: params['beta'] ?? Number.NaN };
  const byName: Readonly<Record<string, () => number>> = {
    log_pmf: () => shiftedBetaGeometric.logChurnProbability(known, number('t')),
    log_survival: () => shiftedBetaGeometric.logSurvival(known, number('t')),
    retention: () => shiftedBetaGeometric.retention(known, number('t')),
    del_at_acquisition: () => shiftedBetaGeometric.expectedLifetime(known, { ratePerPeriod: log1p(number('d')) }),
  };
  return (quantity) => {
    const rate = discountIn(quantity, 'derl_d_');
    if (rate === undefined) return byName[quantity];
    return () => shiftedBetaGeometric.residualLifetime(known, number('t') - 1, { ratePerPeriod: log1p(rate) });
  };
}

/** `0_1` after the prefix is a rate of 0.1. */
function discountIn(quantity: string, prefix: string): number | undefined {
  const digits = quantity.startsWith(prefix) ? /^(\d+)_(\d+)$/.exec(quantity.slice(prefix.length)) : null;
  return digits ? Number(`${digits[1]}.${digits[2]}`) : undefined;
}

function spendEvaluator({ params, inputs }: Case): Evaluator {
  const number = numberOf(inputs);
  const known = { p: params['p'] ?? Number.NaN, q: params['q'] ?? Number.NaN, v: params['v'] ?? Number.NaN };
  const byName: Readonly<Record<string, () => number>> = {
    log_likelihood: () => spendLogLikelihood(known, number('x'), number('m')),
    expected_mean_spend: () => expectedMeanSpend(known, number('x'), number('m')),
  };
  return (quantity) => byName[quantity];
}

/** Reads an input or a parameter; without it nothing can be computed, which counts as a miss. */
function numberOf(record: Readonly<Record<string, number>>): (name: string) => number {
  return (name) => {
    const value = record[name];
    if (value !== undefined) return value;
    throw new CohortiumError('NUMERIC_DOMAIN', `the vector has no '${name}'; it has ${Object.keys(record).join(', ')}`);
  };
}
