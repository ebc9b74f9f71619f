/** Distance between two doubles in units in the last place. */

const bits = new BigInt64Array(1);
const number = new Float64Array(bits.buffer);

/** How many doubles lie between a and b; 0 when equal. Infinity when one is NaN and the other is not. */
export function ulpDistance(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.POSITIVE_INFINITY;
  const distance = ordinal(a) - ordinal(b);
  return Number(distance < 0n ? -distance : distance);
}

/** Doubles in order of value, as integers in order. */
function ordinal(value: number): bigint {
  number[0] = value;
  const pattern = bits[0] ?? 0n;
  return pattern < 0n ? -(pattern & 0x7fffffffffffffffn) : pattern;
}
