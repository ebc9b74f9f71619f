/**
 * How a limit with fewer free parameters sits inside a family's parameters: each full parameter is fixed, or a multiple of one
 * free parameter or of its inverse. From that alone follow the embedding, the gradient and the covariance.
 */

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

/** Row-major covariance of the full log-parameters from that of the free ones; zero where fixed. */
export function embedCovariance(pattern: readonly Slot[], covarianceLog: readonly number[], size: number): number[] {
  const sign = (slot: Slot): number => ('fixed' in slot ? 0 : slot.isInverse ? -1 : 1);
  const at = (slot: Slot): number => ('fixed' in slot ? 0 : slot.at);
  return pattern.flatMap((row) =>
    pattern.map((column) => {
      const signs = sign(row) * sign(column);
      return signs === 0 ? 0 : signs * (covarianceLog[at(row) * size + at(column)] ?? 0);
    }),
  );
}
