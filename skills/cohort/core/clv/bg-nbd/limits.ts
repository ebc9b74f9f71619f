/** Where a fit of BG/NBD or MBG/NBD may run to: models with fewer parameters at the edge of the parameter space. */
import type { Limit } from '../family.ts';
import { embeddedLimit, standIn } from '../limits.ts';
import { nbdObjective } from '../nbd/objective.ts';
import { bgNbdObjective } from './objective.ts';
import type { FirstChance } from './parameters.ts';

/** Stands for a beta distribution with all its mass at 0 and 1. */
const tiny = 1e-10;

const at = (values: readonly number[], index: number): number => values[index] ?? 1;

export function bgNbdLimits(m: FirstChance): readonly Limit[] {
  const objective = bgNbdObjective(m);
  return [
    {
      id: 'nobody-leaves',
      title: 'a/(a+b) → 0: nobody leaves (NBD)',
      free: 2,
      objective: nbdObjective,
      start: (full) => [at(full, 0), at(full, 1)],
      embed: (free) => [at(free, 0), at(free, 1), 0, 1],
    },
    {
      id: 'poisson',
      title: 'r → ∞ and a/(a+b) → 0: one purchase rate for all, and nobody leaves (Poisson)',
      free: 1,
      objective: (statistics) => {
        const nbd = nbdObjective(statistics);
        const inner = new Float64Array(2);
        return ([rate = 1], gradient) => {
          const value = nbd([standIn, standIn / rate], inner);
          gradient[0] = -((inner[1] ?? 0) * standIn) / (rate * rate);
          return value;
        };
      },
      start: (full) => [at(full, 0) / at(full, 1)],
      embed: ([rate = 1]) => [standIn, standIn / rate, 0, 1],
    },
    embeddedLimit(objective, {
      id: 'one-rate',
      title: 'r → ∞: one purchase rate for all',
      free: 3,
      start: (full) => [at(full, 0) / at(full, 1), at(full, 2), at(full, 3)],
      embed: ([rate = 1, a = 1, b = 1]) => [standIn, standIn / rate, a, b],
      pull: ([rate = 1], [, dAlpha = 0, da = 0, db = 0]) => [-(dAlpha * standIn) / (rate * rate), da, db],
    }),
    embeddedLimit(objective, {
      id: 'one-chance',
      title: 'a, b → ∞: one chance of leaving for all',
      free: 3,
      start: (full) => [at(full, 0), at(full, 1), at(full, 2) / at(full, 3)],
      embed: ([r = 1, alpha = 1, odds = 1]) => [r, alpha, (standIn * odds) / (1 + odds), standIn / (1 + odds)],
      pull: ([, , odds = 1], [dr = 0, dAlpha = 0, da = 0, db = 0]) => [dr, dAlpha, ((da - db) * standIn) / ((1 + odds) * (1 + odds))],
    }),
    embeddedLimit(objective, {
      id: 'one-rate-one-chance',
      title: 'r → ∞ and a, b → ∞: one purchase rate and one chance of leaving for all',
      free: 2,
      start: (full) => [at(full, 0) / at(full, 1), at(full, 2) / at(full, 3)],
      embed: ([rate = 1, odds = 1]) => [standIn, standIn / rate, (standIn * odds) / (1 + odds), standIn / (1 + odds)],
      pull: ([rate = 1, odds = 1], [, dAlpha = 0, da = 0, db = 0]) => [
        -(dAlpha * standIn) / (rate * rate),
        ((da - db) * standIn) / ((1 + odds) * (1 + odds)),
      ],
    }),
    embeddedLimit(objective, {
      id: 'at-once-or-never',
      title: 'a, b → 0: customers leave at the first chance or never',
      free: 3,
      start: (full) => [at(full, 0), at(full, 1), at(full, 2) / at(full, 3)],
      embed: ([r = 1, alpha = 1, odds = 1]) => [r, alpha, (tiny * odds) / (1 + odds), tiny / (1 + odds)],
      pull: ([, , odds = 1], [dr = 0, dAlpha = 0, da = 0, db = 0]) => [dr, dAlpha, ((da - db) * tiny) / ((1 + odds) * (1 + odds))],
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
