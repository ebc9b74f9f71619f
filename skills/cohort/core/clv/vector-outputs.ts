/** Which function of which model computes a quantity of the reference vectors, by the names that those have. */
import { exp } from '../../../sdk/numeric/index.ts';
import { type AnyTimingFamily, timingFamily, timingFamilyIds } from './families.ts';
import { expectedMeanSpend, spendLogLikelihood } from './gamma-gamma.ts';

interface Case {
  readonly model: string;
  readonly params: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, number>>;
}

/** The computation of a quantity; undefined for a name that is not known. */
type Evaluator = (quantity: string) => (() => number) | undefined;

/** @returns undefined for a model that is not known */
export function modelEvaluator(one: Case): Evaluator | undefined {
  if (one.model === 'Gamma-Gamma') return spendEvaluator(one);
  const id = timingFamilyIds.find((candidate) => timingFamily(candidate).title === one.model);
  return id === undefined ? undefined : timingEvaluator(timingFamily(id), one);
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
    const count = /^pmf_(\d+)$/.exec(quantity)?.[1];
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

function spendEvaluator({ params, inputs }: Case): Evaluator {
  const number = numberOf(inputs);
  const known = { p: params['p'] ?? Number.NaN, q: params['q'] ?? Number.NaN, v: params['v'] ?? Number.NaN };
  const byName: Readonly<Record<string, () => number>> = {
    log_likelihood: () => spendLogLikelihood(known, number('x'), number('m')),
    expected_mean_spend: () => expectedMeanSpend(known, number('x'), number('m')),
  };
  return (quantity) => byName[quantity];
}

/** An input that is absent makes the result no number, which counts as a miss. */
function numberOf(inputs: Case['inputs']): (name: string) => number {
  return (name) => inputs[name] ?? Number.NaN;
}
