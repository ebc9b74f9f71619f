/** Value of subscribers from their expected lifetimes and a net cash flow per period. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { ResidualOptions, SubscriptionFamily, ValuationOptions } from './subscription-family.ts';

/**
 * Expected value of a new customer, the first payment included: cash flow × DEL.
 * @param netCashFlow per period that the customer is subscribed, in money
 * @throws {CohortiumError} NUMERIC_DOMAIN when the cash flow is not finite, the horizon not whole, or infinite without a rate
 * @see Fader & Hardie (2010), "Customer-Base Valuation in a Contractual Setting", Marketing Science 29(1)
 */
export function newCustomerValue<P>(family: SubscriptionFamily<P>, params: P, netCashFlow: number, options: ValuationOptions): number {
  return checkCashFlow(netCashFlow) * family.expectedLifetime(params, options);
}

/**
 * Expected value of what a customer with that many renewals still will pay: cash flow × DERL.
 * @param renewals made so far, whole ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN when the cash flow is not finite, renewals or the horizon not whole, or the horizon infinite without a rate
 * @see Fader & Hardie (2010), "Customer-Base Valuation in a Contractual Setting", Marketing Science 29(1), eq. 6
 */
export function existingCustomerValue<P>(
  family: SubscriptionFamily<P>,
  params: P,
  renewals: number,
  netCashFlow: number,
  options: ResidualOptions,
): number {
  return checkCashFlow(netCashFlow) * family.residualLifetime(params, renewals, options);
}

function checkCashFlow(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new CohortiumError('NUMERIC_DOMAIN', `a net cash flow is a finite amount of money per period; found ${value}`);
}
