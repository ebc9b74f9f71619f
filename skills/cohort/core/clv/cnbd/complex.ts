/** The few functions of complex numbers that filtering by roots of one needs, from + − × ÷ and √ alone. */
import { log1p } from '../../../../sdk/numeric/index.ts';

/** Logarithm of 1 + re + i·im with 1 + re > 0, as the log of the modulus and the cosine and sine of multiples of the angle. */
export function complexLog1p(
  re: number,
  im: number,
): { readonly logModulus: number; readonly angle: (times: number) => { readonly cosine: number; readonly sine: number } } {
  const tangent = im / (1 + re);
  return { logModulus: log1p(re * (2 + re) + im * im) / 2, angle: (times) => circle(times * arcTangent(tangent)) };
}

/** Cosines and sines of the k-th roots of one, by power. */
export function rootsOfOne(k: number): { readonly cosines: Float64Array; readonly sines: Float64Array } {
  const known = roots.get(k);
  if (known) return known;
  const points = Array.from({ length: k }, (_, s) => circle((2 * Math.PI * s) / k));
  const made = { cosines: Float64Array.from(points, ({ cosine }) => cosine), sines: Float64Array.from(points, ({ sine }) => sine) };
  roots.set(k, made);
  return made;
}

const roots = new Map<number, { readonly cosines: Float64Array; readonly sines: Float64Array }>();

/** Two halvings of the angle leave an argument below 0.2, where the series is short. */
function arcTangent(x: number): number {
  const once = x / (1 + Math.sqrt(1 + x * x));
  const twice = once / (1 + Math.sqrt(1 + once * once));
  const thrice = twice / (1 + Math.sqrt(1 + twice * twice));
  const square = thrice * thrice;
  let [power, total] = [thrice, thrice];
  for (let n = 3; n < 40; n += 2) {
    power *= -square;
    total += power / n;
  }
  return 8 * total;
}

/** Cosine and sine: the angle to within an eighth of a turn, then the series. */
function circle(angle: number): { readonly cosine: number; readonly sine: number } {
  const quarter = Math.PI / 2;
  const turns = Math.round(angle / quarter);
  // The second part is what the double closest to π/2 leaves out.
  const rest = angle - turns * quarter - turns * 6.123233995736766e-17;
  const square = rest * rest;
  let [cosine, sine, even, odd] = [1, rest, 1, rest];
  for (let n = 2; n < 24; n += 2) {
    even *= -square / ((n - 1) * n);
    odd *= -square / (n * (n + 1));
    cosine += even;
    sine += odd;
  }
  const side = ((turns % 4) + 4) % 4;
  if (side === 0) return { cosine, sine };
  if (side === 1) return { cosine: -sine, sine: cosine };
  return side === 2 ? { cosine: -cosine, sine: -sine } : { cosine: sine, sine: -cosine };
}
