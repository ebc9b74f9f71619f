/** Upper tail of the chi-square distribution, for likelihood-ratio tests. */
import { normalCdf } from './quantile.ts';
import { exp } from './special.ts';

/**
 * P(χ² ≥ x), by the finite recurrence in the degrees of freedom.
 * @param x ≥ 0; below 0 counts as 0
 * @param degrees integer ≥ 1
 * @see Abramowitz & Stegun 26.4.4 and 26.4.5
 */
export function chiSquareTail(x: number, degrees: number): number {
  if (!(x > 0)) return 1;
  const half = x / 2;
  const isOdd = degrees % 2 === 1;
  let tail = isOdd ? 2 * normalCdf(-Math.sqrt(x)) : exp(-half);
  // Density term of the recurrence Q(ν + 2) = Q(ν) + (x/2)^(ν/2) e^(−x/2) / Γ(ν/2 + 1).
  let term = isOdd ? (2 * Math.sqrt(half) * exp(-half)) / Math.sqrt(Math.PI) : half * exp(-half);
  for (let nu = isOdd ? 1 : 2; nu < degrees; nu += 2) {
    tail += term;
    term *= half / (nu / 2 + 1);
  }
  return Math.min(1, tail);
}
