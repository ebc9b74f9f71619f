/**
 * Days and instants by integer arithmetic on the proleptic Gregorian calendar, UTC only. No Date object: the same text gives
 * the same number on every engine. Refuses (returns undefined for) days that do not exist and years outside 1900–2199.
 */

const msPerDay = 86_400_000;

/**
 * Day number of a civil date: days since 1970-01-01.
 * @param month 1–12
 * @param day 1–31
 * @returns undefined when the date does not exist or its year is outside 1900–2199
 * @see Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil
 */
export function dayNumber(year: number, month: number, day: number): number | undefined {
  if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  // Years start in March, so that the leap day is the last day of a year.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** ISO date `YYYY-MM-DD` of a day number. */
export function isoDate(dayNo: number): string {
  const shifted = dayNo + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Day number of an ISO date `YYYY-MM-DD`; undefined when it is not one. */
export function dayOfIsoDate(text: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return found ? dayNumber(Number(found[1]), Number(found[2]), Number(found[3])) : undefined;
}

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

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
