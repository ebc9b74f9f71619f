/**
 * Everything that windows are made of, read from an engine by the portable queries and put in the order of customers: one
 * array per column, the rows of a customer side by side. Knows no window; refuses nothing.
 */
import { compareText } from '../../../skills/sdk/index.ts';
import {
  featureSql,
  type FeatureWindow,
  loadIdentities,
  type NumberColumns,
  type QueryEngine,
  type ResultColumns,
  resultColumn,
} from './feature-queries.ts';

/** Rows in ascending account; those of account `a` are starts[a] to starts[a + 1]. */
interface ByAccount {
  readonly starts: Int32Array;
}

/** Sums per account, place, signal type and day; several rows of one such day add up. Ascending (account, place, type). */
export interface Buckets extends ByAccount {
  readonly day: Int32Array;
  readonly place: Int32Array;
  readonly type: Int32Array;
  readonly events: Int32Array;
  readonly grossMinor: Float64Array;
  /** The first day of all; 0 when there are none. */
  readonly earliest: number;
}

/** Distinct things of an account, by the last day that they were seen on. */
export interface LastSeen extends ByAccount {
  readonly day: Int32Array;
  readonly things: Int32Array;
}

/** Every signal, ascending (account, tsMs, id). */
export interface EventList extends ByAccount {
  readonly account: Int32Array;
  readonly day: Int32Array;
  readonly tsMs: Float64Array;
  readonly type: Int32Array;
  /** Position in skus; −1 for none. The same for order, which is a number only. */
  readonly sku: Int32Array;
  readonly order: Int32Array;
  readonly amountMinor: Float64Array;
  readonly orders: number;
}

/** Where signals happened: positions in the lists of names, by place. */
export interface Places {
  readonly locations: readonly string[];
  readonly channels: readonly string[];
  readonly brands: readonly string[];
  readonly location: Int32Array;
  readonly channel: Int32Array;
  readonly brand: Int32Array;
}

export interface WindowSource {
  /** Ids of customers with a signal, ascending; an account is a row of this. */
  readonly customers: readonly string[];
  /** Account of a customer_no, −1 for those without a signal. */
  readonly accountOf: Int32Array;
  readonly types: readonly string[];
  readonly skus: readonly string[];
  readonly places: Places;
  readonly buckets: Buckets;
  readonly orders: LastSeen;
  readonly articles: LastSeen;
}

/** Queries of which results, or tables for the next ones, are made. */
export const windowQueries = [
  'asked_identities',
  'types',
  'skus',
  'places',
  'window_buckets',
  'window_orders',
  'window_skus',
  'order_numbers',
  'window_events',
] as const;

/**
 * Reads what windows are folded from. The caller has made `signals` and the tables of the bucket queries; tables are left behind.
 * @param asked identities of the customers to read, as owners; everybody when absent
 */
export async function readWindowSource(engine: QueryEngine, window: FeatureWindow, asked?: readonly string[]): Promise<WindowSource> {
  const named = await loadIdentities(engine, window);
  if (asked) await loadAsked(engine, window, asked);
  const types = await numberTexts(engine, window, 'types', 'type', 'types', 'type_no');
  const skus = await numberTexts(engine, window, 'skus', 'sku', 'sku_numbers', 'sku_no');
  const places = await numberPlaces(engine, window);
  const rows = await engine.numbers(featureSql('window_buckets'), window);
  const { customers, accountOf } = accountsOf(named, int32Of(rows, 'customer_no'));
  const count = customers.length;
  const buckets = sortBuckets(rows, accountOf, count, types.length, places.location.length);
  const orders = lastSeen(await engine.numbers(featureSql('window_orders'), window), accountOf, count);
  const articles = lastSeen(await engine.numbers(featureSql('window_skus'), window), accountOf, count);
  return { customers, accountOf, types, skus, places, buckets, orders, articles };
}

/** Reads every signal of the customers of a source, whose tables are still there. */
export async function readEvents(engine: QueryEngine, window: FeatureWindow, { accountOf, customers }: WindowSource): Promise<EventList> {
  await engine.keep('order_numbers', featureSql('order_numbers'), window);
  return eventList(await engine.numbers(featureSql('window_events'), window), accountOf, customers.length);
}

/** Leaves only the identities of customers that are asked for. */
async function loadAsked(engine: QueryEngine, window: FeatureWindow, asked: readonly string[]): Promise<void> {
  await engine.load('asked', { identity: asked });
  const { owner = [], customer_no = [] } = await engine.select(featureSql('asked_identities'), window);
  await engine.load('identities', { owner, customer_no });
}

/** Numbers the texts of a query by compareText, and makes the table that later queries join with. */
async function numberTexts(
  engine: QueryEngine,
  window: FeatureWindow,
  query: string,
  text: string,
  table: string,
  number: string,
): Promise<readonly string[]> {
  const texts = resultColumn(await engine.select(featureSql(query), window), text)
    .map(String)
    .sort(compareText);
  await engine.load(table, { [text]: texts, [number]: texts.map((_, index) => index) });
  return texts;
}

async function numberPlaces(engine: QueryEngine, window: FeatureWindow): Promise<Places> {
  const found = await engine.select(featureSql('places'), window);
  const columns = (['location', 'channel', 'brand'] as const).map((name) => resultColumn(found, name).map(String));
  const [location = [], channel = [], brand = []] = columns;
  const order = [...location.keys()].sort(
    (a, b) =>
      compareText(location[a] ?? '', location[b] ?? '') ||
      compareText(channel[a] ?? '', channel[b] ?? '') ||
      compareText(brand[a] ?? '', brand[b] ?? ''),
  );
  const sorted = (values: readonly string[]): string[] => order.map((row) => values[row] ?? '');
  const table: ResultColumns = { location: sorted(location), channel: sorted(channel), brand: sorted(brand) };
  await engine.load('places', { ...table, place_no: order.map((_, index) => index) });
  const coded = (name: string): { readonly names: readonly string[]; readonly codes: Int32Array } => {
    const names = [...new Set(resultColumn(table, name).map(String))].sort(compareText);
    const codeOf = new Map(names.map((text, code) => [text, code]));
    return { names, codes: Int32Array.from(resultColumn(table, name), (text) => codeOf.get(String(text)) ?? 0) };
  };
  const [locations, channels, brands] = [coded('location'), coded('channel'), coded('brand')];
  return {
    locations: locations.names,
    channels: channels.names,
    brands: brands.names,
    location: locations.codes,
    channel: channels.codes,
    brand: brands.codes,
  };
}

/** Accounts are the customers that have a bucket; the order of customer_no is that of their ids. */
function accountsOf(
  named: readonly string[],
  numbers: Int32Array,
): { readonly customers: readonly string[]; readonly accountOf: Int32Array } {
  const accountOf = new Int32Array(named.length).fill(-1);
  for (const number of numbers) accountOf[number] = 0;
  const customers: string[] = [];
  for (const [number, id] of named.entries()) if (accountOf[number] === 0) accountOf[number] = customers.push(id) - 1;
  return { customers, accountOf };
}

function sortBuckets(rows: NumberColumns, accountOf: Int32Array, accounts: number, types: number, places: number): Buckets {
  const account = int32Of(rows, 'customer_no').map((number) => accountOf[number] ?? 0);
  const place = int32Of(rows, 'place_no');
  const type = int32Of(rows, 'type_no');
  // Least significant key first: each step keeps the order of the one before among equals.
  let order = stableOrder(type, types, undefined).order;
  order = stableOrder(place, places, order).order;
  const byAccount = stableOrder(account, accounts, order);
  const { order: sorted, starts } = byAccount;
  const day = int32Of(rows, 'day_no');
  return {
    starts,
    earliest: day.length === 0 ? 0 : day.reduce((first, one) => (one < first ? one : first)),
    day: gather(day, sorted),
    place: gather(place, sorted),
    type: gather(type, sorted),
    events: gather(int32Of(rows, 'events'), sorted),
    grossMinor: gatherWide(float64Of(rows, 'gross_minor'), sorted),
  };
}

function lastSeen(rows: NumberColumns, accountOf: Int32Array, accounts: number): LastSeen {
  const account = int32Of(rows, 'customer_no').map((number) => accountOf[number] ?? 0);
  const { order, starts } = stableOrder(account, accounts, undefined);
  return { starts, day: gather(int32Of(rows, 'last_day'), order), things: gather(int32Of(rows, 'things'), order) };
}

function eventList(rows: NumberColumns, accountOf: Int32Array, accounts: number): EventList {
  const account = int32Of(rows, 'customer_no').map((number) => accountOf[number] ?? 0);
  const starts = new Int32Array(accounts + 1);
  for (const own of account) starts[own + 1] = (starts[own + 1] ?? 0) + 1;
  for (let own = 0; own < accounts; own++) starts[own + 1] = (starts[own + 1] ?? 0) + (starts[own] ?? 0);
  const order = int32Of(rows, 'order_no');
  let last = -1;
  for (const number of order) if (number > last) last = number;
  return {
    starts,
    account,
    day: int32Of(rows, 'day_no'),
    tsMs: float64Of(rows, 'ts_ms'),
    type: int32Of(rows, 'type_no'),
    sku: int32Of(rows, 'sku_no'),
    order,
    amountMinor: float64Of(rows, 'amount_minor'),
    orders: last + 1,
  };
}

/** Counting sort: the rows in ascending key, equal keys in the order given; and where each key starts. */
function stableOrder(
  keys: Int32Array,
  count: number,
  before: Int32Array | undefined,
): { readonly order: Int32Array; readonly starts: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const key of keys) starts[key + 1] = (starts[key + 1] ?? 0) + 1;
  for (let key = 0; key < count; key++) starts[key + 1] = (starts[key + 1] ?? 0) + (starts[key] ?? 0);
  const next = starts.slice();
  const order = new Int32Array(keys.length);
  for (let index = 0; index < keys.length; index++) {
    const row = before ? (before[index] ?? 0) : index;
    const key = keys[row] ?? 0;
    const place = next[key] ?? 0;
    order[place] = row;
    next[key] = place + 1;
  }
  return { order, starts };
}

function gather(values: Int32Array, order: Int32Array): Int32Array {
  const sorted = new Int32Array(order.length);
  for (let index = 0; index < order.length; index++) sorted[index] = values[order[index] ?? 0] ?? 0;
  return sorted;
}

function gatherWide(values: Float64Array, order: Int32Array): Float64Array {
  const sorted = new Float64Array(order.length);
  for (let index = 0; index < order.length; index++) sorted[index] = values[order[index] ?? 0] ?? 0;
  return sorted;
}

/** A column of 32-bit integers; empty when the result has none of that name. */
export function int32Of(columns: NumberColumns, name: string): Int32Array {
  const found = columns[name];
  return found instanceof Int32Array ? found : new Int32Array(0);
}

function float64Of(columns: NumberColumns, name: string): Float64Array {
  const found = columns[name];
  return found instanceof Float64Array ? found : new Float64Array(0);
}
