/**
 * The drop-out integral of every pair of times at once, for one count of purchases after the other. The integral from tx to T
 * is the difference of two integrals to the last time of the data, and each of those is a sum over whole panels and a polynomial
 * within one, so a history costs some multiplications instead of a quadrature. The difference cannot hurt: as the odds of having
 * left it is off by a few 1e-16, because the part that cancels is itself a probability. Between counts the integrand is
 * multiplied by α/(α+u), so no logarithm is taken per count.
 */
import { exp, gaussLegendre, log1p } from '../../../../sdk/numeric/index.ts';
import { layPanels, nodesPerPanel, type Panels, placeTimes } from './panels.ts';

/** Places in a time's stretch of {@link DropOutTables.functions}. */
export const functionsPerTime = 4;
export const alphaLog = 0;
export const alphaShare = 1;
export const betaLog = 2;
export const betaShare = 3;

/** Places in a time's stretch of {@link DropOutTables.integrals}: one line of a processor's cache. */
export const integralsPerTime = 8;
const place = 0;
const panelNumber = 1;
export const growth = 2;
export const mass = 3;
/** The integrals by the four functions follow, in their order. */
export const byFunction = 4;

const kinds = 5;
const order = nodesPerPanel;
const { nodes: rule, weights } = gaussLegendre(order);
/** Rule weight times the Legendre polynomial of degree l at node j, at l·order + j. */
const toLegendre = new Float64Array(order * order);
/** Factors of P_m and P_{m−1} in P_{m+1}. */
const ofThis = Float64Array.from({ length: order + 1 }, (_, m) => (2 * m + 1) / (m + 1));
const ofLast = Float64Array.from({ length: order + 1 }, (_, m) => m / (m + 1));
for (let j = 0; j < order; j++) {
  let [previous, value] = [0, 1];
  for (let l = 0; l < order; l++) {
    toLegendre[l * order + j] = (weights[j] ?? 0) * value;
    [previous, value] = [value, (ofThis[l] ?? 0) * (rule[j] ?? 0) * value - (ofLast[l] ?? 0) * previous];
  }
}

/** Largest exponent of the growth that is tabulated. */
const largestExponent = 600;

/** A workspace for all evaluations of one objective: begin with parameters, advance to a count, fill the times that it needs. */
export class DropOutTables {
  /** Of every age: log((α+t)/α), t/(α+t), log((β+t)/β), t/(β+t). */
  readonly functions: Float64Array;
  /**
   * For the current count, of every age that was grown: the growth ((α+t)/α)^(r+x) · ((β+t)/β)^s. Of every time
   * that was filled: from it to the last one ∫ ((α+u)/α)^−(r+x) · ((β+u)/β)^−s / (β+u) du, plain and by each of the functions of u.
   */
  readonly integrals: Float64Array;
  readonly #times: Float64Array;
  readonly #ages: Uint32Array;
  readonly #filled: Int32Array;
  readonly #grown: Int32Array;
  #r = 0;
  #s = 0;
  #count = -1;
  #panels: Panels = { from: new Float64Array(0), width: new Float64Array(0) };
  /** Integrand at the nodes, its factor from count to count, and the four functions there. */
  #terms = new Float64Array(0);
  #ratios = new Float64Array(0);
  #atNodes = new Float64Array(0);
  /** Per panel: the integrals from its end on, and the Legendre moments within it once they were needed. */
  #after = new Float64Array(0);
  #moments = new Float64Array(0);
  #momentsOf = new Int32Array(0);

  /**
   * @param times ascending
   * @param ages indexes of the times that are some customer's age, ascending; the last time is one
   */
  constructor(times: Float64Array, ages: Uint32Array) {
    this.#times = times;
    this.#ages = ages;
    this.functions = new Float64Array(times.length * functionsPerTime);
    this.integrals = new Float64Array(times.length * integralsPerTime);
    this.#filled = new Int32Array(times.length);
    this.#grown = new Int32Array(times.length);
  }

  /**
   * Sets the parameters and the functions of every age.
   * @param wanted highest count that is worth a table
   * @returns highest count that the tables serve; −1 when none
   */
  begin(wanted: number, r: number, alpha: number, s: number, beta: number): number {
    const { functions } = this;
    const times = this.#times;
    for (const age of this.#ages) {
      const t = times[age] ?? 0;
      const at = age * functionsPerTime;
      functions[at + alphaLog] = log1p(t / alpha);
      functions[at + alphaShare] = t / (alpha + t);
      functions[at + betaLog] = log1p(t / beta);
      functions[at + betaShare] = t / (beta + t);
    }
    const last = functions.length - functionsPerTime;
    const reach = (largestExponent - s * (functions[last + betaLog] ?? 0)) / (functions[last + alphaLog] ?? 0) - r;
    const top = Math.min(wanted, reach > 0 ? Math.floor(reach) : -1);
    const panels = top < 0 ? undefined : layPanels(times, r + top, alpha, s, beta);
    if (!panels) return -1;
    this.#r = r;
    this.#s = s;
    this.#count = -1;
    this.#panels = panels;
    this.#filled.fill(-1);
    this.#grown.fill(-1);
    this.#setNodes(alpha, beta);
    const { panelOf, placeOf } = placeTimes(times, panels);
    for (let k = 0; k < times.length; k++) {
      this.integrals[k * integralsPerTime + panelNumber] = panelOf[k] ?? 0;
      this.integrals[k * integralsPerTime + place] = placeOf[k] ?? 0;
    }
    return top;
  }

  #setNodes(alpha: number, beta: number): void {
    const { from, width } = this.#panels;
    const size = from.length * order;
    this.#terms = new Float64Array(size);
    this.#ratios = new Float64Array(size);
    this.#atNodes = new Float64Array(size * functionsPerTime);
    this.#after = new Float64Array((from.length + 1) * kinds);
    this.#moments = new Float64Array(size * kinds);
    this.#momentsOf = new Int32Array(from.length).fill(-1);
    for (let node = 0; node < size; node++) {
      const panel = Math.floor(node / order);
      const h = width[panel] ?? 0;
      const u = (from[panel] ?? 0) + (h * (1 + (rule[node % order] ?? 0))) / 2;
      const byAlpha = log1p(u / alpha);
      const byBeta = log1p(u / beta);
      const at = node * functionsPerTime;
      this.#atNodes[at + alphaLog] = byAlpha;
      this.#atNodes[at + alphaShare] = u / (alpha + u);
      this.#atNodes[at + betaLog] = byBeta;
      this.#atNodes[at + betaShare] = u / (beta + u);
      this.#ratios[node] = alpha / (alpha + u);
      this.#terms[node] = (h / 2 / (beta + u)) * exp(-this.#r * byAlpha - this.#s * byBeta);
    }
  }

  /** Makes the next count the current one; the first call after `begin` makes it 0. */
  advance(): void {
    this.#count += 1;
    const terms = this.#terms;
    const ratios = this.#ratios;
    const atNodes = this.#atNodes;
    const after = this.#after;
    if (this.#count > 0) for (let node = 0; node < terms.length; node++) terms[node] = (terms[node] ?? 0) * (ratios[node] ?? 0);
    let [a, b, c, d, e] = [0, 0, 0, 0, 0];
    for (let panel = this.#panels.from.length - 1; panel >= 0; panel--) {
      after[panel * kinds] = a;
      after[panel * kinds + 1] = b;
      after[panel * kinds + 2] = c;
      after[panel * kinds + 3] = d;
      after[panel * kinds + 4] = e;
      for (let j = order - 1; j >= 0; j--) {
        const node = panel * order + j;
        const at = node * functionsPerTime;
        const value = (terms[node] ?? 0) * (weights[j] ?? 0);
        a += value;
        b += value * (atNodes[at] ?? 0);
        c += value * (atNodes[at + 1] ?? 0);
        d += value * (atNodes[at + 2] ?? 0);
        e += value * (atNodes[at + 3] ?? 0);
      }
    }
  }

  /** Sets the growth of an age, given by its index among the times, for the current count. */
  grow(age: number): void {
    if (this.#grown[age] === this.#count) return;
    this.#grown[age] = this.#count;
    const at = age * functionsPerTime;
    const exponent = (this.#r + this.#count) * (this.functions[at + alphaLog] ?? 0) + this.#s * (this.functions[at + betaLog] ?? 0);
    this.integrals[age * integralsPerTime + growth] = exp(exponent);
  }

  /** Sets the integrals of a time, given by its index, for the current count. */
  fill(time: number): void {
    if (this.#filled[time] === this.#count) return;
    this.#filled[time] = this.#count;
    const { integrals } = this;
    const out = time * integralsPerTime;
    const panel = integrals[out + panelNumber] ?? 0;
    if (panel >= this.#panels.from.length) return;
    if (this.#momentsOf[panel] !== this.#count) this.#setMoments(panel);
    const moments = this.#moments;
    const after = this.#after;
    let a = after[panel * kinds] ?? 0;
    let b = after[panel * kinds + 1] ?? 0;
    let c = after[panel * kinds + 2] ?? 0;
    let d = after[panel * kinds + 3] ?? 0;
    let e = after[panel * kinds + 4] ?? 0;
    // ∫ from ξ to 1 of P_l is (P_{l−1}(ξ) − P_{l+1}(ξ))/(2l + 1); the moments lack a factor (2l + 1)/2.
    const x = integrals[out + place] ?? 0;
    let basis = (1 - x) / 2;
    let previous = 1;
    let value = x;
    let at = panel * order * kinds;
    for (let l = 0; l < order; l++) {
      a += basis * (moments[at] ?? 0);
      b += basis * (moments[at + 1] ?? 0);
      c += basis * (moments[at + 2] ?? 0);
      d += basis * (moments[at + 3] ?? 0);
      e += basis * (moments[at + 4] ?? 0);
      at += kinds;
      const next = (ofThis[l + 1] ?? 0) * x * value - (ofLast[l + 1] ?? 0) * previous;
      basis = (previous - next) / 2;
      previous = value;
      value = next;
    }
    integrals[out + mass] = a;
    integrals[out + byFunction] = b;
    integrals[out + byFunction + 1] = c;
    integrals[out + byFunction + 2] = d;
    integrals[out + byFunction + 3] = e;
  }

  #setMoments(panel: number): void {
    this.#momentsOf[panel] = this.#count;
    const terms = this.#terms;
    const atNodes = this.#atNodes;
    for (let l = 0; l < order; l++) {
      let [a, b, c, d, e] = [0, 0, 0, 0, 0];
      for (let j = 0; j < order; j++) {
        const node = panel * order + j;
        const at = node * functionsPerTime;
        const value = (terms[node] ?? 0) * (toLegendre[l * order + j] ?? 0);
        a += value;
        b += value * (atNodes[at] ?? 0);
        c += value * (atNodes[at + 1] ?? 0);
        d += value * (atNodes[at + 2] ?? 0);
        e += value * (atNodes[at + 3] ?? 0);
      }
      this.#moments.set([a, b, c, d, e], (panel * order + l) * kinds);
    }
  }
}
