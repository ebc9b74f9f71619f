/** Subscriptions: models of how many renewals customers make when leaving is observed. */
export { type BetaDiscreteWeibullParameters, betaDiscreteWeibull } from './beta-discrete-weibull.ts';
export { existingCustomerValue, newCustomerValue } from './customer-value.ts';
export { fitSubscription, subscriptionFamilies, type SubscriptionModel, subscriptionObjective } from './fit-subscription.ts';
export { type ShiftedBetaGeometricParameters, shiftedBetaGeometric } from './shifted-beta-geometric.ts';
export type { ResidualOptions, SubscriptionFamily, ValuationOptions } from './subscription-family.ts';
export { countRenewals, type RenewalCounts, type SubscriptionColumns, survivalTable } from './subscription-rows.ts';
