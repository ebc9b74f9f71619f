/** Where a fit of BG/CNBD-k or MBG/CNBD-k may run to: the limits of BG/NBD, with regular times between purchases. */
import type { Limit } from '../family.ts';
import { embeddedLimit, standIn } from '../limits.ts';
import { cnbdObjective } from './objective.ts';
import type { Shape } from './parameters.ts';

const at = (values: readonly number[], index: number): number => values[index] ?? 1;
const share = (odds: number): number => odds / (1 + odds);
/** Derivative of the share, times the size of the beta distribution. */
const byOdds = (odds: number, da: number, db: number, size: number): number => ((da - db) * size) / ((1 + odds) * (1 + odds));
const byRate = (rate: number, dAlpha: number): number => -(dAlpha * standIn) / (rate * rate);

export function cnbdLimits(shape: Shape): readonly Limit[] {
  const objective = cnbdObjective(shape);
  return [
    embeddedLimit(objective, {
      id: 'nobody-leaves',
      title: `a/(a+b) → 0: nobody leaves (CNBD-${shape.k})`,
      free: 2,
      start: (full) => [at(full, 0), at(full, 1)],
      embed: (free) => [at(free, 0), at(free, 1), 0, 1],
      pull: (_, [dr = 0, dAlpha = 0]) => [dr, dAlpha],
    }),
    embeddedLimit(objective, {
      id: 'one-rate-nobody-leaves',
      title: 'r → ∞ and a/(a+b) → 0: one purchase rate for all, and nobody leaves',
      free: 1,
      start: (full) => [at(full, 0) / at(full, 1)],
      embed: ([rate = 1]) => [standIn, standIn / rate, 0, 1],
      pull: ([rate = 1], [, dAlpha = 0]) => [byRate(rate, dAlpha)],
    }),
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
      embed: ([r = 1, alpha = 1, odds = 1]) => [r, alpha, share(odds) / standIn, 1 / (1 + odds) / standIn],
      pull: ([, , odds = 1], [dr = 0, dAlpha = 0, da = 0, db = 0]) => [dr, dAlpha, byOdds(odds, da, db, 1 / standIn)],
    }),
    embeddedLimit(objective, {
      id: 'everybody-leaves',
      title: 'a/(a+b) → 1: everybody leaves at the first chance',
      free: 2,
      start: (full) => [at(full, 0), at(full, 1)],
      embed: ([r = 1, alpha = 1]) => [r, alpha, 1, 1 / standIn],
      pull: (_, [dr = 0, dAlpha = 0]) => [dr, dAlpha],
    }),
  ];
}
