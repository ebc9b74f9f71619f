/** Where a fit of BG/BB may run to: models with fewer parameters at the edge of the parameter space. */
import type { Limit } from '../family.ts';
import { embeddedLimit } from '../limits.ts';
import { embed, free, infinite, pull, type Slot } from '../parameter-pattern.ts';
import { bgBbObjective } from './likelihood.ts';

type Pair = readonly [Slot, Slot];

/** One chance for all, as odds: both parameters of the beta distribution at infinity. */
const oneChance = (at: number): Pair => [{ at, times: infinite }, { fixed: infinite }];
/** Zero or one, as odds: both parameters of the beta distribution at zero. */
const zeroOrOne = (at: number): Pair => [{ at, times: 1 / infinite }, { fixed: 1 / infinite }];
const nobody: Pair = [{ fixed: 0 }, { fixed: 1 }];
const always: Pair = [{ fixed: 1 }, { fixed: 1 / infinite }];
const spread = (at: number): Pair => [free(at), free(at + 1)];

export const bgBbLimits: readonly Limit[] = [
  limit('nobody-leaves', 'gamma/(gamma+delta) → 0: nobody leaves (beta-binomial)', spread(0), nobody),
  limit('one-purchase-chance', 'alpha, beta → ∞: one chance of buying for all', oneChance(0), spread(1)),
  limit('one-leaving-chance', 'gamma, delta → ∞: one chance of leaving for all', spread(0), oneChance(2)),
  limit('one-chance-each', 'alpha, beta, gamma, delta → ∞: one chance of buying and one of leaving for all', oneChance(0), oneChance(1)),
  limit('binomial', 'alpha, beta → ∞ and gamma/(gamma+delta) → 0: one chance of buying for all, and nobody leaves', oneChance(0), nobody),
  limit('at-once-or-never', 'gamma, delta → 0: customers leave before the first opportunity or never', spread(0), zeroOrOne(2)),
  limit('always-buys', 'beta/(alpha+beta) → 0: an active customer buys at every opportunity (sBG)', always, spread(0)),
  limit(
    'always-buys-one-leaving-chance',
    'beta/(alpha+beta) → 0 and gamma, delta → ∞: active customers always buy, one chance of leaving',
    always,
    oneChance(0),
  ),
];

function limit(id: string, title: string, purchase: Pair, leaving: Pair): Limit {
  const pattern: readonly Slot[] = [...purchase, ...leaving];
  const size = 1 + Math.max(...pattern.map((slot) => ('fixed' in slot ? -1 : slot.at)));
  return embeddedLimit(bgBbObjective, {
    id,
    title,
    free: size,
    // A lone slot of a pair is its odds.
    start: (full) =>
      Array.from({ length: size }, (_, at) => {
        const index = pattern.findIndex((slot) => !('fixed' in slot) && slot.at === at);
        const slot = pattern[index];
        const value = full[index] ?? 1;
        return slot && 'at' in slot && slot.times !== 1 ? value / (full[index + 1] ?? 1) : value;
      }),
    embed: (values) => embed(pattern, values),
    pull: (values, gradient) => pull(pattern, values, gradient),
  });
}
