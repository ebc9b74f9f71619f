/** What a merchant is asked to be, checked, and worked out to what every customer is drawn from. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayNumber, dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { firstShares, merchantBrands, merchantChannels, merchantLocations, merchantTruth } from './merchant-parameters.ts';
import { seasonalClock } from './season.ts';
import type { Choices } from './simulate-customer.ts';

export interface MerchantOptions {
  readonly seed: string;
  readonly customers?: number;
  readonly months?: number;
  /** At most 12. */
  readonly locations?: number;
  /** At most 4. */
  readonly channels?: number;
  /** At most 3. */
  readonly brands?: number;
  /** First day, ISO date, the first of a month. */
  readonly startDate?: string;
  /** Days after asOf that the truth looks ahead. */
  readonly horizonDays?: number;
  /** ISO 4217. */
  readonly currency?: string;
}

export interface MerchantPlan {
  readonly customers: number;
  readonly firstDay: number;
  /** Days of history; the first day after asOf, counted from the start. */
  readonly endDay: number;
  /** endDay + horizonDays. */
  readonly lastDay: number;
  readonly horizonDays: number;
  readonly acquisitionDays: number;
  readonly currency: string;
  readonly clock: ReturnType<typeof seasonalClock>;
  readonly choices: { readonly EU: Choices; readonly US: Choices };
  readonly europeanShare: number;
}

/** @throws {CohortiumError} ARGUMENT_INVALID when an option is out of its range */
export function planMerchant(options: MerchantOptions): MerchantPlan {
  const customers = inRange('customers', options.customers ?? 5000, 1, 10_000_000);
  const months = inRange('months', options.months ?? 24, 3, 120);
  const locationCount = inRange('locations', options.locations ?? 12, 1, merchantLocations.length);
  const channels = firstShares(
    merchantChannels,
    inRange('channels', options.channels ?? 4, 1, merchantChannels.length),
    ([, share]) => share,
  );
  const brands = firstShares(merchantBrands, inRange('brands', options.brands ?? 3, 1, merchantBrands.length), ([, share]) => share);
  const horizonDays = inRange('horizonDays', options.horizonDays ?? 365, 1, 3650);
  const startDate = options.startDate ?? '2024-01-01';
  const firstDay = dayOfIsoDate(startDate);
  if (firstDay === undefined) throw new CohortiumError('ARGUMENT_INVALID', `startDate: an ISO date was expected; found '${startDate}'`);
  const monthIndex = Number(startDate.slice(0, 4)) * 12 + Number(startDate.slice(5, 7)) - 1 + months;
  const dayAfter = dayNumber(Math.floor(monthIndex / 12), (monthIndex % 12) + 1, 1);
  if (dayAfter === undefined) throw new CohortiumError('ARGUMENT_INVALID', `months: ${months} months after ${startDate} is out of range`);
  const endDay = dayAfter - firstDay;
  const inUse = merchantLocations.slice(0, locationCount);
  const choicesOf = (region: 'EU' | 'US'): Choices => {
    const here = inUse.filter((place) => place.region === region);
    return {
      locations: firstShares(here, here.length, ({ share }) => share).map(([{ name }, share]) => [name, share]),
      channels: channels.map(([[name], share]) => [name, share]),
      brands: brands.map(([[name], share]) => [name, share]),
    };
  };
  return {
    customers,
    firstDay,
    endDay,
    lastDay: endDay + horizonDays,
    horizonDays,
    // New customers arrive in the first three quarters of the time, so that all have some history.
    acquisitionDays: Math.floor(endDay * 0.75),
    currency: options.currency ?? 'EUR',
    clock: seasonalClock(firstDay, endDay + horizonDays + 1, merchantTruth.seasonByMonth),
    choices: { EU: choicesOf('EU'), US: choicesOf('US') },
    europeanShare: locationCount === 1 ? 1 : merchantTruth.european,
  };
}

function inRange(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new CohortiumError('ARGUMENT_INVALID', `${name}: a whole number from ${low} to ${high} was expected; found ${value}`);
}
