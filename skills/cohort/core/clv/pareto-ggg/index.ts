/**
 * Pareto/GGG: like Pareto/NBD, with a regularity k of each customer's own. Times between purchases are Gamma(k, kλ), lifetimes
 * exponential, and k, λ and μ gamma distributed over customers. Sampled by Markov chains, with their convergence reported.
 * @see Platzer & Reutterer (2016), "Ticking away the moments: timing regularity helps to better predict customer activity",
 * Marketing Science 35(5)
 */
export { fitParetoGgg, type ParameterSummary, type ParetoGggModel, type ParetoGggOptions } from './fit.ts';
export type { ParetoGggParameters } from './parameters.ts';
export { type ParetoGggPrediction, type ParetoGggPredictOptions, predictParetoGgg } from './predict.ts';
export { simulateParetoGgg } from './simulate.ts';
