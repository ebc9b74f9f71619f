/**
 * Links between customers that signals state: who referred whom, and who lives together. A household shares a phone, a loyalty
 * card, or a declared street and postcode; what more customers share than a home holds is a kiosk's, and links nobody.
 */
import { foldDeclared } from './declared.ts';
import { featureSql, type FeatureWindow, type QueryEngine, type ResultColumns, resultColumn } from './feature-queries.ts';

/** A phone, card or address that more customers share links none of them. */
export const maxHouseholdCustomers = 8;

export const linkQueries = ['referrals', 'referral_links', 'shared_identities'] as const;

export interface CustomerLink {
  /** customer_no, as of the identities that the engine holds. */
  readonly from: number;
  readonly to: number;
  readonly kind: 'referral' | 'household';
  /** day_no since when both ends are known to share it, or of the first referral. */
  readonly day: number;
}

/** Reads the links; identities must be loaded. A pair of a household is named once, the lower customer_no first. */
export async function readLinks(engine: QueryEngine, window: FeatureWindow, standing: ResultColumns): Promise<readonly CustomerLink[]> {
  const links = [...(await readReferrals(engine, window)), ...households(await readShared(engine, window, standing))];
  return links.sort((a, b) => a.from - b.from || a.to - b.to || (a.kind < b.kind ? -1 : 1));
}

async function readReferrals(engine: QueryEngine, window: FeatureWindow): Promise<readonly CustomerLink[]> {
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
  return resultColumn(found, 'from_no').map((number, row) => ({
    from: Number(number),
    to: Number(found['to_no']?.[row]),
    kind: 'referral',
    day: Number(found['day_no']?.[row]),
  }));
}

/** What is shared → customers that have it → since when. */
type Shared = Map<string, Map<number, number>>;

async function readShared(engine: QueryEngine, window: FeatureWindow, standing: ResultColumns): Promise<Shared> {
  const shared: Shared = new Map();
  const found = await engine.select(featureSql('shared_identities'), window);
  const [phones, cards, days] = [resultColumn(found, 'phone_hash'), resultColumn(found, 'loyalty_id'), resultColumn(found, 'day_no')];
  for (const [row, number] of resultColumn(found, 'customer_no').entries()) {
    if (phones[row] !== '') note(shared, `phone:${phones[row]}`, Number(number), Number(days[row]));
    if (cards[row] !== '') note(shared, `loyalty:${cards[row]}`, Number(number), Number(days[row]));
  }
  for (const [customer, { attributes, since }] of foldDeclared(standing, window)) {
    const [street, postcode] = [plain(attributes.get('street')), plain(attributes.get('postalCode'))];
    if (street === '' || postcode === '') continue;
    note(shared, `address:${postcode}\n${street}`, customer, Math.max(since.get('street') ?? 0, since.get('postalCode') ?? 0));
  }
  return shared;
}

function note(shared: Shared, key: string, customer: number, day: number): void {
  const known = shared.get(key) ?? new Map<number, number>();
  known.set(customer, Math.min(known.get(customer) ?? day, day));
  shared.set(key, known);
}

/** As people write an address: case and spaces say nothing. */
function plain(text: string | undefined): string {
  return (text ?? '').trim().toLowerCase().replaceAll(/\s+/g, ' ');
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
