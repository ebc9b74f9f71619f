/**
 * Splits an amount over lines so that the parts add up to it exactly: each gets its share rounded down, and what is left goes
 * unit by unit to the largest remainders. Integers only, so that no cent is made or lost.
 */

/**
 * @param totalMinor whole minor units, ≥ 0
 * @param weights one per line, whole and ≥ 0; all zero means equal shares
 * @returns whole minor units, one per line; of equal remainders the earlier line is served first
 */
export function splitAmount(totalMinor: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((before, weight) => before + BigInt(weight), 0n);
  const used = sum === 0n ? weights.map(() => 1n) : weights.map((weight) => BigInt(weight));
  const whole = sum === 0n ? BigInt(weights.length) : sum;
  const total = BigInt(totalMinor);
  const parts = used.map((weight) => (total * weight) / whole);
  const remainders = used.map((weight) => (total * weight) % whole);
  let left = Number(total - parts.reduce((before, part) => before + part, 0n));
  const order = remainders.map((_, index) => index).sort((a, b) => compareDown(remainders[a] ?? 0n, remainders[b] ?? 0n) || a - b);
  const result = parts.map(Number);
  for (const index of order) {
    if (left === 0) break;
    result[index] = (result[index] ?? 0) + 1;
    left -= 1;
  }
  return result;
}

function compareDown(a: bigint, b: bigint): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
