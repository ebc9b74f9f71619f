/**
 * Which fold a customer is in, from the customer's id alone: adding or leaving out others, or reordering them, moves
 * nobody to another fold.
 */

/**
 * Fold of an id, by 32-bit FNV-1a over its UTF-16 code units with a final mix.
 * @param folds number of folds, ≥ 1
 * @returns 0 to folds − 1
 * @see Fowler, Noll & Vo, "FNV hash"; the mix is the finaliser of MurmurHash3
 */
export function foldOf(id: string, folds: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % folds;
}
