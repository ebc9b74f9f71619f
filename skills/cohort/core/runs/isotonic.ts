/** A map from a method's own confidence to how often customers stayed: never falling, and as close to what was seen as that allows. */
import { isotonicBlocks } from '../../../sdk/numeric/index.ts';

/** Plain JSON: `value[i]` holds from `from[i]` up to the next; below the first, the first. */
export interface StepMap {
  readonly from: readonly number[];
  readonly value: readonly number[];
}

/**
 * @param raw own confidences, finite
 * @param seen how often each stayed, in [0, 1]
 * @returns no steps where there are no rows
 */
export function fitIsotonic(raw: Float64Array, seen: Float64Array): StepMap {
  const order = Uint32Array.from(raw.keys()).sort((a, b) => (raw[a] ?? 0) - (raw[b] ?? 0) || (seen[a] ?? 0) - (seen[b] ?? 0));
  const distinct: number[] = [];
  const share: number[] = [];
  const weight: number[] = [];
  // Equal confidences cannot be told apart, so they are one observation.
  for (let at = 0; at < order.length;) {
    const own = raw[order[at] ?? 0] ?? 0;
    let total = 0;
    let rows = 0;
    for (; at < order.length && raw[order[at] ?? 0] === own; at++) {
      total += seen[order[at] ?? 0] ?? 0;
      rows += 1;
    }
    distinct.push(own);
    share.push(total / rows);
    weight.push(rows);
  }
  const blocks = isotonicBlocks(share, weight);
  return { from: blocks.map(({ from }) => distinct[from] ?? 0), value: blocks.map(({ level }) => level) };
}

/** The value that a map has for a confidence; the confidence itself where the map is empty. */
export function readIsotonic({ from, value }: StepMap, raw: number): number {
  if (from.length === 0) return raw;
  let low = 0;
  let high = from.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((from[middle] ?? 0) <= raw) low = middle;
    else high = middle;
  }
  return value[low] ?? 0;
}
