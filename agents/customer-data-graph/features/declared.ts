/**
 * What has been declared about each customer: the newest consent per purpose, and of each attribute the value that the operator's
 * rules choose, the newest unless they say otherwise. Nothing is inferred.
 */
import { defaultIdentityRules } from '../../../registries/identity/identity-rules.ts';
import { type ConsentState, emptyConsentState, takeAnswer } from '../consents/consent-aspects.ts';
import { type DeclaredValue, type FieldState, policyOf, takeValue } from '../identities/field-policy.ts';
import type { FeatureWindow } from './feature-queries.ts';
import { type ResultColumns, resultColumn } from './feature-queries.ts';

export interface Declared extends ConsentState {
  /** Value per declared attribute, plus `loyaltyTier` and `subscription`. */
  readonly attributes: Map<string, string>;
  /** Day of that value, day_no. */
  readonly since: Map<string, number>;
}

/**
 * @param standing result of standing.sql, oldest first
 * @param rules of the operator; the shipped ones when absent
 * @returns by customer_no
 */
export function foldDeclared(
  standing: ResultColumns,
  { rules = defaultIdentityRules }: Pick<FeatureWindow, 'rules'>,
): ReadonlyMap<number, Declared> {
  const customers = resultColumn(standing, 'customer_no');
  const types = resultColumn(standing, 'type');
  const properties = resultColumn(standing, 'properties');
  const days = resultColumn(standing, 'day_no');
  const channels = resultColumn(standing, 'channel');
  const declared = new Map<number, Declared & { readonly fields: Map<string, FieldState<DatedValue>> }>();
  for (const [row, customer] of customers.entries()) {
    let known = declared.get(Number(customer));
    if (!known)
      declared.set(Number(customer), (known = { ...emptyConsentState(), attributes: new Map(), since: new Map(), fields: new Map() }));
    const said = JSON.parse(String(properties[row])) as StandingProperties; // checked at capture
    const type = String(types[row]);
    if (type === 'consent-event' && said.purpose !== undefined)
      takeAnswer(known, { purpose: said.purpose, granted: said.granted === true, mode: said.mode ?? null });
    const field = declaredField(type, said);
    if (!field) continue;
    const value = { value: field.value, source: said.source ?? String(channels[row]), day: Number(days[row]) };
    const state = takeValue(known.fields.get(field.name), value, policyOf(rules.fields, field.name));
    known.fields.set(field.name, state);
    known.attributes.set(field.name, state.winner.value);
    known.since.set(field.name, state.winner.day);
  }
  return declared;
}

interface DatedValue extends DeclaredValue {
  readonly day: number;
}

/** Properties of the signals that declare something, as far as they matter here. */
export interface StandingProperties {
  readonly purpose?: string;
  readonly granted?: boolean;
  readonly mode?: 'opt-in' | 'opt-out';
  readonly attribute?: string;
  readonly value?: string | number;
  readonly action?: string;
  readonly tier?: string;
  readonly milestone?: string;
  readonly source?: string;
}

/** The attribute that a signal declares, and its value; undefined when it declares none. */
export function declaredField(type: string, said: StandingProperties): { readonly name: string; readonly value: string } | undefined {
  if (type === 'preference-change' && said.attribute !== undefined) return { name: said.attribute, value: String(said.value ?? '') };
  if (type === 'milestone-event' && said.milestone === 'subscription') return { name: 'subscription', value: String(said.value ?? '') };
  if (type !== 'loyalty-action') return undefined;
  if (said.action === 'leave') return { name: 'loyaltyTier', value: '' };
  return said.tier === undefined ? undefined : { name: 'loyaltyTier', value: said.tier };
}
