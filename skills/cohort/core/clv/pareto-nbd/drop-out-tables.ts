/**
 * The drop-out integral of every pair of times at once, for one count of purchases after the other. The integral from tx to T
 * is the difference of two sums over the panels between the times of the data, so a history costs a few additions instead of a
 * quadrature. The difference cannot hurt: as the odds of having left it is off by a few 1e-16, because the part that cancels
 * is itself a probability. Between counts the integrand is multiplied by α/(α+u), so no logarithm is taken per count.
 */
import { exp, gaussLegendre, log1p } from '../../../../sdk/numeric/index.ts';

/** Sums from each time of the data to the last one, over the current integrand. */
export interface DropOutTables {
  /** Highest count that the tables serve; −1 when none. */
  readonly top: number;
  /** log((α+t)/α), t/(α+t), log((β+t)/β), t/(β+t) of every time. */
  readonly alphaLog: Float64Array;
  readonly alphaShare: Float64Array;
  readonly betaLog: Float64Array;
  readonly betaShare: Float64Array;
  /** ((α+t)/α)^(r+x) · ((β+t)/β)^s of every time, of the current count x. */
  readonly growth: Float64Array;
  /** ∫ ((α+u)/α)^−(r+x) · ((β+u)/β)^−s / (β+u) du, and the same times each of the four functions of u above. */
  readonly mass: Float64Array;
  readonly byAlphaLog: Float64Array;
  readonly byAlphaShare: Float64Array;
  readonly byBetaLog: Float64Array;
  readonly byBetaShare: Float64Array;
  /** Makes the next count the current one; the first call makes it 0. */
  readonly advance: () => void;
}

const order = 6;
const { nodes: rule, weights } = gaussLegendre(order);

/** A panel is at most this share of α+u and of β+u: the singularities are then so far that six nodes give all digits. */
const widest = 0.25;
/** The exponent may change by this much in a panel: six nodes then leave a relative error of 1e-15. */
const largestFall = 1.2;
/** Largest exponent of the growth that is tabulated. */
const largestExponent = 600;
/** Panels beyond those between the times; parameters that need more are far from any maximum. */
const mostExtraPanels = 4096;

/**
 * @param times ascending
 * @param wanted the highest count that is worth a table
 */
export function makeDropOutTables(times: Float64Array, wanted: number, r: number, alpha: number, s: number, beta: number): DropOutTables {
  const size = times.length;
  const column = (): Float64Array => new Float64Array(size);
  const alphaLog = times.map((t) => log1p(t / alpha));
  const betaLog = times.map((t) => log1p(t / beta));
  const alphaShare = times.map((t) => t / (alpha + t));
  const betaShare = times.map((t) => t / (beta + t));
  const reach = (largestExponent - s * (betaLog[size - 1] ?? 0)) / (alphaLog[size - 1] ?? 0) - r;
  const served = Math.min(wanted, reach > 0 ? Math.floor(reach) : -1);
  const panels = served < 0 ? undefined : layPanels(times, r + served, alpha, s, beta);
  const top = panels ? served : -1;
  const [growth, mass, byAlphaLog, byAlphaShare, byBetaLog, byBetaShare] = [column(), column(), column(), column(), column(), column()];
  const tables = { top, alphaLog, alphaShare, betaLog, betaShare, growth, mass, byAlphaLog, byAlphaShare, byBetaLog, byBetaShare };
  if (!panels) return { ...tables, advance: () => {} };

  const { ends, from, width } = panels;
  const count = from.length * order;
  const [term, ratio] = [new Float64Array(count), new Float64Array(count)];
  const [nodeAlphaLog, nodeAlphaShare, nodeBetaLog, nodeBetaShare] = [0, 1, 2, 3].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]; // four were made
  const prepare = (): void => {
    for (let node = 0; node < count; node++) {
      const panel = Math.floor(node / order);
      const h = width[panel] ?? 0;
      const u = (from[panel] ?? 0) + (h * (1 + (rule[node % order] ?? 0))) / 2;
      const byAlpha = log1p(u / alpha);
      const byBeta = log1p(u / beta);
      nodeAlphaLog[node] = byAlpha;
      nodeBetaLog[node] = byBeta;
      nodeAlphaShare[node] = u / (alpha + u);
      nodeBetaShare[node] = u / (beta + u);
      ratio[node] = alpha / (alpha + u);
      term[node] = (((weights[node % order] ?? 0) * h) / 2 / (beta + u)) * exp(-r * byAlpha - s * byBeta);
    }
    for (let k = 0; k < size; k++) growth[k] = exp(r * (alphaLog[k] ?? 0) + s * (betaLog[k] ?? 0));
  };
  let current = -1;
  const advance = (): void => {
    current += 1;
    if (current === 0) prepare();
    else {
      for (let node = 0; node < count; node++) term[node] = (term[node] ?? 0) * (ratio[node] ?? 0);
      for (let k = 0; k < size; k++) growth[k] = ((growth[k] ?? 0) * (alpha + (times[k] ?? 0))) / alpha;
    }
    let [sum, sumAlphaLog, sumAlphaShare, sumBetaLog, sumBetaShare] = [0, 0, 0, 0, 0];
    let node = count - 1;
    for (let k = size - 2; k >= 0; k--) {
      const first = k === 0 ? 0 : (ends[k - 1] ?? 0) * order;
      for (; node >= first; node--) {
        const value = term[node] ?? 0;
        sum += value;
        sumAlphaLog += value * (nodeAlphaLog[node] ?? 0);
        sumAlphaShare += value * (nodeAlphaShare[node] ?? 0);
        sumBetaLog += value * (nodeBetaLog[node] ?? 0);
        sumBetaShare += value * (nodeBetaShare[node] ?? 0);
      }
      mass[k] = sum;
      byAlphaLog[k] = sumAlphaLog;
      byAlphaShare[k] = sumAlphaShare;
      byBetaLog[k] = sumBetaLog;
      byBetaShare[k] = sumBetaShare;
    }
  };
  return { ...tables, advance };
}

interface Panels {
  /** Number of panels up to the end of each gap between times. */
  readonly ends: Uint32Array;
  readonly from: Float64Array;
  readonly width: Float64Array;
}

/** One panel per gap between times, or as many as keep the integrand of the highest count smooth; undefined when too many. */
function layPanels(times: Float64Array, shape: number, alpha: number, s: number, beta: number): Panels | undefined {
  const gaps = Math.max(0, times.length - 1);
  const byAlpha = Math.min(widest, largestFall / shape);
  const byBeta = Math.min(widest, largestFall / (s + 1));
  const ends = new Uint32Array(gaps);
  const from: number[] = [];
  const width: number[] = [];
  for (let gap = 0; gap < gaps; gap++) {
    const end = times[gap + 1] ?? 0;
    let at = times[gap] ?? 0;
    while (at < end) {
      const longest = Math.min((alpha + at) * byAlpha, (beta + at) * byBeta);
      // A remainder of a few percent goes with the panel, so that rounding lays no sliver.
      const next = end - at <= 1.05 * longest ? end : at + longest;
      if (from.length >= gaps + mostExtraPanels || !(next > at)) return undefined;
      from.push(at);
      width.push(next - at);
      at = next;
    }
    ends[gap] = from.length;
  }
  return { ends, from: Float64Array.from(from), width: Float64Array.from(width) };
}
