/**
 * Limits of parameter spaces: nested models that a maximum runs to when the data show no spread, or nobody who leaves. A limit
 * that the formulas cannot take as such is stood for by a parameter so far out that no digit that counts changes.
 */
import type { Limit, NegativeLogLikelihood } from './family.ts';
import type { HistoryStatistics } from './histories.ts';

/** Stands for infinity: a gamma or beta distribution of this shape has a coefficient of variation of 1e-4. */
export const standIn = 1e8;

interface Embedded extends Omit<Limit, 'objective'> {
  /** Chain rule: derivatives in the free parameters from those in the full ones. */
  readonly pull: (free: readonly number[], fullGradient: readonly number[]) => readonly number[];
}

/** A limit whose likelihood is the full model's at the embedded parameters. */
export function embeddedLimit(objective: (statistics: HistoryStatistics) => NegativeLogLikelihood, { pull, ...limit }: Embedded): Limit {
  return {
    ...limit,
    objective: (statistics) => {
      const full = objective(statistics);
      return (free, gradient) => {
        const embedded = limit.embed(free);
        const inner = new Float64Array(embedded.length);
        const value = full(embedded, inner);
        gradient.set(pull(free, Array.from(inner)));
        return value;
      };
    },
  };
}
