/**
 * Logarithms by a table: from + − × ÷ and a table built by the same operations, so the bits are the same on every machine,
 * several times faster than the polynomial alone.
 * @see Tang (1990), "Table-driven implementation of the logarithm function in IEEE floating-point arithmetic"
 */
import { add, divide, type DoubleDouble, multiply } from './double-double.ts';

/** Centres are k/128 for k from 90 to 256; of each: a reciprocal of few bits, and −log of it in two parts. */
const firstCentre = 90;
const table = logsOfCentres();
const log2High = 6.9314718036912381649e-1;
const log2Low = 1.90821492927058770002e-10;
/** Adding and subtracting 2²⁷ leaves 25 bits after the point. */
const cutter = 134_217_728;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** Which half of a double has the exponent. */
const upper = new Uint32Array(Float64Array.of(1).buffer)[0] === 0 ? 1 : 0;

const highestPower = 1023;
/** 2^m for m from −1023 to 1023. */
const scales = powersOfTwo();

/**
 * Natural logarithm.
 * @returns within 0.6 units in the last place; −Infinity at 0, NaN below
 */
export function fastLog(x: number): number {
  // The first comparison is false for NaN, and for numbers too small for an exponent of their own.
  return x >= 2.3e-308 && x < Number.POSITIVE_INFINITY ? logOfSum(x, 0) : logOfEdge(x);
}

/**
 * log(1 + x), accurate near zero.
 * @returns within 0.76 units in the last place; −Infinity at −1, NaN below
 */
export function fastLog1p(x: number): number {
  return x >= 0 && x <= 1 ? log1pOfFraction(x) : log1pBeyond(x);
}

/**
 * {@link fastLog1p} without a check of its argument, for loops in which that takes half of the time.
 * @param x from 0 to 1
 */
export function log1pOfFraction(x: number): number {
  const at = (((x * 128 + 0.5) | 0) + 128 - firstCentre) * 3;
  const inverse = table[at] ?? 1;
  const head = x + cutter - cutter;
  const r = head * inverse + (inverse - 1);
  const rest = (x - head) * inverse;
  const base = table[at + 1] ?? 0;
  const total = base + r;
  return total + (base - total + r + (rest + (tailOf(r + rest) + (table[at + 2] ?? 0))));
}

function log1pBeyond(x: number): number {
  const sum = 1 + x;
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) return logOfEdge(sum);
  // What the sum lost, to first order.
  return logOfSum(sum, (x > 1 ? 1 - (sum - x) : x - (sum - 1)) / sum);
}

/** log(x·(1 + extra)) for an extra below a bit of x. */
function logOfSum(x: number, extra: number): number {
  number[0] = x;
  const top = words[upper] ?? 0;
  // From √½ to √2 the exponent is 0, so that nothing cancels beside 1.
  const exponent = (top - 0x3fe6a09e) >> 20;
  const significand = x * (scales[highestPower - exponent] ?? 1);
  const at = (((significand * 128 + 0.5) | 0) - firstCentre) * 3;
  const inverse = table[at] ?? 1;
  const head = significand + cutter - cutter;
  const r = head * inverse - 1;
  const rest = (significand - head) * inverse;
  // Each sum is followed by what it lost; the larger part comes first.
  const ofExponent = exponent * log2High;
  const ofCentre = table[at + 1] ?? 0;
  const base = ofExponent + ofCentre;
  const total = base + r;
  const lost = ofExponent - base + ofCentre + (base - total + r);
  return total + (lost + (rest + (tailOf(r + rest) + ((table[at + 2] ?? 0) + exponent * log2Low) + extra)));
}

/** log(1 + r) − r for |r| < 0.012. */
function tailOf(r: number): number {
  const square = r * r;
  return square * (-0.5 + r * (1 / 3 - r * 0.25 + square * (0.2 - r * (1 / 6) + square * (1 / 7 - r * 0.125))));
}

function logOfEdge(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x > 0 ? x : Number.NaN;
  return logOfSum(x * 18_014_398_509_481_984, 0) - 54 * log2High - 54 * log2Low;
}

function logsOfCentres(): Float64Array {
  const entries = new Float64Array((256 - firstCentre + 1) * 3);
  for (let k = firstCentre; k <= 256; k++) {
    // Nine bits after the point, so that products with 43 bits are exact.
    const parts = Math.floor((128 * 512) / k + 0.5);
    const log = logOfQuotient(512, parts);
    entries.set([parts / 512, log.high, log.low], (k - firstCentre) * 3);
  }
  return entries;
}

/** log(a/b) = 2·artanh((a − b)/(a + b)) by its power series; the argument is below a third. */
function logOfQuotient(a: number, b: number): DoubleDouble {
  const z = divide(a - b, a + b);
  const square = multiply(z, z);
  let power = z;
  let total: DoubleDouble = { high: 0, low: 0 };
  for (let n = 1; n < 90; n += 2) {
    total = add(total, multiply(power, divide(2, n)));
    power = multiply(power, square);
  }
  return total;
}

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2 * highestPower + 1).fill(1);
  for (let m = 1; m <= highestPower; m++) {
    powers[highestPower + m] = (powers[highestPower + m - 1] ?? 1) * 2;
    powers[highestPower - m] = (powers[highestPower - m + 1] ?? 1) / 2;
  }
  return powers;
}
