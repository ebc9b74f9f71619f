/**
 * What is known of each identity that events belong to: declared names and addresses, and the e-mail address and phone that its
 * events carry. One profile each; identities that are one customer already are compared as well, and teach what likeness is.
 */
import { type IdentityRules, type MatchingField, matchingFields } from '../../../registries/identity/identity-rules.ts';
import { type FeatureWindow, type QueryEngine, resultColumn } from '../features/query-engine.ts';
import { kindNumber } from '../identities/carried-columns.ts';
import { type DeclaredValue, type FieldState, policyOf, takeValue } from '../identities/field-policy.ts';
import { identitySql, type LoadedGraph } from '../identities/load-identities.ts';
import type { ProfileValues } from '../identities/matching/profile-table.ts';

export interface Profiles {
  /** Identity number of each profile, ascending. */
  readonly identities: Int32Array;
  readonly values: ProfileValues;
}

export async function readProfiles(
  engine: QueryEngine,
  window: FeatureWindow,
  graph: LoadedGraph,
  rules: IdentityRules,
): Promise<Profiles> {
  const count = graph.customerNo.length;
  const declared = await readDeclared(engine, window, count, rules);
  const [email, phone] = [hashesOf(graph, kindNumber.email), hashesOf(graph, kindNumber.phone)];
  const known: number[] = [];
  for (let identity = 1; identity < count; identity++) {
    const hasHash = email[identity] !== 0 || phone[identity] !== 0;
    if (hasHash || [...declared.values()].some((values) => (values[identity] ?? '') !== '')) known.push(identity);
  }
  const valuesOf = (field: MatchingField): readonly string[] => {
    // A hash is only compared with hashes, so its number stands for it.
    if (field === 'emailHash') return known.map((identity) => numberText(email[identity]));
    if (field === 'phoneHash') return known.map((identity) => numberText(phone[identity]));
    return known.map((identity) => declared.get(field)?.[identity] ?? '');
  };
  return {
    identities: Int32Array.from(known),
    values: Object.fromEntries(matchingFields.map((field) => [field, valuesOf(field)])) as unknown as ProfileValues, // one entry per field
  };
}

function numberText(number: number | undefined): string {
  return number === undefined || number === 0 ? '' : String(number);
}

/** By field, the value of each identity; absent where there is none. */
async function readDeclared(
  engine: QueryEngine,
  window: FeatureWindow,
  count: number,
  rules: IdentityRules,
): Promise<ReadonlyMap<string, readonly (string | undefined)[]>> {
  const values = new Map<string, (string | undefined)[]>(
    matchingFields
      .filter((field) => field !== 'emailHash' && field !== 'phoneHash')
      .map((field) => [field, new Array<string | undefined>(count)]),
  );
  const states = new Map<string, FieldState<DeclaredValue>>();
  const found = await engine.select(identitySql('profile_attributes'), window);
  const numbers = resultColumn(found, 'identity_no');
  const channels = resultColumn(found, 'channel');
  for (const [row, properties] of resultColumn(found, 'properties').entries()) {
    const said = JSON.parse(String(properties)) as { readonly attribute: string; readonly value: string; readonly source?: string }; // checked at capture
    const own = values.get(said.attribute);
    if (!own) continue;
    const identity = Number(numbers[row]);
    const policy = policyOf(rules.fields, said.attribute);
    if (policy.policy === 'most-recent') own[identity] = said.value;
    else {
      const key = `${identity} ${said.attribute}`;
      const state = takeValue(states.get(key), { value: said.value, source: said.source ?? String(channels[row]) }, policy);
      states.set(key, state);
      own[identity] = state.winner.value;
    }
  }
  return values;
}

/** By owner, the hash of a kind that most of its events carry; of equals the one with the smaller number. 0 for none. */
function hashesOf({ input, resolved }: LoadedGraph, kind: number): Int32Array {
  const { carried } = input;
  const best = new Int32Array(resolved.customer.length);
  const events = new Int32Array(resolved.customer.length);
  const column = carried.identities[kind] ?? new Int32Array(0);
  for (let row = 0; row < column.length; row++) {
    const hash = column[row] ?? 0;
    // What links nobody says nothing about anybody.
    if (hash === 0 || resolved.silent[hash] !== 0) continue;
    let owner = 0;
    for (const one of carried.identities) {
      owner = one[row] ?? 0;
      if (owner !== 0) break;
    }
    const [count, most] = [carried.events[row] ?? 0, events[owner] ?? 0];
    if (count > most || (count === most && hash < (best[owner] ?? 0))) {
      best[owner] = hash;
      events[owner] = count;
    }
  }
  return best;
}
