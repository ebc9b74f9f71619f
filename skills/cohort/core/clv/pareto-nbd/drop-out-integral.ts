/**
 * The odds that a customer has left since the last purchase, as an integral of positive terms. The published form is a
 * difference of two hypergeometric functions, which overflows, cancels, and has no gradient worth the name.
 */
import { gaussLegendre } from '../../../../sdk/numeric/index.ts';
import { fastExp, fastExpm1, fastLog, fastLog1p } from '../../../../sdk/numeric/kernels/index.ts';

/** What one integration gives; written over by the next. */
export interface DropOut {
  /** Log-odds that the customer has left, less log s; −∞ when T = tx. */
  logOddsPerShape: number;
  /** Means over the time u of leaving, given that the customer left: log((α+T)/(α+u)). */
  alphaGap: number;
  /** u/(α+u). */
  alphaShare: number;
  /** log((β+T)/(β+u)). */
  betaGap: number;
  /** u/(β+u). */
  betaShare: number;
}

const { nodes, weights } = gaussLegendre(12);

/** A panel may be this long on the log scale: the nearest singularity lies π away from the real line. */
const longestPanel = 2;
/** The exponent may change by this much in a panel; twelve nodes then leave an error near 1e-15. */
const largestFall = 10;

/**
 * ∫ from tx to T of (α+u)^−(r+x) · (β+u)^−(s+1) du, on the logarithmic scale of the smaller of α+u and β+u, where the integrand
 * is smooth whatever the parameters.
 * @param shape r + x
 * @see Fader & Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions" (note 009): A0, before its closed form
 */
export function integrateDropOut(shape: number, alpha: number, s: number, beta: number, tx: number, T: number, into: DropOut): void {
  const A = alpha + tx;
  const B = beta + tx;
  const alphaRange = fastLog1p((T - tx) / A);
  const betaRange = fastLog1p((T - tx) / B);
  const isAlphaSmaller = A <= B;
  const c = isAlphaSmaller ? A / B : B / A;
  const p = isAlphaSmaller ? shape - 1 : s;
  const q = isAlphaSmaller ? s + 1 : shape;
  const end = isAlphaSmaller ? alphaRange : betaRange;
  const from = isAlphaSmaller ? A : B;
  let mass = 0;
  let meanV = 0;
  let meanL = 0;
  let alphaShare = 0;
  let betaShare = 0;
  let v = 0;
  while (v < end) {
    const rate = fall(p, q, c, fastExp(v));
    let length = Math.min(end - v, longestPanel, largestFall / rate);
    // The fall steepens by e^length at most; where it does so within the panel, a shorter one is needed.
    while (length * fall(p, q, c, fastExp(v + length)) > 1.5 * largestFall) length /= 2;
    let panel = 0;
    for (let node = 0; node < 12; node++) {
      const at = v + (length * (1 + (nodes[node] ?? 0))) / 2;
      const growth = fastExpm1(at);
      const L = fastLog1p(c * growth);
      const term = (weights[node] ?? 0) * length * fastExp(-p * at - q * L);
      const u = tx + from * growth;
      panel += term;
      meanV += term * at;
      meanL += term * L;
      alphaShare += (term * u) / (alpha + u);
      betaShare += (term * u) / (beta + u);
    }
    mass += panel;
    v += length;
    if (panel <= 1e-18 * mass) break;
  }
  if (mass === 0) {
    into.logOddsPerShape = Number.NEGATIVE_INFINITY;
    into.alphaGap = 0;
    into.betaGap = 0;
    into.alphaShare = 0;
    into.betaShare = 0;
    return;
  }
  into.logOddsPerShape = fastLog((isAlphaSmaller ? c : 1) * (mass / 2)) + shape * alphaRange + s * betaRange;
  into.alphaGap = alphaRange - (isAlphaSmaller ? meanV : meanL) / mass;
  into.betaGap = betaRange - (isAlphaSmaller ? meanL : meanV) / mass;
  into.alphaShare = alphaShare / mass;
  into.betaShare = betaShare / mass;
}

/** Size of the slope of the integrand's logarithm where the smaller sum has grown by `growth`. */
function fall(p: number, q: number, c: number, growth: number): number {
  return Math.abs(p + (q * c * growth) / (1 + c * (growth - 1)));
}

export function makeDropOut(): DropOut {
  return { logOddsPerShape: Number.NEGATIVE_INFINITY, alphaGap: 0, alphaShare: 0, betaGap: 0, betaShare: 0 };
}
