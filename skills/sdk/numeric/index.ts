/** Numeric primitives that give the same bits on every machine. All that a deterministic core needs besides + − × ÷ and √. */
export { adjustPValues, type ComparisonMethod, comparisonMethods, rejected } from './adjust-p-values.ts';
export { type BfgsOptions, type BfgsResult, minimizeBfgs, type Objective } from './bfgs.ts';
export { effectiveSampleSize, splitRhat } from './chains.ts';
export { chiSquareTail } from './chi-square.ts';
export { factorCholesky, invertCholesky, solveCholesky } from './cholesky.ts';
export { addMonths, dayNumber, dayOfIsoDate, isoDate } from './civil-day.ts';
export { compareBytes, compareText } from './compare-text.ts';
export { gaussLegendre, type Quadrature } from './quadrature.ts';
export { type HmcOptions, type HmcResult, sampleHmc } from './hmc.ts';
export { betaFraction, betaQuantile, regularizedBeta } from './incomplete-beta.ts';
export { type IsotonicBlock, isotonicBlocks } from './isotonic.ts';
export { normalCdf, normalQuantile, quantileSorted } from './quantile.ts';
export { midRankShares, quantileScores } from './quantile-scores.ts';
export { makeRng, type Rng } from './rng.ts';
export { clopperPearsonInterval, type ShareInterval, wilsonInterval } from './share-interval.ts';
export { betaln, digamma, exp, expm1, lgamma, log, log1p, logit, pow, sigmoid, softplus, trigamma } from './special.ts';
export { sum, sumOf } from './sum.ts';
export { ulpDistance } from './ulp.ts';
