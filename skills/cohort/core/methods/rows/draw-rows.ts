/** Draws rows by chance, evenly over their order: one from each of equal stretches, so that a small sample is a fair one. */
import type { Rng } from '../../../../sdk/numeric/index.ts';

/**
 * @param weight rows behind each distinct row; a row of weight five is drawn up to five times
 * @returns distinct rows, ascending; all of them, as often as their weight says, where there are no more than wanted
 */
export function drawRows(weight: Float64Array, wanted: number, rng: Rng): Uint32Array {
  const rows = weight.reduce((total, count) => total + count, 0);
  const drawn = new Uint32Array(Math.min(wanted, rows));
  let row = 0;
  let passed = weight[0] ?? 0;
  for (let at = 0; at < drawn.length; at++) {
    const rank = rows <= wanted ? at : Math.floor(((at + rng.uniform()) * rows) / wanted);
    while (passed <= rank && row < weight.length - 1) {
      row += 1;
      passed += weight[row] ?? 0;
    }
    drawn[at] = row;
  }
  return drawn;
}
