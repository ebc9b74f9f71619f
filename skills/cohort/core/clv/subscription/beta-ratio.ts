/**
 * Ratios of beta functions and differences of digammas whose arguments differ by a shift. Taken as differences of logarithms
 * of gamma functions they lose all digits at large arguments; here the large parts cancel before they are computed.
 */
import { log, log1p } from '../../../../sdk/numeric/index.ts';

/** From here on the asymptotic series below are good to the last digits. */
const large = 12;

/**
 * log(B(a, b + y) / B(a, b)): the chance that none of y trials fails when the chance of failure is Beta(a, b).
 * @param a ≥ 0
 * @param b ≥ 0
 * @param y ≥ 0, fractions allowed
 * @returns ≤ 0; −Infinity when b = 0 < a and y > 0; absolute error about 1e-15 · max(1, min(a, y))
 */
export function logBetaRatio(a: number, b: number, y: number): number {
  if (a === 0 || y === 0) return 0;
  let total = 0;
  let z = b;
  // Γ(z + 1) = zΓ(z) until z is large.
  for (; z < large; z++) {
    const lost = (a / (a + z)) * (y / (z + y));
    total += lost < 0.5 ? log1p(-lost) : log((z / (z + y)) * ((a + z + y) / (a + z)));
  }
  // The ratio is symmetric in a and y; the error grows with the one that is taken as the shift.
  const shift = Math.min(a, y);
  const far = Math.max(a, y);
  const spread = (at: number): number => (at + shift - 0.5) * log1p(shift / at) - shift + stirling(at + shift) - stirling(at);
  return Math.min(0, total - shift * log1p(far / z) + (spread(z) - spread(z + far)));
}

/**
 * ψ(z + y) − ψ(z).
 * @param z > 0
 * @param y ≥ 0
 */
export function digammaRise(z: number, y: number): number {
  let total = 0;
  let at = z;
  for (; at < large; at++) total += y / at / (at + y);
  return total + log1p(y / at) + y / (2 * at * (at + y)) + (digammaTail(at + y) - digammaTail(at));
}

/** Stirling's series of log Γ(z) after its leading terms. @see Abramowitz & Stegun 6.1.41 */
function stirling(z: number): number {
  const u = 1 / (z * z);
  return (1 / 12 - u * (1 / 360 - u * (1 / 1260 - u * (1 / 1680 - u * (1 / 1188 - (u * 691) / 360360))))) / z;
}

/** Asymptotic series of ψ(z) − log z + 1/(2z). @see Abramowitz & Stegun 6.3.18 */
function digammaTail(z: number): number {
  const u = 1 / (z * z);
  return -u * (1 / 12 - u * (1 / 120 - u * (1 / 252 - u * (1 / 240 - u * (1 / 132 - (u * 691) / 32760)))));
}
