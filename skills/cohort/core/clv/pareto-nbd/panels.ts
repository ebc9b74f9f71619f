/** Cuts the span of the data into panels in which the drop-out integrand is a polynomial to the last digit. */

export interface Panels {
  /** Start of each panel, ascending; the next one begins where it ends. */
  readonly from: Float64Array;
  readonly width: Float64Array;
}

/** The error bounds below are those of this many Gauss–Legendre nodes. */
export const nodesPerPanel = 12;

/** A panel is at most this share of α+u and of β+u: the singularities are then so far that twelve nodes give all digits. */
const widest = 0.25;
/** The exponent may change by this much in a panel: the polynomial is then right to 1e-15. */
const largestFall = 1.2;
/** Parameters that need more panels are far from any maximum. */
const mostPanels = 2048;

/**
 * @param times ascending
 * @param shape the largest r + x that the panels must serve
 * @returns undefined when too many would be needed
 */
export function layPanels(times: Float64Array, shape: number, alpha: number, s: number, beta: number): Panels | undefined {
  const byAlpha = Math.min(widest, largestFall / shape);
  const byBeta = Math.min(widest, largestFall / (s + 1));
  const from: number[] = [];
  const width: number[] = [];
  const end = times.at(-1) ?? 0;
  let at = times[0] ?? 0;
  while (at < end) {
    const longest = Math.min((alpha + at) * byAlpha, (beta + at) * byBeta);
    // A remainder of a few percent goes with the panel, so that rounding leaves no sliver.
    const next = end - at <= 1.05 * longest ? end : at + longest;
    if (from.length >= mostPanels || !(next > at)) return undefined;
    from.push(at);
    width.push(next - at);
    at = next;
  }
  return { from: Float64Array.from(from), width: Float64Array.from(width) };
}

/** The panel of each time and the place in it, −1 at its start and 1 at its end; the last time lies in the last panel. */
export function placeTimes(
  times: Float64Array,
  { from, width }: Panels,
): { readonly panelOf: Uint32Array; readonly placeOf: Float64Array } {
  const panelOf = new Uint32Array(times.length);
  const placeOf = new Float64Array(times.length);
  let panel = 0;
  for (let k = 0; k < times.length; k++) {
    const t = times[k] ?? 0;
    while (panel + 1 < from.length && (from[panel + 1] ?? 0) <= t) panel += 1;
    panelOf[k] = panel;
    placeOf[k] = Math.min(1, (2 * (t - (from[panel] ?? 0))) / (width[panel] ?? 1) - 1);
  }
  return { panelOf, placeOf };
}
