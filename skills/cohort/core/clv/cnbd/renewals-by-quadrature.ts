/**
 * Means over the purchases of an active customer by integration over the chance of leaving, for horizons in which phases are so
 * many that their sums are long. Given the chance p = 1 − q, E[q^M] is a finite sum of complex powers: the remainder of N + j
 * after division by k is filtered out with the k-th roots of one.
 */
import { exp, expm1, log, log1p } from '../../../../sdk/numeric/index.ts';
import { betaMean } from '../bg-nbd/beta-mean.ts';
import { complexLog1p, rootsOfOne } from './complex.ts';
import type { ActiveCustomer } from './likelihood.ts';
import { negativeBinomialTail } from './negative-binomial.ts';

/** Below this chance of staying the filter cancels, and a sum over the first few purchases is exact. */
const hardlyStays = 1e-4;
const fewPurchases = 5;
/** So small a chance of leaving changes no digit, and quotients by it still are numbers. */
const nobody = 1e-250;

/** E[(1 − q^M)/p]: expected purchases within w·A. */
export function expectationByQuadrature(customer: ActiveCustomer, w: number): number {
  const reached = reachesOf(customer, w);
  return betaMean(customer.a, customer.B, (p, q) => {
    if (q >= hardlyStays) return leftAfter(customer, w, Math.max(p, nobody), q) / Math.max(p, nobody);
    return reached.reduceRight((sum, chance) => chance + q * sum, 0);
  });
}

/** E[q^M]: still active after w·A. */
export function survivalByQuadrature(customer: ActiveCustomer, w: number): number {
  const reached = reachesOf(customer, w);
  return betaMean(customer.a, customer.B, (p, q) => {
    if (q >= hardlyStays) return activeAfterHorizon(customer, w, p, q);
    return 1 - p * reached.reduceRight((sum, chance) => chance + q * sum, 0);
  });
}

/** P(M ≥ m) for m = 1, 2, … */
function reachesOf({ R, phases }: ActiveCustomer, w: number): number[] {
  const k = phases.length;
  return Array.from({ length: fewPurchases }, (_, index) =>
    phases.reduce((sum, chance, j) => sum + (chance === 0 ? 0 : chance * negativeBinomialTail((index + 1) * k - j, R + j, w)), 0),
  );
}

/** 1 − E[q^M], without cancellation for a small p. */
function leftAfter(customer: ActiveCustomer, w: number, p: number, q: number): number {
  const { R, phases } = customer;
  const k = phases.length;
  const u = (p < 0.5 ? -log1p(-p) : -log(q)) / k;
  const slope = log1p(-w * expm1(-u));
  // The root 1: the mean of e^{lu} over remainders l, less one, is positive and small with p.
  let excess = 0;
  for (let l = 1; l < k; l++) excess += expm1(l * u) / k;
  const logMean = log1p(excess);
  let total = 0;
  for (let j = 0; j < k; j++) total -= (phases[j] ?? 0) * expm1(logMean - j * u - (R + j) * slope);
  return total - otherRoots(customer, w, p, q, u);
}

function activeAfterHorizon(customer: ActiveCustomer, w: number, p: number, q: number): number {
  const { R, phases } = customer;
  const k = phases.length;
  const u = (p < 0.5 ? -log1p(-p) : -log(q)) / k;
  const slope = log1p(-w * expm1(-u));
  let mean = 1 / k;
  for (let l = 1; l < k; l++) mean += exp(l * u) / k;
  let total = 0;
  for (let j = 0; j < k; j++) total += (phases[j] ?? 0) * mean * exp(-j * u - (R + j) * slope);
  return Math.max(0, total + otherRoots(customer, w, p, q, u));
}

/** What the roots other than 1 add to E[q^M]; each has the factor p. */
function otherRoots({ R, phases }: ActiveCustomer, w: number, p: number, q: number, u: number): number {
  const k = phases.length;
  const { cosines, sines } = rootsOfOne(k);
  const zeta = exp(-u);
  let total = 0;
  for (let s = 1; s < k; s++) {
    const [c, d] = [cosines[s] ?? 1, sines[s] ?? 0];
    // D = 1 + w(1 − ζω): its power −R, and the ratio of one phase to the one before, ζω/D.
    const [re, im] = [w * (1 - zeta * c), -w * zeta * d];
    const { logModulus, angle } = complexLog1p(re, im);
    const size = (1 + re) * (1 + re) + im * im;
    const [stepRe, stepIm] = [(zeta * (c * (1 + re) + d * im)) / size, (zeta * (d * (1 + re) - c * im)) / size];
    let [sumRe, sumIm] = [0, 0];
    for (let j = k - 1; j >= 0; j--) [sumRe, sumIm] = [sumRe * stepRe - sumIm * stepIm + (phases[j] ?? 0), sumRe * stepIm + sumIm * stepRe];
    // 1/(1 − 1/(ζω)) = ζω/(ζω − 1)
    const [x, y] = [zeta * c - 1, zeta * d];
    const norm = x * x + y * y;
    const [filterRe, filterIm] = [(zeta * (c * x + d * y)) / norm, (zeta * (d * x - c * y)) / norm];
    const modulus = exp(-R * logModulus);
    if (modulus === 0) continue;
    const { cosine, sine } = angle(-R);
    const [powerRe, powerIm] = [sumRe * cosine - sumIm * sine, sumRe * sine + sumIm * cosine];
    total += modulus * (powerRe * filterRe - powerIm * filterIm);
  }
  return (-p / q / k) * total;
}
