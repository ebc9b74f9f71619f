/** Fits a subscription family to observed lifetimes by maximum likelihood; models are plain JSON. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { expm1, log } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { FitOptions } from '../fit-timing.ts';
import { describeFit, type FittedModel } from '../fitted-model.ts';
import { type SearchResult, searchWithLimits } from '../limit-search.ts';
import { searchLimit } from '../parameter-pattern.ts';
import { type BetaDiscreteWeibullParameters, betaDiscreteWeibull } from './beta-discrete-weibull.ts';
import { logLeaving } from './renewals.ts';
import { type ShiftedBetaGeometricParameters, shiftedBetaGeometric } from './shifted-beta-geometric.ts';
import type { SubscriptionFamily } from './subscription-family.ts';
import { countRenewals, type RenewalCounts, type SubscriptionColumns } from './subscription-rows.ts';

interface ParametersById {
  readonly sbg: ShiftedBetaGeometricParameters;
  readonly bdw: BetaDiscreteWeibullParameters;
}

/** The subscription families by id. */
export const subscriptionFamilies: { readonly [Id in keyof ParametersById]: SubscriptionFamily<ParametersById[Id]> } = {
  sbg: shiftedBetaGeometric,
  bdw: betaDiscreteWeibull,
};

/** Plain JSON. */
export interface SubscriptionModel<P = Readonly<Record<string, number>>> extends FittedModel {
  readonly kind: 'subscription';
  readonly family: string;
  /** Of the limit, embedded, where the fit ran to one. */
  readonly params: P;
}

const leastCustomers = 10;

/**
 * @param id `sbg` (shifted beta-geometric) or `bdw` (beta-discrete-Weibull)
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 customers or without a renewal faced, unless a prior is given
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no subscription or an option is out of its range
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function fitSubscription<Id extends keyof ParametersById>(
  id: Id,
  data: SubscriptionColumns,
  options: FitOptions = {},
): SubscriptionModel<ParametersById[Id]> {
  if (!Object.hasOwn(subscriptionFamilies, id)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `there is no subscription model '${id}'; there are: ${Object.keys(subscriptionFamilies).join(', ')}`,
    );
  }
  return fitFamily<ParametersById[Id]>(subscriptionFamilies[id], countRenewals(data), options);
}

function fitFamily<P>(
  family: SubscriptionFamily<P>,
  counts: RenewalCounts,
  { prior, start = family.start }: FitOptions,
): SubscriptionModel<P> {
  const size = family.parameters.length;
  const belief = prior ? { sd: prior.sd, mean: prior.mean ?? family.start.map(log) } : null;
  const isStart = start.length === size && start.every((value) => value > 0 && Number.isFinite(value));
  if (!isStart || (belief && !(belief.sd > 0 && belief.mean.length === size && belief.mean.every(Number.isFinite)))) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `${family.title} has ${size} parameters: a start needs as many positive numbers, a prior as many finite means and sd > 0; found start ${start.join(', ')} and prior ${JSON.stringify(belief)}`,
    );
  }
  if (!(counts.customers >= (belief ? 1 : leastCustomers)) || (counts.left.length === 0 && !belief)) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `${family.title} needs ${leastCustomers} customers who faced a renewal, or a prior; found ${counts.customers} and ${counts.left.length} renewals`,
    );
  }
  const objective = subscriptionObjective(family, counts);
  const limits = family.limits.map((limit) => searchLimit(objective, limit));
  const found =
    (belief ? null : degenerate(family, counts)) ?? searchWithLimits({ title: family.title, objective, start, limits, prior: belief });
  return {
    kind: 'subscription',
    family: family.id,
    params: natural(family, found.parameters),
    ...describeFit(found, { customers: counts.customers, distinct: counts.distinct, prior: belief }),
  };
}

/** Negative log-likelihood of all customers: one term per renewal, whatever their number. */
export function subscriptionObjective<P>(family: SubscriptionFamily<P>, { renewed, left }: RenewalCounts): NegativeLogLikelihood {
  const inner = new Float64Array(family.parameters.length);
  return (values, gradient) => {
    const parameters = natural(family, values);
    gradient.fill(0);
    let total = 0;
    for (let index = 0; index < renewed.length; index++) {
      const [stayers, leavers] = [renewed[index] ?? 0, left[index] ?? 0];
      const stay = family.logRetention(parameters, index + 1, inner);
      total -= stayers * stay + (leavers > 0 ? leavers * logLeaving(stay) : 0);
      // d log(1 − r) = −dr/(1 − r) = −d log r · r/(1 − r).
      const share = stayers - (leavers > 0 ? leavers / expm1(-stay) : 0);
      for (let k = 0; k < inner.length; k++) gradient[k] = (gradient[k] ?? 0) - share * (inner[k] ?? 0);
    }
    return total;
  };
}

function natural<P>(family: SubscriptionFamily<P>, values: readonly number[]): P {
  return Object.fromEntries(family.parameters.map(({ name }, index) => [name, values[index]])) as P; // the names are the keys of P
}

/** Populations without a free parameter, in which the likelihood is one. */
function degenerate<P>(family: SubscriptionFamily<P>, { renewed, left }: RenewalCounts): SearchResult | null {
  const isNone = (counts: Float64Array): boolean => counts.every((count) => count === 0);
  const at = (limit: string, title: string, parameters: readonly number[]): SearchResult => ({
    parameters,
    covarianceLog: parameters.flatMap(() => parameters.map(() => 0)),
    value: 0,
    free: 0,
    boundary: { limit, title, likelihoodRatio: 0, pValue: 1, full: parameters },
    iterations: 0,
  });
  if (isNone(left)) return at('nobody-leaves', 'alpha/(alpha+beta) → 0: nobody leaves', family.nobodyLeaves);
  if (isNone(renewed)) return at('all-leave', 'beta/(alpha+beta) → 0: everybody leaves at the first renewal', family.allLeave);
  return null;
}
