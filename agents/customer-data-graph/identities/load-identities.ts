/**
 * Resolves the identities of everybody, on an engine: SQL numbers the identities and joins the results, the rules work on numbers.
 * No text of an identity is touched here but placeholders and names of customers, so that millions take seconds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { defaultIdentityRules, identityKinds, type IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { compareText } from '../../../skills/sdk/index.ts';
import type { FeatureWindow, NumberColumns, QueryEngine, ResultColumns } from '../features/query-engine.ts';
import { blockedIdentities } from './blocked-values.ts';
import { type CarriedColumns, kindNumber, type StatementColumns } from './carried-columns.ts';
import { customerIdOf, type Identity, ownerOf } from './identity.ts';
import { type GraphInput, type ResolvedGraph, resolveGraph } from './resolve-graph.ts';
import { sourceOfReason } from './statement-reason.ts';

/** An identity-link or identity-unlink as the log has it. */
export interface LoggedStatement {
  readonly id: string;
  readonly tsMs: number;
  readonly isLink: boolean;
  readonly left: Identity;
  readonly right: Identity;
  readonly reason: string;
}

export interface LoadedGraph {
  /** Customer ids in the order of compareText; a customer_no is a row of this. */
  readonly customers: readonly string[];
  /** Row of the customer by identity number; −1 for 0. */
  readonly customerNo: Int32Array;
  readonly input: Omit<GraphInput, 'keepLinks'>;
  readonly resolved: ResolvedGraph;
}

/** Text of one query. */
export function identitySql(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(join(import.meta.dirname, 'sql', `${name}.sql`), 'utf8');
  texts.set(name, text);
  return text;
}

const texts = new Map<string, string>();

/** Text of a query about what was known at an instant, epoch milliseconds. */
export function identitySqlUntil(name: string, untilMs: number): string {
  return identitySql(name).replaceAll('$until_ms', String(Math.floor(untilMs)));
}

/**
 * Makes the table `identities` (owner, customer_no) that queries join with, and `identity_numbers`. A table `signals` must exist.
 * @returns who the customers are
 */
export async function loadIdentityGraph(
  engine: QueryEngine,
  window: FeatureWindow,
  rules: IdentityRules = defaultIdentityRules,
): Promise<LoadedGraph> {
  await engine.keep('carried_identities', identitySql('carried_identities'), window);
  const statements = await readStatements(engine, window);
  const stated = new Map(statements.flatMap(({ left, right }) => [left, right]).map((one) => [ownerOf(one), one]));
  await engine.load('stated_identities', {
    kind_no: [...stated.values()].map(({ kind }) => kindNumber[kind]),
    identity: [...stated.values()].map(({ value }) => value),
  });
  await engine.keep('identity_numbers', identitySql('identity_numbers'), window);
  const kind = await readKinds(engine, window);
  const input = {
    identities: { kind, blocked: await readBlocked(engine, window, kind, rules) },
    carried: carriedColumns(await engine.numbers(identitySql('carried_numbers'), window)),
    statements: numberStatements(statements, await engine.select(identitySql('stated_numbers'), window)),
    rules,
  };
  const resolved = resolveGraph(input);
  const { customers, customerNo } = await nameCustomers(engine, window, resolved.customer);
  await engine.load('identity_customers', {
    identity_no: Array.from(customerNo.subarray(1), (_, index) => index + 1),
    customer_no: Array.from(customerNo.subarray(1)),
  });
  await engine.keep('identities', identitySql('identities'), window);
  return { customers, customerNo, input, resolved };
}

/** What was said about pairs of identities up to the last day, oldest first. */
export async function readStatements(engine: QueryEngine, window: FeatureWindow): Promise<readonly LoggedStatement[]> {
  const found = await engine.select(identitySql('statements'), window);
  return (found['id'] ?? []).map((id, row) => {
    const { left, right, reason = '' } = readStatedPair(String(found['properties']?.[row]));
    return {
      id: String(id),
      tsMs: Number(found['ts_ms']?.[row]),
      isLink: found['type']?.[row] === 'identity-link',
      left,
      right,
      reason,
    };
  });
}

/** What the properties of an identity-link or identity-unlink say. */
export function readStatedPair(properties: string): StatedPair {
  return JSON.parse(properties) as StatedPair; // checked at capture
}

interface StatedPair {
  readonly left: Identity;
  readonly right: Identity;
  readonly reason?: string;
}

async function readKinds(engine: QueryEngine, window: FeatureWindow): Promise<Uint8Array> {
  const found = await engine.select(identitySql('identity_kinds'), window);
  const counts = (found['identities'] ?? []).map(Number);
  const kinds = new Uint8Array(1 + counts.reduce((total, count) => total + count, 0));
  let at = 1;
  for (const [row, count] of counts.entries()) {
    kinds.fill(Number(found['kind_no']?.[row]), at, at + count);
    at += count;
  }
  return kinds;
}

function carriedColumns(found: NumberColumns): CarriedColumns {
  const integers = (name: string): Int32Array => {
    const column = found[name];
    return column instanceof Int32Array ? column : new Int32Array(0);
  };
  const instants = (name: string): Float64Array => {
    const column = found[name];
    return column instanceof Float64Array ? column : new Float64Array(0);
  };
  return {
    identities: identityKinds.map((kind) => integers(`${kind}_no`)),
    firstMs: instants('first_ms'),
    lastMs: instants('last_ms'),
    events: integers('events'),
  };
}

function numberStatements(statements: readonly LoggedStatement[], numbered: ResultColumns): StatementColumns {
  const numberOf = new Map((numbered['owner'] ?? []).map((owner, row) => [String(owner), Number(numbered['identity_no']?.[row])]));
  return {
    left: Int32Array.from(statements, ({ left }) => numberOf.get(ownerOf(left)) ?? 0),
    right: Int32Array.from(statements, ({ right }) => numberOf.get(ownerOf(right)) ?? 0),
    isLink: Uint8Array.from(statements, ({ isLink }) => (isLink ? 1 : 0)),
    isProbable: Uint8Array.from(statements, ({ reason }) => (sourceOfReason(reason) === 'probabilistic' ? 1 : 0)),
    tsMs: Float64Array.from(statements, ({ tsMs }) => tsMs),
  };
}

async function readBlocked(engine: QueryEngine, window: FeatureWindow, kind: Uint8Array, rules: IdentityRules): Promise<Uint8Array> {
  const blocked = new Uint8Array(kind.length);
  const { hashes, isBlocked } = blockedIdentities(rules);
  const plain = await engine.select(identitySql('plain_identities'), window);
  const numbers = plain['identity_no'] ?? [];
  for (const [row, value] of (plain['identity'] ?? []).entries()) {
    if (isBlocked({ kind: 'user', value: String(value) })) blocked[Number(numbers[row])] = 1;
  }
  await engine.load('blocked_identities', { identity: hashes });
  for (const number of (await engine.select(identitySql('blocked_hashes'), window))['identity_no'] ?? []) blocked[Number(number)] = 1;
  return blocked;
}

/** The customers in the order of their ids, and the row of each identity's. */
async function nameCustomers(
  engine: QueryEngine,
  window: FeatureWindow,
  customer: Int32Array,
): Promise<Pick<LoadedGraph, 'customers' | 'customerNo'>> {
  const isName = new Uint8Array(customer.length);
  for (const name of customer.subarray(1)) isName[name] = 1;
  const names: number[] = [];
  for (let identity = 1; identity < customer.length; identity++) if (isName[identity] === 1) names.push(identity);
  await engine.load('named_customers', { identity_no: names });
  const found = await engine.select(identitySql('customer_names'), window);
  const [kinds, values, numbers] = [found['kind_no'] ?? [], found['identity'] ?? [], found['identity_no'] ?? []];
  const ids = values.map((value, row) => customerIdOf({ kind: identityKinds[Number(kinds[row])] ?? 'anonymous', value: String(value) }));
  const order = [...ids.keys()].sort((a, b) => compareText(ids[a] ?? '', ids[b] ?? ''));
  const rowOf = new Int32Array(customer.length);
  for (const [row, at] of order.entries()) rowOf[Number(numbers[at])] = row;
  const customerNo = Int32Array.from(customer, (name, identity) => (identity === 0 ? -1 : (rowOf[name] ?? 0)));
  return { customers: order.map((at) => ids[at] ?? ''), customerNo };
}
