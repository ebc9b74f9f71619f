/** Where a fit of Pareto/NBD may run to: models with fewer parameters at the edge of the parameter space. */
import type { Limit } from '../family.ts';
import { embeddedLimit, standIn } from '../limits.ts';
import { nbdObjective } from '../nbd/objective.ts';
import { paretoNbdObjective } from './objective.ts';

const at = (values: readonly number[], index: number): number => values[index] ?? 1;

export const paretoNbdLimits: readonly Limit[] = [
  {
    id: 'nobody-leaves',
    title: 's → 0: nobody leaves (NBD)',
    free: 2,
    objective: nbdObjective,
    start: (full) => [at(full, 0), at(full, 1)],
    embed: (free) => [at(free, 0), at(free, 1), 0, 1],
  },
  {
    id: 'poisson',
    title: 'r → ∞ and s → 0: one purchase rate for all, and nobody leaves (Poisson)',
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
  embeddedLimit(paretoNbdObjective, {
    id: 'one-rate',
    title: 'r → ∞: one purchase rate for all',
    free: 3,
    start: (full) => [at(full, 0) / at(full, 1), at(full, 2), at(full, 3)],
    embed: ([rate = 1, s = 1, beta = 1]) => [standIn, standIn / rate, s, beta],
    pull: ([rate = 1], [, dAlpha = 0, ds = 0, dBeta = 0]) => [-(dAlpha * standIn) / (rate * rate), ds, dBeta],
  }),
  embeddedLimit(paretoNbdObjective, {
    id: 'one-drop-out-rate',
    title: 's, beta → ∞: one drop-out rate for all',
    free: 3,
    start: (full) => [at(full, 0), at(full, 1), at(full, 2) / at(full, 3)],
    embed: ([r = 1, alpha = 1, rate = 1]) => [r, alpha, standIn, standIn / rate],
    pull: ([, , rate = 1], [dr = 0, dAlpha = 0, , dBeta = 0]) => [dr, dAlpha, -(dBeta * standIn) / (rate * rate)],
  }),
];
