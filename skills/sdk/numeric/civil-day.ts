/**
 * Days of the proleptic Gregorian calendar by integer arithmetic, without a Date object: the same text gives the same number
 * on every engine. Refuses (returns undefined for) days that do not exist and years outside 1900–2199.
 */

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
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** Day number of an ISO date `YYYY-MM-DD`; undefined when it is not one. */
export function dayOfIsoDate(text: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return found ? dayNumber(Number(found[1]), Number(found[2]), Number(found[3])) : undefined;
}

/**
 * The same day some months later or earlier; the last day of that month where it is shorter, so that 31 January and one month is 28
 * or 29 February. A month added to a clamped day does not come back: two steps of one month may be another day than one step of two.
 * @param dayNo days since 1970-01-01, of the years 1900–2199
 * @param months whole months, may be negative
 * @returns undefined when the result is outside 1900–2199, or an argument is no whole number
 * @see dateutil, relativedelta(months=n), whose clamping this is
 */
export function addMonths(dayNo: number, months: number): number | undefined {
  if (!Number.isInteger(dayNo) || !Number.isInteger(months) || dayNo < firstDay || dayNo > lastDay) return undefined;
  const text = isoDate(dayNo);
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))];
  const count = year * 12 + month - 1 + months;
  const newYear = Math.floor(count / 12);
  const newMonth = count - newYear * 12 + 1;
  const clamped = Math.min(day, daysInMonth(newYear, newMonth));
  return dayNumber(newYear, newMonth, clamped);
}

/** 1900-01-01 and 2199-12-31. */
const firstDay = -25_567;
const lastDay = 84_005;

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
