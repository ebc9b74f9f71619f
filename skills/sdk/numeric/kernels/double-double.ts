/**
 * Numbers of twice the precision of a double, as an unevaluated sum of two. Only for building tables: correct to about 30
 * digits, slow, no care for overflow.
 * @see Dekker (1971), "A floating-point technique for extending the available precision"
 */

export interface DoubleDouble {
  readonly high: number;
  readonly low: number;
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const total = a.high + b.high;
  const shadow = total - a.high;
  const lost = a.high - (total - shadow) + (b.high - shadow);
  return normalize(total, lost + a.low + b.low);
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const product = a.high * b.high;
  const [aHigh, aLow] = split(a.high);
  const [bHigh, bLow] = split(b.high);
  const lost = aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
  return normalize(product, lost + a.high * b.low + a.low * b.high);
}

/** Quotient of two whole numbers. */
export function divide(numerator: number, denominator: number): DoubleDouble {
  const high = numerator / denominator;
  const back = multiply({ high, low: 0 }, { high: denominator, low: 0 });
  return normalize(high, (numerator - back.high - back.low) / denominator);
}

/** Square root of a positive number by one Newton step from the double's. */
export function squareRoot(a: DoubleDouble): DoubleDouble {
  const high = Math.sqrt(a.high);
  const square = multiply({ high, low: 0 }, { high, low: 0 });
  return normalize(high, (a.high - square.high - square.low + a.low) / (2 * high));
}

function normalize(high: number, low: number): DoubleDouble {
  const total = high + low;
  return { high: total, low: high - total + low };
}

/** Halves of at most 26 bits, whose products are exact. */
function split(value: number): readonly [number, number] {
  const shifted = value * 134_217_729; // 2²⁷ + 1
  const high = shifted - (shifted - value);
  return [high, value - high];
}
