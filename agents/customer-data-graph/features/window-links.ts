/**
 * Links between customers that signals state: who referred whom, and who lives together. A household shares a phone, a loyalty
 * card, or a declared street and postcode; what more customers share than a home holds is a kiosk's, and links nobody.
 */
import { featureSql, type FeatureWindow, type QueryEngine, resultColumn } from './feature-queries.ts';
import type { Profiles } from './window-profiles.ts';

/** A phone, card or address that more customers share links none of them. */
export const maxHouseholdCustomers = 8;

export const linkQueries = ['referrals', 'referral_links', 'carriers', 'shared_identities'] as const;

export interface CustomerLink {
  /** Accounts. In a household the lower one comes first, and a pair is named once. */
  readonly from: number;
  readonly to: number;
  readonly kind: 'referral' | 'household';
  /** day_no since when both are known to share it, or of the first referral. */
  readonly day: number;
}

/** Reads the links, ascending; identities must be loaded. @param accountOf account of a customer_no, −1 for customers that have none */
export async function readLinks(
  engine: QueryEngine,
  window: FeatureWindow,
  accountOf: Int32Array,
  { homes }: Profiles,
): Promise<readonly CustomerLink[]> {
  const shared = await readShared(engine, window, accountOf);
  for (const { account, address, day } of homes) note(shared, `address:${address}`, account, day);
  const links = [...(await readReferrals(engine, window, accountOf)), ...households(shared)];
  return links.sort((a, b) => a.from - b.from || a.to - b.to || (a.kind < b.kind ? -1 : 1));
}

async function readReferrals(engine: QueryEngine, window: FeatureWindow, accountOf: Int32Array): Promise<readonly CustomerLink[]> {
  const said = await engine.select(featureSql('referrals'), window);
  const from: number[] = [];
  const owner: string[] = [];
  const day: number[] = [];
  const properties = resultColumn(said, 'properties');
  for (const [row, number] of resultColumn(said, 'customer_no').entries()) {
    const text = String(properties[row]);
    if (!text.includes('"referredUserId"')) continue;
    const { referredUserId } = JSON.parse(text) as { readonly referredUserId?: string }; // checked at capture
    from.push(Number(number));
    owner.push(`user:${referredUserId ?? ''}`);
    day.push(Number(said['day_no']?.[row]));
  }
  await engine.load('referred', { customer_no: from, owner, day_no: day });
  const found = await engine.select(featureSql('referral_links'), window);
  const links = resultColumn(found, 'from_no').map((number, row) => ({
    from: accountOf[Number(number)] ?? -1,
    to: accountOf[Number(found['to_no']?.[row])] ?? -1,
    kind: 'referral' as const,
    day: Number(found['day_no']?.[row]),
  }));
  // A person who was only ever referred is nobody's row.
  return links.filter(({ from, to }) => from >= 0 && to >= 0);
}

/** What is shared → accounts that have it → since when. */
type Shared = Map<string, Map<number, number>>;

async function readShared(engine: QueryEngine, window: FeatureWindow, accountOf: Int32Array): Promise<Shared> {
  const shared: Shared = new Map();
  await engine.keep('carriers', featureSql('carriers'), window);
  const found = await engine.select(featureSql('shared_identities'), window);
  const [names, days] = [resultColumn(found, 'shared'), resultColumn(found, 'day_no')];
  for (const [row, number] of resultColumn(found, 'customer_no').entries()) {
    note(shared, String(names[row]), accountOf[Number(number)] ?? -1, Number(days[row]));
  }
  return shared;
}

function note(shared: Shared, key: string, account: number, day: number): void {
  const known = shared.get(key) ?? new Map<number, number>();
  known.set(account, Math.min(known.get(account) ?? day, day));
  shared.set(key, known);
}

function households(shared: Shared): readonly CustomerLink[] {
  const pairs = new Map<string, CustomerLink>();
  for (const customers of shared.values()) {
    if (customers.size < 2 || customers.size > maxHouseholdCustomers) continue;
    const members = [...customers].sort(([a], [b]) => a - b);
    for (const [index, [from, fromDay]] of members.entries()) {
      for (const [to, toDay] of members.slice(index + 1)) {
        const day = Math.max(fromDay, toDay);
        const known = pairs.get(`${from} ${to}`);
        if (!known || day < known.day) pairs.set(`${from} ${to}`, { from, to, kind: 'household', day });
      }
    }
  }
  return [...pairs.values()];
}
