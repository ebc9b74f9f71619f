/**
 * Shapley values of trees where a column that is not given is taken from rows of a background, whatever the others are.
 * @see Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for trees", the interventional
 *   variant; a leaf is reached by the coalitions that hold all of one set of columns and none of another
 */
import { type FlatTrees, goesLeft } from './flat-trees.ts';

/** Adds the values of one row against one background row to `into`. */
export function addBackgroundShapley(flat: FlatTrees, row: Float64Array, background: Float64Array, into: Float64Array): void {
  // 1 where only the row came this way, 2 where only the background did.
  const side = new Uint8Array(row.length);
  const chosen: number[] = [];
  const walk = (node: number, fromRow: number, fromBackground: number): void => {
    const child = flat.left[node] ?? -1;
    if (child < 0) {
      const value = flat.value[node] ?? 0;
      const ways = waysOf(fromRow, fromBackground);
      for (const column of chosen) {
        const share = side[column] === 1 ? ways / fromRow : -ways / fromBackground;
        into[column] = (into[column] ?? 0) + share * value;
      }
      return;
    }
    const column = flat.feature[node] ?? 0;
    const ofRow = goesLeft(flat, node, row[column] ?? 0) ? child : child + 1;
    const ofBackground = goesLeft(flat, node, background[column] ?? 0) ? child : child + 1;
    const taken = side[column] ?? 0;
    if (ofRow === ofBackground || taken === 1) walk(ofRow, fromRow, fromBackground);
    else if (taken === 2) walk(ofBackground, fromRow, fromBackground);
    else {
      chosen.push(column);
      side[column] = 1;
      walk(ofRow, fromRow + 1, fromBackground);
      side[column] = 2;
      walk(ofBackground, fromRow, fromBackground + 1);
      side[column] = 0;
      chosen.pop();
    }
  };
  for (let tree = 0; tree + 1 < flat.roots.length; tree++) walk(flat.roots[tree] ?? 0, 0, 0);
}

/** a!·b!/(a+b)!: the share of orders in which all of one set come before all of another. */
function waysOf(a: number, b: number): number {
  let share = 1;
  for (let k = 1; k <= Math.min(a, b); k++) share *= k / (Math.max(a, b) + k);
  return share;
}
