/** One simulated customer: who they are, when they buy, where, what, for how much, and what they give back. */
import type { Rng } from '../../../skills/sdk/numeric/index.ts';
import { merchantTruth } from './merchant-parameters.ts';
import type { SeasonalClock } from './season.ts';

interface PurchaseLine {
  readonly brand: string;
  readonly amountMinor: number;
  readonly sku: string;
  /** Day of the return, counted from the start; undefined when kept. */
  readonly returnedOn: number | undefined;
}

export interface Occasion {
  /** Days from the start, with the time of day as fraction. */
  readonly time: number;
  readonly location: string;
  readonly channel: string;
  readonly lines: readonly PurchaseLine[];
}

export interface Choices {
  readonly locations: readonly (readonly [string, number])[];
  readonly channels: readonly (readonly [string, number])[];
  readonly brands: readonly (readonly [string, number])[];
}

export interface SimulatedCustomer {
  readonly occasions: readonly Occasion[];
  /** Location with the largest own share. */
  readonly home: string;
}

/**
 * Draws one customer from the true model.
 * @param acquired day of the first purchase, from the start
 * @param end day after the last simulated day
 */
export function simulateCustomer(rng: Rng, choices: Choices, clock: SeasonalClock, acquired: number, end: number): SimulatedCustomer {
  const { timing, spend, concentration } = merchantTruth;
  const ratePerDay = rng.gamma(timing.r) / timing.alpha / 7;
  const dropout = rng.beta(timing.a, timing.b);
  const meanRate = rng.gamma(spend.q) / spend.gammaMinor;
  const locations = ownShares(rng, choices.locations, concentration.location);
  const channels = ownShares(rng, choices.channels, concentration.channel);
  const brands = ownShares(rng, choices.brands, concentration.brand);
  const occasions: Occasion[] = [];
  let seasonal = clock.elapsed(acquired);
  for (let time = acquired; time < end;) {
    const totalMinor = Math.max(Math.round(rng.gamma(spend.p) / meanRate), 1);
    occasions.push({
      time,
      location: draw(rng, locations),
      channel: draw(rng, channels),
      lines: purchaseLines(rng, brands, totalMinor, Math.floor(time)),
    });
    const isRepeat = occasions.length > 1;
    if (isRepeat && rng.uniform() < dropout) break;
    seasonal += rng.exponential() / ratePerDay;
    time = clock.dayAt(seasonal);
  }
  const home = locations.reduce((best, current) => (current[1] > best[1] ? current : best), ['', -1] as const)[0];
  return { occasions, home };
}

function purchaseLines(rng: Rng, brands: readonly (readonly [string, number])[], totalMinor: number, day: number): PurchaseLine[] {
  const line = (brand: string, amountMinor: number): PurchaseLine => ({
    brand,
    amountMinor,
    sku: `${brand.toLowerCase()}-${String(1 + rng.integer(12)).padStart(2, '0')}`,
    returnedOn: rng.uniform() < merchantTruth.returned ? day + 3 + rng.integer(28) : undefined,
  });
  const first = draw(rng, brands);
  const others = brands.filter(([brand]) => brand !== first);
  if (totalMinor < 200 || others.length === 0 || rng.uniform() >= merchantTruth.secondBrand) return [line(first, totalMinor)];
  const part = Math.round(totalMinor * (0.3 + 0.5 * rng.uniform()));
  return [line(first, part), line(draw(rng, others), totalMinor - part)];
}

/** A Dirichlet draw around base shares. */
function ownShares(rng: Rng, base: readonly (readonly [string, number])[], concentration: number): readonly (readonly [string, number])[] {
  const weights = base.map(([name, share]) => [name, rng.gamma(concentration * share)] as const);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return total > 0 ? weights.map(([name, weight]) => [name, weight / total] as const) : base;
}

/** One name, with chances in proportion to the shares. */
export function draw(rng: Rng, shares: readonly (readonly [string, number])[]): string {
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  let left = rng.uniform() * total;
  for (const [name, share] of shares) {
    left -= share;
    if (left < 0) return name;
  }
  return shares.at(-1)?.[0] ?? '';
}
