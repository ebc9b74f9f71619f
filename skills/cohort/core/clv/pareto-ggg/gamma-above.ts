/** Gamma draws that are known to lie above a bound. */
import { exp, log, type Rng } from '../../../../sdk/numeric/index.ts';

/**
 * Gamma of that shape and rate 1, given that it lies above `least`. By rejection: plain draws where the bound is low, else
 * exponential ones from the bound on, at the rate that is rejected least.
 * @see Dagpunar (1978), "Sampling of variates from a truncated gamma distribution", Journal of Statistical Computation and Simulation 8
 */
export function drawGammaAbove(shape: number, least: number, rng: Rng): number {
  if (least <= Math.max(0.01, shape - 1)) {
    for (let attempt = 0; attempt < 50; attempt++) {
      const x = rng.gamma(shape);
      if (x > least) return x;
    }
  }
  // A shape below 1 has its heaviest tail relative to the exponential at the bound itself.
  const rate = shape <= 1 ? 1 : (least - shape + Math.sqrt((least - shape) * (least - shape) + 4 * least)) / (2 * least);
  const top = shape <= 1 ? least : Math.max(least, (shape - 1) / (1 - rate));
  for (;;) {
    const x = least + rng.exponential() / rate;
    if (rng.uniform() < exp((shape - 1) * log(x / top) - (1 - rate) * (x - top))) return x;
  }
}
