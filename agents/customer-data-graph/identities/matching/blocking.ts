/**
 * Which profiles are compared at all: those that agree on every field of at least one rule. A group that is too large to say
 * anything is left out and counted. Each pair comes once.
 */
import type { MatchingField } from '../../../../registries/identity/identity-rules.ts';
import { rowOrder } from '../row-order.ts';
import type { ProfileTable } from './profile-table.ts';

export interface CandidatePairs {
  /** Rows of profiles, left < right. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Groups of more profiles than were allowed. */
  readonly skippedBlocks: number;
}

/** @param maxBlock profiles of a group at most */
export function candidatePairs(table: ProfileTable, rules: readonly (readonly MatchingField[])[], maxBlock: number): CandidatePairs {
  const pairs = new PairList();
  /** By rule, 1 where the group of a profile was left out. */
  const skipped = rules.map(() => new Uint8Array(table.rows));
  let skippedBlocks = 0;
  for (const [number, rule] of rules.entries()) {
    const columns = rule.map((field) => table.fields[field].codes);
    const earlier = rules
      .slice(0, number)
      .map((fields, index) => ({ columns: fields.map((field) => table.fields[field].codes), skipped: skipped[index] }));
    const cameBefore = (left: number, right: number): boolean =>
      earlier.some((before) => before.skipped?.[left] === 0 && agree(before.columns, left, right));
    const order = rowOrder(table.rows, columns);
    for (let start = 0; start < order.length;) {
      const first = order[start] ?? 0;
      let end = start + 1;
      while (end < order.length && columns.every((column) => column[order[end] ?? 0] === column[first])) end += 1;
      const isKnown = columns.every((column) => column[first] !== 0);
      if (isKnown && end - start > maxBlock) {
        skippedBlocks += 1;
        for (let at = start; at < end; at++) (skipped[number] ?? new Uint8Array(0))[order[at] ?? 0] = 1;
      } else if (isKnown) {
        for (let at = start; at < end; at++) {
          for (let next = at + 1; next < end; next++) {
            const [left, right] = [order[at] ?? 0, order[next] ?? 0];
            if (!cameBefore(left, right)) pairs.add(left, right);
          }
        }
      }
      start = end;
    }
  }
  return { ...pairs.finish(), skippedBlocks };
}

function agree(columns: readonly Int32Array[], left: number, right: number): boolean {
  for (const column of columns) if (column[left] === 0 || column[left] !== column[right]) return false;
  return true;
}

class PairList {
  #left = new Int32Array(4096);
  #right = new Int32Array(4096);
  #count = 0;

  /** Rows of equal keys come in ascending order, so left < right. */
  add(left: number, right: number): void {
    if (this.#count === this.#left.length) {
      [this.#left, this.#right] = [grown(this.#left), grown(this.#right)];
    }
    this.#left[this.#count] = left;
    this.#right[this.#count] = right;
    this.#count += 1;
  }

  finish(): { readonly left: Int32Array; readonly right: Int32Array } {
    return { left: this.#left.slice(0, this.#count), right: this.#right.slice(0, this.#count) };
  }
}

function grown(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
