/** What clocks on the wall of a time zone show, and which zones there are. For words and whole days; never read back into instants. */
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';

export interface ZoneClock {
  /** Day number (days since 1970-01-01) of the local date at an instant. */
  readonly day: (ms: number) => number;
  /** `Mon 2026-01-05 06:00` */
  readonly text: (ms: number) => string;
}

/** @param timezone a name that `zoneFault` finds nothing wrong with */
export function zoneClock(timezone: string): ZoneClock {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    calendar: 'iso8601',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const read = (ms: number): Readonly<Record<string, string>> =>
    Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const date = ({ year, month, day }: Readonly<Record<string, string>>): string => `${year}-${month}-${day}`;
  return {
    day: (ms) => dayOfIsoDate(date(read(ms))) ?? Math.floor(ms / 86_400_000),
    text: (ms) => {
      const parts = read(ms);
      return `${parts['weekday']} ${date(parts)} ${parts['hour']}:${parts['minute']}`;
    },
  };
}

/** What is wrong with the name of a time zone, in words; undefined when it is one. */
export function zoneFault(timezone: string): string | undefined {
  const isName = /^[A-Za-z]/.test(timezone);
  if (isName && isZone(timezone)) return undefined;
  const place = timezone.toLowerCase().replace(/^.*\//, '').replaceAll(' ', '_');
  const alike = isName && place !== '' ? Intl.supportedValuesOf('timeZone').filter((zone) => zone.toLowerCase().includes(place)) : [];
  const hint = alike.length > 0 ? `did you mean ${alike.slice(0, 3).join(' or ')}?` : 'names are such as Europe/Berlin or UTC';
  return `no time zone of this name is known; ${hint}`;
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
