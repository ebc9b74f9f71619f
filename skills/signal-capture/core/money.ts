/**
 * Decimal text to integer minor units, exactly. No floating point on the way: 1.005 EUR is 101 cents, not 100. Refuses
 * currency signs, thousands separators and exponents, because each of them is read differently in different countries.
 */

/** ISO 4217 currencies whose minor unit is not a hundredth. */
const minorDigitsByCurrency: Readonly<Record<string, number>> = {
  BHD: 3,
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};

/** Digits after the point of a currency, ISO 4217. */
export function minorDigits(currency: string): number {
  return minorDigitsByCurrency[currency] ?? 2;
}

interface Decimal {
  readonly units: bigint;
  /** Digits after the point. */
  readonly scale: number;
}

/**
 * Minor units of an amount, rounded half away from zero; digits beyond the minor unit are usual in prices per piece.
 * @param text decimal number such as `29.33` or `-4`
 * @param digits digits after the point of the currency; 0 when the text is in minor units already
 * @param times a factor as decimal text, such as a quantity; `1` for none
 * @returns undefined when either text is not a plain decimal number or the result is beyond 2^53
 */
export function parseMinor(text: string, digits: number, times = '1'): number | undefined {
  const amount = parseDecimal(text);
  const factor = parseDecimal(times);
  if (!amount || !factor) return undefined;
  const scale = amount.scale + factor.scale;
  const product = amount.units * factor.units;
  const minor = scale <= digits ? product * powerOfTen(digits - scale) : divideRounded(product, powerOfTen(scale - digits));
  const value = Number(minor);
  return Number.isSafeInteger(value) ? value : undefined;
}

function parseDecimal(text: string): Decimal | undefined {
  const found = /^([+-]?)(\d{1,18})(?:\.(\d{0,18}))?$/.exec(text) ?? /^([+-]?)(0{0})\.(\d{1,18})$/.exec(text);
  if (!found) return undefined;
  const fraction = found[3] ?? '';
  const units = BigInt(`${found[2] ?? ''}${fraction}`);
  return { units: found[1] === '-' ? -units : units, scale: fraction.length };
}

function divideRounded(value: bigint, divisor: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return value < 0n ? -rounded : rounded;
}

function powerOfTen(exponent: number): bigint {
  return BigInt(`1${'0'.repeat(exponent)}`);
}
