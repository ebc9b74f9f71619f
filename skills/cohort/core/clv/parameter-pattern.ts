/**
 * How a limit with fewer free parameters sits inside a family's parameters: each full parameter is fixed, or a multiple of one
 * free parameter or of its inverse. From that alone follow the embedding and the gradient.
 */
import type { NegativeLogLikelihood } from './family.ts';
import type { SearchLimit } from './limit-search.ts';

/** One full parameter: a constant, or times · free[at] (over free[at] when `isInverse`). */
export type Slot = { readonly fixed: number } | { readonly at: number; readonly times: number; readonly isInverse?: boolean };

/** Stands for infinity: far beyond where a beta or gamma distribution of this shape differs from a point. */
export const infinite = 1e15;

/** A parameter that is free in the limit too. */
export const free = (at: number): Slot => ({ at, times: 1 });

export function embed(pattern: readonly Slot[], values: readonly number[]): number[] {
  return pattern.map((slot) => {
    if ('fixed' in slot) return slot.fixed;
    const value = values[slot.at] ?? 1;
    return slot.isInverse ? slot.times / value : slot.times * value;
  });
}

/** Gradient in the free parameters from the one in the full parameters. */
export function pull(pattern: readonly Slot[], values: readonly number[], gradient: readonly number[]): number[] {
  const pulled = values.map(() => 0);
  pattern.forEach((slot, index) => {
    if ('fixed' in slot) return;
    const value = values[slot.at] ?? 1;
    const slope = slot.isInverse ? -slot.times / (value * value) : slot.times;
    pulled[slot.at] = (pulled[slot.at] ?? 0) + slope * (gradient[index] ?? 0);
  });
  return pulled;
}

/** A limit by its pattern. */
export interface PatternLimit {
  readonly id: string;
  readonly title: string;
  readonly pattern: readonly Slot[];
  /** Negative log-likelihood in the free parameters; by default the full one where the pattern embeds them. */
  readonly objective?: NegativeLogLikelihood;
  /** Where a fit of the limit begins, given where the full fit ended; one number per free parameter, all > 0. */
  readonly start: (full: readonly number[]) => readonly number[];
}

/** The same with its likelihood: the full objective on the free parameters unless it has one of its own. */
export function searchLimit(full: NegativeLogLikelihood, { pattern, objective, ...limit }: PatternLimit): SearchLimit {
  const inner = new Float64Array(pattern.length);
  return {
    ...limit,
    free: 1 + pattern.reduce((most, slot) => Math.max(most, 'fixed' in slot ? -1 : slot.at), -1),
    embed: (values) => embed(pattern, values),
    objective:
      objective ??
      ((values, gradient) => {
        const value = full(embed(pattern, values), inner);
        gradient.set(pull(pattern, values, Array.from(inner)));
        return value;
      }),
  };
}
