/**
 * How often a cohort is recalibrated: daily, weekly or monthly, and a written rule that learns it from how wrong matured predictions
 * were. One step at a time, inside the operator's bounds, and never on the word of a few customers. Decides; does nothing.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { addMonths } from '../../../sdk/numeric/index.ts';

/** From the shortest to the longest. */
export const cadences = ['daily', 'weekly', 'monthly'] as const;
export type Cadence = (typeof cadences)[number];

export interface CadenceRule {
  /** The shortest cadence that the operator allows. */
  readonly shortest: Cadence;
  /** The longest one. */
  readonly longest: Cadence;
  /** Of a cohort that nothing is known of. */
  readonly start: Cadence;
  /** Relative error above which a cadence gets shorter. */
  readonly shortenAbove: number;
  /** Relative error below which a window counts as calm; less than shortenAbove. */
  readonly lengthenBelow: number;
  /** Calm windows in a row before a cadence gets longer. */
  readonly patience: number;
  /** A window with fewer customers changes nothing. */
  readonly leastCustomers: number;
}

export const defaultCadenceRule: CadenceRule = {
  shortest: 'daily',
  longest: 'monthly',
  start: 'weekly',
  shortenAbove: 0.2,
  lengthenBelow: 0.1,
  patience: 2,
  leastCustomers: 30,
};

/** What came of a prediction in a window that is over. */
export interface MaturedWindow {
  /** Customers of the cohort who were predicted. */
  readonly customers: number;
  /** Relative error, 0 to 1; see {@link relativeError}. */
  readonly error: number;
}

export interface CadenceDecision {
  readonly decision: 'shorten' | 'lengthen' | 'keep';
  readonly cadence: Cadence;
  /** Why, with the figures. */
  readonly reason: string;
}

/**
 * |predicted − outcome| by the larger of the two: 0 where both are 0, 1 where one of them is.
 * @param predicted finite, ≥ 0
 * @param outcome finite, ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN
 */
export function relativeError(predicted: number, outcome: number): number {
  if (!(predicted >= 0 && outcome >= 0 && Number.isFinite(predicted) && Number.isFinite(outcome)))
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `an error is of two finite numbers ≥ 0; found ${predicted} predicted and ${outcome} came true`,
    );
  const larger = Math.max(predicted, outcome);
  return larger === 0 ? 0 : Math.abs(predicted - outcome) / larger;
}

/**
 * The cadence after the newest window. The windows are those since the last change, so that what led to one is not counted twice.
 * @param current cadence in force; outside the bounds it comes back inside first
 * @param windows matured since the last change, oldest first, at least one
 * @throws {CohortiumError} NUMERIC_DOMAIN for a rule whose bounds or limits are crossed, no window, or errors outside 0 to 1
 */
export function decideCadence(current: Cadence, windows: readonly MaturedWindow[], rule: CadenceRule): CadenceDecision {
  checkRule(rule);
  checkWindows(windows);
  const { patience, leastCustomers, lengthenBelow, shortenAbove } = rule;
  const bounded = withinBounds(current, rule);
  if (bounded !== current) {
    const isShorter = cadences.indexOf(bounded) < cadences.indexOf(current);
    return {
      decision: isShorter ? 'shorten' : 'lengthen',
      cadence: bounded,
      reason: `${current} is outside ${rule.shortest} to ${rule.longest}`,
    };
  }
  const newest = windows.at(-1) ?? { customers: 0, error: 0 };
  const keep = (reason: string): CadenceDecision => ({ decision: 'keep', cadence: current, reason });
  if (newest.customers < leastCustomers) return keep(`${newest.customers} customers are fewer than ${leastCustomers}`);
  const error = percent(newest.error);
  if (newest.error > shortenAbove) {
    const reason = `the error of ${error} is above ${percent(shortenAbove)}`;
    const shorter = withinBounds(cadences[cadences.indexOf(current) - 1] ?? current, rule);
    return shorter === current
      ? keep(`${reason}, and ${current} is the shortest allowed`)
      : { decision: 'shorten', cadence: shorter, reason };
  }
  if (newest.error >= lengthenBelow) return keep(`the error of ${error} is between ${percent(lengthenBelow)} and ${percent(shortenAbove)}`);
  const counted = windows.filter(({ customers }) => customers >= leastCustomers);
  const calm = counted.length - 1 - counted.findLastIndex((window) => window.error >= lengthenBelow);
  if (calm < patience) return keep(`${calm} of ${patience} windows in a row are below ${percent(lengthenBelow)}`);
  const reason = `${calm} windows in a row are below ${percent(lengthenBelow)}, the newest at ${error}`;
  const longer = withinBounds(cadences[cadences.indexOf(current) + 1] ?? current, rule);
  return longer === current ? keep(`${reason}, and ${current} is the longest allowed`) : { decision: 'lengthen', cadence: longer, reason };
}

/**
 * First day on which a cohort is due again. Months end as calendars do: after January 31 comes February 28 or 29.
 * @param lastDay day number of the last recalibration
 * @throws {CohortiumError} NUMERIC_DOMAIN
 */
export function nextDueDay(lastDay: number, cadence: Cadence): number {
  if (cadence !== 'monthly') return lastDay + (cadence === 'daily' ? 1 : 7);
  const next = addMonths(lastDay, 1);
  if (next === undefined) throw new CohortiumError('NUMERIC_DOMAIN', `a day number was expected; found ${lastDay}`);
  return next;
}

/** The nearest cadence inside the bounds. */
export function withinBounds(cadence: Cadence, { shortest, longest }: Pick<CadenceRule, 'shortest' | 'longest'>): Cadence {
  const at = Math.min(Math.max(cadences.indexOf(cadence), cadences.indexOf(shortest)), cadences.indexOf(longest));
  return cadences[at] ?? cadence;
}

/** What is wrong with a rule, in words; undefined for nothing. */
export function cadenceRuleFault({
  shortest,
  longest,
  start,
  shortenAbove,
  lengthenBelow,
  patience,
  leastCustomers,
}: CadenceRule): string | undefined {
  const [low, high, first] = [shortest, longest, start].map((cadence) => cadences.indexOf(cadence));
  if (low === undefined || high === undefined || first === undefined || low > high)
    return `shortest (${shortest}) is longer than longest (${longest})`;
  if (first < low || first > high) return `start (${start}) is outside ${shortest} to ${longest}`;
  if (!(lengthenBelow > 0 && lengthenBelow < shortenAbove && shortenAbove < 1))
    return `0 < lengthenBelow < shortenAbove < 1 was expected; found ${lengthenBelow} and ${shortenAbove}`;
  if (!(Number.isInteger(patience) && patience >= 1 && Number.isInteger(leastCustomers) && leastCustomers >= 1))
    return `patience and leastCustomers are integers ≥ 1; found ${patience} and ${leastCustomers}`;
  return undefined;
}

function checkRule(rule: CadenceRule): void {
  const fault = cadenceRuleFault(rule);
  if (fault !== undefined) throw new CohortiumError('NUMERIC_DOMAIN', `cadence rule: ${fault}`);
}

function checkWindows(windows: readonly MaturedWindow[]): void {
  if (windows.length === 0) throw new CohortiumError('NUMERIC_DOMAIN', 'a cadence is decided by matured windows; found none');
  for (const { customers, error } of windows) {
    if (!(Number.isInteger(customers) && customers >= 0 && error >= 0 && error <= 1))
      throw new CohortiumError('NUMERIC_DOMAIN', `a window has customers ≥ 0 and an error from 0 to 1; found ${customers} and ${error}`);
  }
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
