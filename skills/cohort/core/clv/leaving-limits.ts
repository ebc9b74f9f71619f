/**
 * Where a model with a gamma purchase rate (r, alpha) and a beta chance of leaving after a purchase (a, b) may run to, in
 * whatever way the purchases of a customer are timed.
 */
import type { Limit, NegativeLogLikelihood } from './family.ts';
import type { HistoryStatistics } from './histories.ts';
import { embeddedLimit, standIn } from './limits.ts';

export interface LeavingModel {
  /** In (r, alpha, a, b). */
  readonly objective: (statistics: HistoryStatistics) => NegativeLogLikelihood;
  /** Where nobody leaves, in (r, alpha). */
  readonly withoutLeaving: (statistics: HistoryStatistics) => NegativeLogLikelihood;
  /** Name of the model in which nobody leaves: `NBD`. */
  readonly nameWithoutLeaving: string;
  /** Name of the same with one rate for all: `Poisson`. */
  readonly nameWithOneRate: string;
}

/** Stands for a beta distribution with all its mass at 0 and 1. */
const tiny = 1e-10;

const at = (values: readonly number[], index: number): number => values[index] ?? 1;
const share = (odds: number): number => odds / (1 + odds);
/** Derivative in the rate of r = standIn, alpha = standIn/rate. */
const byRate = (rate: number, dAlpha: number): number => -(dAlpha * standIn) / (rate * rate);
/** Derivative in the odds a/b of a beta distribution of that size a + b. */
const byOdds = (odds: number, da: number, db: number, size: number): number => ((da - db) * size) / ((1 + odds) * (1 + odds));

export function leavingLimits({ objective, withoutLeaving, nameWithoutLeaving, nameWithOneRate }: LeavingModel): readonly Limit[] {
  return [
    {
      id: 'nobody-leaves',
      title: `a/(a+b) → 0: nobody leaves (${nameWithoutLeaving})`,
      free: 2,
      objective: withoutLeaving,
      start: (full) => [at(full, 0), at(full, 1)],
      embed: (free) => [at(free, 0), at(free, 1), 0, 1],
    },
    {
      ...embeddedLimit(withoutLeaving, {
        id: 'poisson',
        title: `r → ∞ and a/(a+b) → 0: one purchase rate for all, and nobody leaves (${nameWithOneRate})`,
        free: 1,
        start: (full) => [at(full, 0) / at(full, 1)],
        embed: ([rate = 1]) => [standIn, standIn / rate],
        pull: ([rate = 1], [, dAlpha = 0]) => [byRate(rate, dAlpha)],
      }),
      embed: ([rate = 1]) => [standIn, standIn / rate, 0, 1],
    },
    embeddedLimit(objective, {
      id: 'one-rate',
      title: 'r → ∞: one purchase rate for all',
      free: 3,
      start: (full) => [at(full, 0) / at(full, 1), at(full, 2), at(full, 3)],
      embed: ([rate = 1, a = 1, b = 1]) => [standIn, standIn / rate, a, b],
      pull: ([rate = 1], [, dAlpha = 0, da = 0, db = 0]) => [byRate(rate, dAlpha), da, db],
    }),
    embeddedLimit(objective, {
      id: 'one-chance',
      title: 'a, b → ∞: one chance of leaving for all',
      free: 3,
      start: (full) => [at(full, 0), at(full, 1), at(full, 2) / at(full, 3)],
      embed: ([r = 1, alpha = 1, odds = 1]) => [r, alpha, standIn * share(odds), standIn / (1 + odds)],
      pull: ([, , odds = 1], [dr = 0, dAlpha = 0, da = 0, db = 0]) => [dr, dAlpha, byOdds(odds, da, db, standIn)],
    }),
    embeddedLimit(objective, {
      id: 'one-rate-one-chance',
      title: 'r → ∞ and a, b → ∞: one purchase rate and one chance of leaving for all',
      free: 2,
      start: (full) => [at(full, 0) / at(full, 1), at(full, 2) / at(full, 3)],
      embed: ([rate = 1, odds = 1]) => [standIn, standIn / rate, standIn * share(odds), standIn / (1 + odds)],
      pull: ([rate = 1, odds = 1], [, dAlpha = 0, da = 0, db = 0]) => [byRate(rate, dAlpha), byOdds(odds, da, db, standIn)],
    }),
    embeddedLimit(objective, {
      id: 'at-once-or-never',
      title: 'a, b → 0: customers leave at the first chance or never',
      free: 3,
      start: (full) => [at(full, 0), at(full, 1), at(full, 2) / at(full, 3)],
      embed: ([r = 1, alpha = 1, odds = 1]) => [r, alpha, tiny * share(odds), tiny / (1 + odds)],
      pull: ([, , odds = 1], [dr = 0, dAlpha = 0, da = 0, db = 0]) => [dr, dAlpha, byOdds(odds, da, db, tiny)],
    }),
    embeddedLimit(objective, {
      id: 'everybody-leaves',
      title: 'a/(a+b) → 1: everybody leaves at the first chance',
      free: 2,
      start: (full) => [at(full, 0), at(full, 1)],
      embed: ([r = 1, alpha = 1]) => [r, alpha, 1, tiny],
      pull: (_, [dr = 0, dAlpha = 0]) => [dr, dAlpha],
    }),
  ];
}
