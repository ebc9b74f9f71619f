/**
 * Instants by integer arithmetic, UTC only. No Date object: the same text gives the same number on every engine. Refuses
 * (returns undefined for) days and times that do not exist.
 */
import { dayNumber, isoDate } from '../../sdk/numeric/index.ts';

const msPerDay = 86_400_000;

/** Day that an instant falls on, in UTC. */
export function dayOfInstant(epochMs: number): number {
  return Math.floor(epochMs / msPerDay);
}

/** ISO 8601 text in UTC with milliseconds, such as `2026-01-31T12:00:00.000Z`. */
export function isoInstant(epochMs: number): string {
  const day = dayOfInstant(epochMs);
  const rest = epochMs - day * msPerDay;
  const clock = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1000) % 60];
  return `${isoDate(day)}T${clock.map((part) => pad(part, 2)).join(':')}.${pad(rest % 1000, 3)}Z`;
}

const isoPattern = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?$/;

/**
 * Epoch milliseconds of an ISO 8601 date or date-time. Without a zone it is read as UTC; digits after the milliseconds
 * are cut off.
 * @returns undefined when the text is not ISO 8601 or the instant does not exist
 */
export function parseIsoInstant(text: string): number | undefined {
  return text.length === 24 ? (parseUtcMillis(text) ?? parseByPattern(text)) : parseByPattern(text);
}

/** True for a date that is refused for its year alone: instants are kept from 1900 to 2199. */
export function isBeyondYears(text: string): boolean {
  const year = /^\s*[+-]?(\d{4,6})-\d{2}-\d{2}/.exec(text)?.[1];
  return year !== undefined && (Number(year) < 1900 || Number(year) > 2199);
}

/** The form that SDKs send, `2026-01-31T12:00:00.000Z`, digit by digit: several times as fast as the pattern. */
function parseUtcMillis(text: string): number | undefined {
  const marks = text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':' && text[16] === ':' && text[19] === '.';
  if (!marks || text[23] !== 'Z') return undefined;
  const time = {
    year: digitsAt(text, 0, 4),
    month: digitsAt(text, 5, 2),
    day: digitsAt(text, 8, 2),
    hour: digitsAt(text, 11, 2),
    minute: digitsAt(text, 14, 2),
    second: digitsAt(text, 17, 2),
    millisecond: digitsAt(text, 20, 3),
  };
  const total = time.year + time.month + time.day + time.hour + time.minute + time.second + time.millisecond;
  return Number.isNaN(total) ? undefined : instantOf(time);
}

/** NaN when one of the characters is no digit. */
function digitsAt(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function parseByPattern(text: string): number | undefined {
  const found = isoPattern.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
  // A zone on a bare date would not say which day is meant.
  if (hour === undefined && zone !== undefined) return undefined;
  const instant = instantOf({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: Number((fraction ?? '').slice(0, 3).padEnd(3, '0')),
  });
  const offset = offsetMs(zone);
  return instant === undefined || offset === undefined ? undefined : instant - offset;
}

export interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** Epoch milliseconds of a civil time in UTC; undefined when it does not exist. Leap seconds do not exist here. */
export function instantOf(time: CivilTime): number | undefined {
  const day = dayNumber(time.year, time.month, time.day);
  if (day === undefined || time.hour > 23 || time.minute > 59 || time.second > 59) return undefined;
  return day * msPerDay + time.hour * 3_600_000 + time.minute * 60_000 + time.second * 1000 + time.millisecond;
}

function offsetMs(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
