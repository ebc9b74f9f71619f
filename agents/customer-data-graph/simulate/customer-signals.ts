/** Everything that one customer of a merchant says, as a sender writes it; a function of the seed and the customer's number alone. */
import { sha256 } from '../../../skills/sdk/index.ts';
import type { Rng } from '../../../skills/sdk/numeric/index.ts';
import { isoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { behaviourOf, characterOf } from './behaviour-signals.ts';
import { merchantBrands, merchantLocations } from './merchant-parameters.ts';
import type { MerchantPlan } from './merchant-plan.ts';
import type { RawSignal } from './raw-signal.ts';
import { type Occasion, simulateCustomer } from './simulate-customer.ts';
import { standingOf } from './standing-signals.ts';
import { inTheme } from './themes.ts';

const msPerDay = 86_400_000;

export interface DatedSignal {
  /** From the start. */
  readonly day: number;
  readonly signal: RawSignal;
}

/** @param root generator of the seed @param number of the customer, from 1 @returns occasions and signals up to the plan's last day */
export function customerSignals(
  root: Rng,
  number: number,
  plan: MerchantPlan,
): { readonly occasions: readonly Occasion[]; readonly signals: readonly DatedSignal[] } {
  const userId = userIdOf(number, plan);
  const rng = root.split(userId);
  const acquired = rng.uniform() * plan.acquisitionDays;
  const region = rng.uniform() < plan.europeanShare ? 'EU' : 'US';
  const drawn = simulateCustomer(rng.split('purchases'), plan.choices[region], plan.clock, acquired, plan.lastDay);
  const behaviour = rng.split('behaviour');
  const character = characterOf(behaviour.split('character'), number);
  const { home } = drawn;
  const occasions = inTheme(behaviour.split('articles'), character.theme, drawn.occasions);
  const residency = merchantLocations.find(({ name }) => name === home)?.residency ?? region;
  const standing = standingOf(rng.split('standing'), region, residency, occasions);
  const identity = rng.split('identity');
  const loyaltyId = `L${userId.slice(1)}`;
  const emailHash = sha256(`${userId}@customers.example`);
  const signals: DatedSignal[] = [];
  let serial = 0;
  const emit = (
    time: number,
    type: string,
    customer: RawSignal['customer'],
    rest: Omit<RawSignal, 'id' | 'type' | 'at' | 'customer'>,
  ): void => {
    serial += 1;
    const atMs = plan.firstDay * msPerDay + Math.floor(time * 86_400) * 1000;
    signals.push({ day: Math.floor(time), signal: { id: `${userId}-${serial}`, type, customer, at: isoInstant(atMs), ...rest } });
  };

  if (standing.hasEmail && identity.uniform() < 0.1) {
    const properties = { left: { kind: 'user', value: userId }, right: { kind: 'email', value: emailHash }, reason: 'newsletter' };
    emit(acquired, 'identity-link', { userId }, { properties });
  }
  for (const [index, { time, location, channel, lines }] of occasions.entries()) {
    // The first purchase carries every identity, so that later ones at a till with only the card are the same customer.
    const isCardOnly = index > 0 && standing.isLoyaltyMember && channel === 'store' && identity.uniform() < 0.3;
    const customer = isCardOnly
      ? { loyaltyId }
      : {
          userId,
          ...(standing.isLoyaltyMember && index === 0 ? { loyaltyId } : {}),
          ...(standing.hasEmail && channel === 'web' ? { emailHash } : {}),
        };
    const orderId = `${userId}-o${index + 1}`;
    for (const { brand, amountMinor, sku, returnedOn } of lines) {
      const vertical = merchantBrands.find(([name]) => name === brand)?.[2] ?? 'apparel';
      const place = { location, channel, brand };
      emit(time, 'purchase', customer, { ...place, properties: { orderId, amountMinor, currency: plan.currency, sku, vertical } });
      if (returnedOn === undefined) continue;
      const properties = { orderId, amountMinor, currency: plan.currency, sku, vertical };
      emit(returnedOn + 0.5, 'return', customer, { ...place, properties });
    }
  }
  const friend = (other: number): { readonly joined: number; readonly userId: string } => {
    const otherId = userIdOf(other, plan);
    return { joined: root.split(otherId).uniform() * plan.acquisitionDays, userId: otherId };
  };
  const life = { number, occasions, hasEmail: standing.hasEmail, end: plan.lastDay, friend, root };
  for (const { type, time, properties, channel } of [...standing.signals, ...behaviourOf(behaviour, character, life)]) {
    emit(time, type, { userId }, { ...(channel === undefined ? {} : { channel }), properties });
  }
  return { occasions, signals };
}

function userIdOf(number: number, { customers }: Pick<MerchantPlan, 'customers'>): string {
  return `c${String(number).padStart(String(customers).length, '0')}`;
}
