/** Excess of mass: of each branch of the condensed tree, the group or its descendants, whichever are more stable. */
import type { CondensedTree } from './condense.ts';

/**
 * @param isRootAllowed whether all rows together may be one group
 * @returns for each group the selected one at or above it, −1 where there is none
 * @see Campello et al. (2013), section 5, and its algorithm 3
 */
export function selectGroups({ parent, stability }: CondensedTree, isRootAllowed: boolean): Int32Array {
  const groups = parent.length;
  const isSelected = new Uint8Array(groups);
  // Stability of the best selection at or below each group.
  const best = Float64Array.from(stability);
  const below = new Float64Array(groups);
  for (let group = groups - 1; group >= 0; group--) {
    const isCandidate = group > 0 || isRootAllowed;
    if (isCandidate && (below[group] ?? 0) <= (stability[group] ?? 0)) isSelected[group] = 1;
    else best[group] = below[group] ?? 0;
    const above = parent[group] ?? 0;
    if (group > 0) below[above] = (below[above] ?? 0) + (best[group] ?? 0);
  }
  const selected = new Int32Array(groups).fill(-1);
  for (let group = 0; group < groups; group++) {
    const above = group === 0 ? -1 : (selected[parent[group] ?? 0] ?? -1);
    if (above >= 0) selected[group] = above;
    else if (isSelected[group] === 1) selected[group] = group;
  }
  return selected;
}
