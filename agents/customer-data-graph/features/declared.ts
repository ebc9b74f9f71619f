/**
 * What has been declared about each customer: the newest consent per purpose, attribute, tier and subscription. Later
 * signals win; nothing is inferred.
 */
import { type ResultColumns, resultColumn } from './feature-queries.ts';

export interface Declared {
  /** Newest answer per consent purpose. */
  readonly consents: Map<string, boolean>;
  /** Newest value per declared attribute, plus `loyaltyTier` and `subscription`. */
  readonly attributes: Map<string, string>;
  /** Day of that newest value, day_no. */
  readonly since: Map<string, number>;
}

/** @param standing result of standing.sql, oldest first @returns by customer_no */
export function foldDeclared(standing: ResultColumns): ReadonlyMap<number, Declared> {
  const customers = resultColumn(standing, 'customer_no');
  const types = resultColumn(standing, 'type');
  const properties = resultColumn(standing, 'properties');
  const days = resultColumn(standing, 'day_no');
  const declared = new Map<number, Declared>();
  for (const [row, customer] of customers.entries()) {
    let known = declared.get(Number(customer));
    if (!known) declared.set(Number(customer), (known = { consents: new Map(), attributes: new Map(), since: new Map() }));
    const said = JSON.parse(String(properties[row])) as StandingProperties; // checked at capture
    take(known, String(types[row]), said, Number(days[row]));
  }
  return declared;
}

interface StandingProperties {
  readonly purpose?: string;
  readonly granted?: boolean;
  readonly attribute?: string;
  readonly value?: string | number;
  readonly action?: string;
  readonly tier?: string;
  readonly milestone?: string;
}

function take(known: Declared, type: string, said: StandingProperties, day: number): void {
  const declare = (name: string, value: string): void => {
    known.attributes.set(name, value);
    known.since.set(name, day);
  };
  if (type === 'consent-event' && said.purpose !== undefined) known.consents.set(said.purpose, said.granted === true);
  if (type === 'preference-change' && said.attribute !== undefined) declare(said.attribute, String(said.value ?? ''));
  if (type === 'milestone-event' && said.milestone === 'subscription') declare('subscription', String(said.value ?? ''));
  if (type === 'loyalty-action') {
    if (said.action === 'leave') declare('loyaltyTier', '');
    else if (said.tier !== undefined) declare('loyaltyTier', said.tier);
  }
}
