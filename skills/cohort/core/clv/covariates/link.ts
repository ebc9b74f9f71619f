/**
 * How a customer's covariates change the parameters of a family. Parameters are estimated on scales without bounds; the
 * covariates shift one of them for purchases and one for leaving.
 */
import { exp, log, sigmoid } from '../../../../sdk/numeric/index.ts';
import { type AnyTimingFamily, timingFamily } from '../families.ts';

/** Families that take covariates. */
export type CovariateFamily = 'bg-nbd' | 'mbg-nbd' | 'pareto-nbd';

/** A limit that the fit may run to: one unbounded parameter held far out. */
export interface CovariateLimit {
  readonly id: string;
  readonly title: string;
  /** Of the unbounded parameter, and where it is held. */
  readonly index: number;
  readonly value: number;
}

export interface CovariateLink {
  readonly family: AnyTimingFamily;
  /** Names of the unbounded parameters, four. */
  readonly names: readonly string[];
  /** Which unbounded parameter the covariates of leaving shift, and in which direction. Those of purchases lower the second. */
  readonly dropout: { readonly index: number; readonly sign: 1 | -1 };
  /** The family's parameters, in its order. */
  readonly natural: (unbounded: ArrayLike<number>) => number[];
  /** Derivatives in the unbounded parameters from those in the natural ones, in place. */
  readonly chain: (natural: readonly number[], gradient: Float64Array) => void;
  readonly unbounded: (natural: readonly number[]) => number[];
  readonly limits: readonly CovariateLimit[];
}

/** e^±60 is as good as a limit, and products of such numbers still are finite. */
function expOf(value: number): number {
  return exp(Math.min(Math.max(value, -60), 60));
}

const alike: CovariateLimit = { id: 'alike', title: 'r → ∞: one purchase rate for all with the same covariates', index: 0, value: 14 };

/** @see Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models", section 2 */
const pareto: CovariateLink = {
  family: timingFamily('pareto-nbd'),
  names: ['log r', 'log alpha', 'log s', 'log beta'],
  dropout: { index: 3, sign: -1 },
  natural: (unbounded) => Array.from(unbounded, expOf),
  chain: (natural, gradient) => {
    for (let index = 0; index < 4; index++) gradient[index] = (gradient[index] ?? 0) * (natural[index] ?? 0);
  },
  unbounded: (natural) => natural.map(log),
  limits: [
    { id: 'nobody-leaves', title: 's → 0: nobody leaves (NBD)', index: 2, value: -30 },
    { id: 'alike-leaving', title: 's → ∞: one rate of leaving for all with the same covariates', index: 2, value: 14 },
    alike,
  ],
};

/**
 * The chance of leaving by its mean φ = a/(a+b) and precision κ = a + b. One factor on both a and b would move the precision
 * only and leave the mean alone; the mean is what a covariate is meant to move.
 */
function betaLink(id: 'bg-nbd' | 'mbg-nbd'): CovariateLink {
  return {
    family: timingFamily(id),
    names: ['log r', 'log alpha', 'logit phi', 'log kappa'],
    dropout: { index: 2, sign: 1 },
    natural: (unbounded) => {
      const [r = 0, alpha = 0, mean = 0, precision = 0] = Array.from(unbounded);
      const kappa = expOf(precision);
      const bounded = Math.min(Math.max(mean, -60), 60);
      return [expOf(r), expOf(alpha), kappa * sigmoid(bounded), kappa * sigmoid(-bounded)];
    },
    chain: ([r = 0, alpha = 0, a = 0, b = 0], gradient) => {
      const [byR = 0, byAlpha = 0, byA = 0, byB = 0] = gradient;
      gradient.set([r * byR, alpha * byAlpha, ((a * b) / (a + b)) * (byA - byB), a * byA + b * byB]);
    },
    unbounded: ([r = 1, alpha = 1, a = 1, b = 1]) => [log(r), log(alpha), log(a) - log(b), log(a + b)],
    limits: [
      { id: 'nobody-leaves', title: 'φ = a/(a+b) → 0: nobody leaves (NBD)', index: 2, value: -30 },
      { id: 'alike-leaving', title: 'κ = a+b → ∞: one chance of leaving for all with the same covariates', index: 3, value: 14 },
      { id: 'at-once-or-never', title: 'κ = a+b → 0: customers leave at once or never', index: 3, value: -14 },
      alike,
    ],
  };
}

const links: Readonly<Record<CovariateFamily, () => CovariateLink>> = {
  'bg-nbd': () => betaLink('bg-nbd'),
  'mbg-nbd': () => betaLink('mbg-nbd'),
  'pareto-nbd': () => pareto,
};

/** The link of a family. */
export function covariateLink(family: CovariateFamily): CovariateLink {
  return links[family]();
}

/** Whether a family takes covariates. */
export function takesCovariates(family: string): family is CovariateFamily {
  return family in links;
}

/**
 * The family's parameters of a customer.
 * @param unbounded of a customer whose covariates are all zero
 * @param purchase sum of coefficient × covariate for purchases
 * @param leaving the same for leaving
 */
export function shiftedParameters(link: CovariateLink, unbounded: ArrayLike<number>, purchase: number, leaving: number): number[] {
  const shifted = [unbounded[0] ?? 0, (unbounded[1] ?? 0) - purchase, unbounded[2] ?? 0, unbounded[3] ?? 0];
  const { index, sign } = link.dropout;
  shifted[index] = (shifted[index] ?? 0) + sign * leaving;
  return link.natural(shifted);
}
