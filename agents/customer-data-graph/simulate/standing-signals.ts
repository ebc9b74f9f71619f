/**
 * What a simulated customer says besides buying: residency, age, consent, loyalty, subscription, and the small signals around
 * a purchase. None of it depends on whether the customer will come back, so it gives nothing away.
 */
import type { Rng } from '../../../skills/sdk/numeric/index.ts';
import { acquisitionSources } from './merchant-parameters.ts';
import { draw, type Occasion } from './simulate-customer.ts';

export interface StandingSignal {
  readonly type: string;
  /** Days from the start. */
  readonly time: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly channel?: string;
}

/** Other European countries and states that a customer may live in; some have privacy law of their own. */
const elsewhere = { EU: ['DE', 'FR', 'IE', 'BE', 'SE'], US: ['US-CA', 'US-NY', 'US-NJ', 'US-CT', 'US-WA', 'US-MN', 'US-FL'] } as const;

const tiers = [
  [0, 'bronze'],
  [3, 'silver'],
  [8, 'gold'],
] as const;

export interface Standing {
  readonly signals: readonly StandingSignal[];
  readonly isLoyaltyMember: boolean;
  readonly hasEmail: boolean;
}

/** @param residency ISO 3166 code of the customer's home location */
export function standingOf(rng: Rng, region: 'EU' | 'US', residency: string, occasions: readonly Occasion[]): Standing {
  const joined = occasions[0]?.time ?? 0;
  const signals: StandingSignal[] = [];
  const say = (type: string, time: number, properties: Readonly<Record<string, unknown>>): void => {
    signals.push({ type, time, properties });
  };
  const declare = (attribute: string, value: string): void => say('preference-change', joined, { attribute, value });
  const consent = (purpose: string, granted: boolean, after: number): void =>
    say('consent-event', joined + after, { purpose, granted, source: 'preference-centre' });

  if (rng.uniform() < 0.92) declare('residency', rng.uniform() < 0.88 ? residency : pick(rng, elsewhere[region]));
  declare('acquisitionSource', draw(rng, acquisitionSources));
  const age = rng.uniform();
  if (age < 0.012) declare('minor', 'true');
  else if (age < 0.75) declare('birthYear', String(1945 + rng.integer(60)));
  const answer = rng.uniform();
  if (answer < 0.55) consent('marketing', true, 0);
  else if (answer < 0.64) consent('marketing', false, 0);
  if (rng.uniform() < 0.03) consent('profiling', false, rng.integer(200));
  if (region === 'US' && rng.uniform() < 0.05) consent('targeted-advertising', false, rng.integer(200));
  if (region === 'US' && rng.uniform() < 0.03) consent('sale', false, rng.integer(200));
  if (region === 'US' && rng.uniform() < 0.06) consent('gpc', false, rng.integer(60));

  const isLoyaltyMember = rng.uniform() < 0.42;
  if (isLoyaltyMember) {
    say('loyalty-action', joined, { action: 'enroll', tier: 'bronze' });
    for (const [index, { time }] of occasions.entries()) {
      const tier = tiers.find(([from]) => from === index)?.[1];
      if (index > 0 && tier !== undefined) say('loyalty-action', time, { action: 'tier', tier });
      else if (index > 0 && rng.uniform() < 0.5) say('loyalty-action', time, { action: 'earn', points: 10 + rng.integer(90) });
    }
  }
  if (rng.uniform() < 0.12) {
    say('milestone-event', joined + 1, { milestone: 'subscription', value: 'active' });
    if (rng.uniform() < 0.3) say('milestone-event', joined + 60 + rng.integer(200), { milestone: 'subscription', value: 'cancelled' });
  }
  const hasEmail = rng.uniform() < 0.7;
  if (hasEmail && rng.uniform() < 0.5) say('email-engagement', joined + 2, { action: 'open', campaign: 'welcome' });
  signals.push(...occasions.flatMap((occasion) => aroundPurchase(rng, occasion)));
  return { signals, isLoyaltyMember, hasEmail };
}

/** Minutes before and after a purchase. */
function aroundPurchase(rng: Rng, { time, channel, lines }: Occasion): StandingSignal[] {
  const signals: StandingSignal[] = [];
  const sku = lines[0]?.sku ?? 'none';
  const near = (type: string, offset: number, properties: Readonly<Record<string, unknown>>): void => {
    // On the same day as the purchase, so that the small signals never reach past the end of the history.
    const at = Math.min(Math.max(time + offset, Math.floor(time)), Math.floor(time) + 0.9999);
    signals.push({ type, time: at, properties, channel });
  };
  const chance = rng.uniform();
  if (channel === 'web' && chance < 0.5) near('browse', -0.01, { sku });
  else if (channel === 'web' && chance < 0.7) near('search', -0.01, { query: sku.split('-')[0] ?? '', results: 1 + rng.integer(20) });
  else if (channel === 'app' && chance < 0.6) near('app-session', -0.01, { action: 'open', durationSeconds: 30 + rng.integer(600) });
  else if (channel === 'store' && chance < 0.2) near('visit', -0.02, { durationSeconds: 120 + rng.integer(2000) });
  else if (channel === 'phone' && chance < 0.8) near('call', -0.01, { direction: 'inbound', durationSeconds: 60 + rng.integer(900) });
  const after = rng.uniform();
  if (after < 0.05) near('review', 0.05, { sku, rating: 1 + rng.integer(5) });
  else if (after < 0.08) near('support-contact', 0.04, { action: 'open', topic: 'delivery' });
  else if (after < 0.11) near('survey-response', 0.05, { survey: 'nps', score: rng.integer(11) });
  else if (after < 0.13) near('referral', 0.05, { action: 'invite' });
  else if (after < 0.2) near('email-engagement', 0.03, { action: 'click', campaign: 'receipt' });
  return signals;
}

function pick(rng: Rng, items: readonly string[]): string {
  return items[rng.integer(items.length)] ?? '';
}
