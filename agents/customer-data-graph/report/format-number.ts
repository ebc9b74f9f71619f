/**
 * Numbers as text, the same on every machine: no locale, no Intl. Thousands are set off by a thin-looking ordinary space, so that
 * text can be searched and pasted.
 */
import { minorDigits } from '../../../skills/signal-capture/core/money.ts';

/** `1234567` → `1 234 567`. */
export function formatCount(value: number): string {
  return formatFixed(value, 0);
}

/**
 * @param digits after the point, 0 to 12
 * @returns halves rounded away from zero; `–` for what is no finite number
 */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–';
  const [whole = '0', fraction] = Math.abs(value).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}

/**
 * `12 345.67 EUR`
 * @param minor minor units, whole or not
 * @param currency ISO 4217
 */
export function formatMoney(minor: number, currency: string): string {
  return `${formatAmount(minor, currency)} ${currency}`;
}

/** Money without its currency, for columns whose head names it. */
export function formatAmount(minor: number, currency: string): string {
  return formatFixed(wholeUnits(minor, currency), minorDigits(currency));
}

/** Money in whole units, for overviews: `1 234 568 EUR`. */
export function formatWholeMoney(minor: number, currency: string): string {
  return `${formatWholeAmount(minor, currency)} ${currency}`;
}

export function formatWholeAmount(minor: number, currency: string): string {
  return formatFixed(minor / scaleOf(minorDigits(currency)), 0);
}

/** @param value 0 to 1 */
export function formatPercent(value: number, digits = 1): string {
  return `${formatFixed(value * 100, digits)} %`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s` */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${formatFixed(seconds * 1000, 0)} ms`;
  if (seconds < 120) return `${formatFixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** First 12 digits of a digest, enough to compare by eye. */
export function shortDigest(digest: string): string {
  return digest.length > 12 ? `${digest.slice(0, 12)}…` : digest;
}

function scaleOf(digits: number): number {
  return Number(`1e${digits}`);
}

/** For axes and tiles: `950`, `1.2 k`, `84 k`, `3.4 M`. */
export function formatCompact(value: number): string {
  const size = Math.abs(value);
  if (size >= 999_500) return `${formatFixed(value / 1_000_000, size < 9_950_000 ? 1 : 0)} M`;
  if (size >= 999.5) return `${formatFixed(value / 1000, size < 9950 ? 1 : 0)} k`;
  return formatFixed(value, size === 0 || Number.isInteger(value) || size >= 10 ? 0 : 1);
}

/** The other way round of {@link wholeUnits}. */
export function minorUnits(whole: number, currency: string): number {
  return whole * scaleOf(minorDigits(currency));
}

/** Minor units as a number of whole units. */
export function wholeUnits(minor: number, currency: string): number {
  return minor / scaleOf(minorDigits(currency));
}
