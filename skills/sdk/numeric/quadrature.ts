/** Gauss–Legendre nodes and weights. */
export interface Quadrature {
  /** Ascending, in (−1, 1). */
  readonly nodes: Float64Array;
  /** Positive; they sum to 2. */
  readonly weights: Float64Array;
}

/**
 * Gauss–Legendre rule by Newton iteration on the Legendre recurrence.
 * @param n number of nodes, 1 to 512
 * @see Abramowitz & Stegun 25.4.29
 */
export function gaussLegendre(n: number): Quadrature {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < Math.ceil(n / 2); i++) {
    let x = cosine((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let p0 = 1;
      let p1 = x;
      for (let k = 2; k <= n; k++) [p0, p1] = [p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k];
      slope = (n * (x * p1 - p0)) / (x * x - 1);
      const move = p1 / slope;
      x -= move;
      if (Math.abs(move) <= 1e-16) break;
    }
    const weight = 2 / ((1 - x * x) * slope * slope);
    nodes[i] = -x;
    nodes[n - 1 - i] = x;
    weights[i] = weight;
    weights[n - 1 - i] = weight;
  }
  if (n % 2 === 1) nodes[(n - 1) / 2] = 0;
  return { nodes, weights };
}

/** Cosine by its series; a start for Newton's method, where a few digits are enough. */
function cosine(x: number): number {
  let term = 1;
  let total = 1;
  for (let k = 1; k < 20; k++) {
    term *= (-x * x) / ((2 * k - 1) * (2 * k));
    total += term;
  }
  return total;
}
