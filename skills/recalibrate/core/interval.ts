/** Rescales an interval and widens it by the doubt about the scale itself, taken as independent of what is inside. */

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Interval of `scale · value`: each side is √(own² + (z·relativeError·value)²) from the value.
 * @param interval low ≤ value ≤ high, low ≥ 0
 * @param scale ≥ 0
 * @param relativeError standard error of the scale, relative
 * @param z normal quantile of the level, such as 1.645 for 0.9
 * @returns low cut at 0
 */
export function rescaleInterval(interval: Interval, scale: number, relativeError: number, z: number): Interval {
  const value = interval.value * scale;
  const doubt = z * relativeError * value;
  const side = (own: number): number => Math.sqrt(own * own + doubt * doubt);
  return {
    value,
    low: Math.max(0, value - side(value - interval.low * scale)),
    high: value + side(interval.high * scale - value),
  };
}
