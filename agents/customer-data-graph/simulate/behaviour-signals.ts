/**
 * What a simulated customer does besides buying that shows how they shop: sessions before a purchase in one of four styles, sessions
 * that end in nothing, e-mails that are answered, friends that are told, a home that is shared. Drawn from streams of their own, so the purchases
 * are what they were. Sessions before a purchase are the only sign of what is about to happen; the others go on at the same
 * rate whether or not the customer ever comes back.
 */
import type { Rng } from '../../../skills/sdk/numeric/index.ts';
import { merchantBrands } from './merchant-parameters.ts';
import type { Occasion } from './simulate-customer.ts';
import type { StandingSignal } from './standing-signals.ts';
import { themeCount, themedSku } from './themes.ts';

/** Customers with neighbouring numbers are a circle of acquaintances: they share a theme, mostly, and tell each other. */
const circleSize = 24;

/** How somebody gets to a product. */
const styles = ['browser', 'searcher', 'app', 'newsletter'] as const;

/** Mean days between sessions that end in nothing, and between e-mails that are answered. */
const idleDays = 260;
const emailDays = 320;

/** Chance that a purchase on the web or in the app has a session before it. */
const leadShare = 0.4;

/** Chance that two customers with neighbouring numbers live together, and say where. */
const householdShare = 0.2;

/** Friends that a customer tells, in the mean. */
const friendsTold = 0.35;

export interface Character {
  readonly style: (typeof styles)[number];
  /** Which articles they like. */
  readonly theme: number;
}

/** @param number of the customer, from 1 */
export function characterOf(rng: Rng, number: number): Character {
  const circle = Math.floor((number - 1) / circleSize);
  const style = styles[rng.integer(styles.length)] ?? 'browser';
  return { style, theme: rng.uniform() < 0.8 ? circle % themeCount : rng.integer(themeCount) };
}

export interface Life {
  readonly number: number;
  readonly occasions: readonly Occasion[];
  readonly hasEmail: boolean;
  /** Day after the last one, from the start. */
  readonly end: number;
  /** Day of the first purchase of the customer with that number, and their user id. */
  readonly friend: (number: number) => { readonly joined: number; readonly userId: string };
  /** Generator of the whole merchant, for what customers have in common. */
  readonly root: Rng;
}

/** The signals of a life, in no order. */
export function behaviourOf(rng: Rng, { style, theme }: Character, life: Life): readonly StandingSignal[] {
  const joined = life.occasions[0]?.time ?? 0;
  const brand = life.occasions[0]?.lines[0]?.brand.toLowerCase() ?? merchantBrands[0]?.[0].toLowerCase() ?? 'own';
  const signals: StandingSignal[] = [];
  const session = (session: Rng, time: number, sku: string, isBuying: boolean): void => {
    for (const step of sessionSteps(session, style, sku, isBuying)) {
      signals.push({ ...step, time: time + step.time });
    }
  };
  const leads = rng.split('leads');
  for (const { time, channel, lines } of life.occasions) {
    const isOnline = channel === 'web' || channel === 'app';
    if (!isOnline || leads.uniform() >= leadShare) continue;
    // Nobody is known before their first purchase.
    const before = time - 0.02 - (time > joined ? leads.uniform() * 3 : 0);
    if (before > joined) session(leads, before, lines[0]?.sku ?? themedSku(leads, brand, theme), true);
  }
  const idle = rng.split('idle');
  for (let time = joined + idle.exponential() * idleDays; time < life.end; time += idle.exponential() * idleDays) {
    session(idle, time, themedSku(idle, brand, theme), false);
  }
  if (life.hasEmail) {
    const email = rng.split('email');
    for (let time = joined + email.exponential() * emailDays; time < life.end; time += email.exponential() * emailDays) {
      const action = email.uniform() < 0.55 ? 'click' : 'open';
      signals.push({ type: 'email-engagement', time, properties: { action, campaign: `letter-${1 + email.integer(12)}` } });
    }
  }
  return [...signals, ...referrals(rng.split('friends'), life, joined), ...home(life, joined)];
}

/** Where members of a household live; others do not say. */
function home({ number, root }: Life, joined: number): readonly StandingSignal[] {
  const pair = Math.floor((number + 1) / 2);
  const rng = root.split(`home-${pair}`);
  if (rng.uniform() >= householdShare) return [];
  const address = { street: `Linden Row ${pair}`, postalCode: String(10_000 + rng.integer(90_000)) };
  return Object.entries(address).map(([attribute, value]) => ({
    type: 'preference-change',
    time: joined,
    properties: { attribute, value },
  }));
}

interface Step extends StandingSignal {
  /** Days after the session began. */
  readonly time: number;
}

/** One session; what is looked at is put into the cart, and left there unless it is bought soon. */
function sessionSteps(rng: Rng, style: Character['style'], sku: string, isBuying: boolean): readonly Step[] {
  const channel = style === 'app' ? 'app' : 'web';
  const steps: Step[] = [];
  const minute = 1 / 1440;
  const step = (type: string, properties: Readonly<Record<string, unknown>>): void => {
    steps.push({ type, time: steps.length * 2 * minute, properties, channel });
  };
  if (style === 'newsletter') step('email-engagement', { action: 'click', campaign: 'offers' });
  if (style === 'app') step('app-session', { action: 'open', durationSeconds: 60 + rng.integer(900) });
  if (style === 'searcher') step('search', { query: sku.split('-')[0] ?? '', results: 1 + rng.integer(30) });
  step('browse', { sku });
  if (style === 'browser' && rng.uniform() < 0.6) step('browse', { sku });
  if (isBuying) step('cart', { action: 'add', sku });
  else if (rng.uniform() < 0.3) step('cart', { action: 'abandon', sku });
  else if (rng.uniform() < 0.25) step('wishlist', { action: 'add', sku });
  return steps;
}

/** Tells people of the same circle, seldom others; somebody who never becomes a customer can be told too. */
function referrals(rng: Rng, { number, end, friend }: Life, joined: number): readonly StandingSignal[] {
  const first = Math.floor((number - 1) / circleSize) * circleSize + 1;
  return Array.from({ length: rng.poisson(friendsTold) }, () => {
    const other = rng.uniform() < 0.9 ? first + rng.integer(circleSize) : 1 + rng.integer(number + 10 * circleSize);
    const told = friend(other);
    return { other, time: Math.max(joined, told.joined) + 1 + rng.uniform(), userId: told.userId };
  })
    .filter(({ other, time }) => other !== number && time < end)
    .map(({ time, userId }) => ({ type: 'referral', time, properties: { action: 'complete', referredUserId: userId } }));
}
