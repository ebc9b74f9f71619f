/**
 * Share of a gamma or beta distributed population in each of a row of bins. Shares stay finite where the density is not: with a
 * shape below one it has a pole at the edge, as nearly every fitted model has.
 */
import { betaln, exp, gaussLegendre, lgamma, log, log1p, sumOf } from '../../../../skills/sdk/numeric/index.ts';

export type Heterogeneity =
  | { readonly kind: 'gamma'; readonly shape: number; readonly rate: number }
  | { readonly kind: 'beta'; readonly a: number; readonly b: number };

/** Sharper distributions than this are drawn as one value. */
const sharpest = 1e5;
const pieces = 16;
const rule = gaussLegendre(20);

export function meanOf(distribution: Heterogeneity): number {
  return distribution.kind === 'gamma' ? distribution.shape / distribution.rate : distribution.a / (distribution.a + distribution.b);
}

/**
 * @param upper end of the last bin; the bins begin at 0 and are equally wide; at most 1 for a beta distribution
 * @returns shares, each ≥ 0; for a gamma distribution what lies above `upper` is missing from their sum
 */
export function sharesInBins(distribution: Heterogeneity, upper: number, bins: number): number[] {
  const sharpness = distribution.kind === 'gamma' ? distribution.shape : distribution.a + distribution.b;
  const edge = (at: number): number => (upper * at) / bins;
  if (sharpness > sharpest) {
    const where = Math.min(bins - 1, Math.floor((meanOf(distribution) / upper) * bins));
    return Array.from({ length: bins }, (_, at) => (at === where ? 1 : 0));
  }
  if (distribution.kind === 'gamma') {
    const { shape, rate } = distribution;
    const logNorm = shape * log(rate) - lgamma(shape);
    return Array.from({ length: bins }, (_, at) => massFromPower(edge(at), edge(at + 1), shape, (value) => logNorm - rate * value));
  }
  const { a, b } = distribution;
  const logNorm = -betaln(a, b);
  return Array.from({ length: bins }, (_, at) => {
    const [from, to] = [edge(at), edge(at + 1)];
    // From the nearer end, where a power can have its pole.
    if (from + to <= 1) return massFromPower(from, to, a, (p) => logNorm + (b - 1) * log1p(-p));
    return massFromPower(Math.max(0, 1 - to), 1 - from, b, (q) => logNorm + (a - 1) * log1p(-q));
  });
}

/** ∫ v^(power−1) · e^(logRest(v)) dv; with w = v^power where the power makes a pole at 0. */
function massFromPower(from: number, to: number, power: number, logRest: (value: number) => number): number {
  if (power < 1) {
    const raise = (value: number): number => (value > 0 ? exp(power * log(value)) : 0);
    return integrate(raise(from), raise(to), (w) => exp(logRest(exp(log(w) / power)))) / power;
  }
  return integrate(from, to, (value) => exp((power - 1) * log(value) + logRest(value)));
}

function integrate(from: number, to: number, value: (at: number) => number): number {
  const half = (to - from) / pieces / 2;
  return sumOf(pieces, (piece) => {
    const middle = from + (2 * piece + 1) * half;
    return half * sumOf(rule.nodes.length, (at) => (rule.weights[at] ?? 0) * value(middle + half * (rule.nodes[at] ?? 0)));
  });
}
