/**
 * By when a request is confirmed, answered, and answered after an extension. Every clock runs from the day of receipt, whatever the
 * verification takes; where several laws give the right, the shortest counts. Days are counted as each law counts them. Pure.
 * @see 11 CCR § 7021; Regulation (EU) 2016/679, art. 12(3)
 */
import { addBusinessDays } from '../../../skills/gate/core/counsel/due-day.ts';
import { addMonths, dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { RequestKind } from './request-kinds.ts';

/** Clocks of one regime, as its file has them. */
export interface RegimeDeadlines {
  readonly regime: string;
  readonly deadlines: Readonly<Record<string, number | string>>;
}

export interface RequestClock {
  /** Empty for the operator's own. */
  readonly regime: string;
  /** Name in the regime's file, such as `respondDays`. */
  readonly name: string;
  readonly amount: number;
  /** Last day, ISO. */
  readonly due: string;
}

export interface RequestClocks {
  /** Null where no law asks for a confirmation. */
  readonly confirm: RequestClock | null;
  readonly respond: RequestClock;
  /** The last day that an extension can reach; null where some law that gives the right knows none. */
  readonly extended: RequestClock | null;
}

/** @throws never; a name or amount that is no period is passed over */
function dueOf(name: string, amount: number, from: number, holidays: ReadonlySet<number>): number {
  if (name.endsWith('BusinessDays')) return addBusinessDays(from, amount, holidays);
  return name.endsWith('Months') ? (addMonths(from, amount) ?? from) : from + amount;
}

/** Clocks by which each kind is answered, the first that a regime has; and what each is extended by. */
const answers: Readonly<Record<'opt-out' | 'appeal' | 'others', readonly (readonly [name: string, extension: string | null])[]>> = {
  'opt-out': [
    ['optOutBusinessDays', null],
    ['optOutDays', null],
    ['respondDays', 'extensionDays'],
    ['respondMonths', 'extensionMonths'],
  ],
  appeal: [['appealDays', 'appealExtensionDays']],
  others: [
    ['respondDays', 'extensionDays'],
    ['respondMonths', 'extensionMonths'],
    ['respondBusinessDays', null],
  ],
};

/**
 * @param received ISO date
 * @param regimes those that give the right; none for an answer that no law asks for
 * @param holidays ISO dates that are no business days
 * @param otherwiseDays of the operator, where no regime has a clock
 */
export function clocksOf(
  kind: RequestKind,
  received: string,
  regimes: readonly RegimeDeadlines[],
  holidays: readonly string[],
  otherwiseDays: number,
): RequestClocks {
  const from = dayOfIsoDate(received) ?? 0;
  const closed = new Set(holidays.flatMap((day) => dayOfIsoDate(day) ?? []));
  const clock = (regime: string, name: string, amount: number, day: number): RequestClock => ({ regime, name, amount, due: isoDate(day) });
  const names = answers[kind === 'opt-in' ? 'opt-out' : kind === 'opt-out' || kind === 'appeal' ? kind : 'others'];
  const confirms: RequestClock[] = [];
  const responds: RequestClock[] = [];
  const extensions: (RequestClock | null)[] = [];
  for (const { regime, deadlines } of regimes) {
    const amountOf = (name: string): number | undefined => {
      const value = deadlines[name];
      return typeof value === 'number' && value > 0 ? value : undefined;
    };
    const confirm = amountOf('confirmReceiptBusinessDays');
    // An opt-out is done, not confirmed (11 CCR § 7021(a) speaks of know, delete and correct).
    if (confirm !== undefined && names === answers.others) {
      confirms.push(clock(regime, 'confirmReceiptBusinessDays', confirm, addBusinessDays(from, confirm, closed)));
    }
    const own = names.filter(([name]) => amountOf(name) !== undefined);
    // A clock for opt-outs goes before the general one.
    for (const [name, extension] of own[0]?.[0].startsWith('optOut') === true ? own.slice(0, 1) : own) {
      const amount = amountOf(name) ?? 0;
      responds.push(clock(regime, name, amount, dueOf(name, amount, from, closed)));
      const more = extension === null ? undefined : amountOf(extension);
      // Both parts run from the receipt as one, so that two months more are three months.
      extensions.push(
        more === undefined || extension === null
          ? null
          : clock(regime, extension, amount + more, dueOf(extension, amount + more, from, closed)),
      );
    }
  }
  const respond = shortest(responds) ?? clock('', 'otherwiseDays', otherwiseDays, from + otherwiseDays);
  const known = extensions.flatMap((one) => one ?? []);
  const extended =
    responds.length === 0
      ? clock('', 'otherwiseDays', 2 * otherwiseDays, from + 2 * otherwiseDays)
      : known.length === extensions.length
        ? shortest(known)
        : undefined;
  return { confirm: shortest(confirms) ?? null, respond, extended: extended && extended.due > respond.due ? extended : null };
}

/** The first to end; of two that end together the one by name of its regime. */
function shortest(clocks: readonly RequestClock[]): RequestClock | undefined {
  return [...clocks].sort((a, b) => (a.due === b.due ? (a.regime < b.regime ? -1 : 1) : a.due < b.due ? -1 : 1))[0];
}
