/** Several tests at once. */
export { adjustPValues, type ComparisonMethod, comparisonMethods, rejected } from '../../../sdk/numeric/index.ts';
