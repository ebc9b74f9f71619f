/**
 * From the integers of the feature queries to the feature tables: row order by compareText, split days as fractions, weeks,
 * marginals and profiles. All floats of the features are made here, row by row and in a fixed order.
 */
import {
  CohortiumError,
  column,
  compareText,
  type ContentStore,
  type FeatureReply,
  makeTable,
  type Table,
} from '../../../skills/sdk/index.ts';
import { type Declared, foldDeclared } from './declared.ts';
import { type FeatureResults, type FeatureWindow, type ResultColumns, resultColumn } from './feature-queries.ts';

/**
 * Writes the six tables of a FeatureReply.
 * @throws {CohortiumError} GRAPH_EMPTY when nobody bought anything on or before the as-of day
 */
export function writeFeatureTables(found: FeatureResults, window: FeatureWindow, content: ContentStore): FeatureReply {
  const { results } = found;
  const numbers = resultColumn(results.accounts, 'customer_no').map(Number);
  if (numbers.length === 0) throw new CohortiumError('GRAPH_EMPTY', 'nobody bought anything on or before the as-of day');
  const customerIds = numbers.map((number) => found.customers[number] ?? '');
  const rowOf = new Map(numbers.map((number, row) => [number, row]));
  const cells = readCells(results.cells, rowOf);
  const visits = readVisits(cells, results.visits, rowOf);
  return {
    accounts: content.putTable(accountsTable(customerIds, results.accounts, window)),
    cells: content.putTable(cellsTable(cells)),
    visits: content.putTable(visitsTable(visits)),
    profiles: content.putTable(profilesTable(customerIds, numbers, cells, results, window)),
    weekly: content.putTable(weeklyTable(results.daily, window)),
    marginals: content.putTable(marginalsTable(results.cell_totals)),
  };
}

function accountsTable(customerIds: readonly string[], accounts: ResultColumns, { asOfDay }: FeatureWindow): Table {
  const firstDay = integers(accounts, 'first_day');
  const lastDay = integers(accounts, 'last_day');
  const baskets = integers(accounts, 'baskets');
  return makeTable({
    customerId: column.text(customerIds),
    x: column.int32(baskets.map((count) => count - 1)),
    txDays: column.int32(lastDay.map((day, row) => day - (firstDay[row] ?? 0))),
    TDays: column.int32(firstDay.map((day) => asOfDay - day)),
    repeatSpendMinor: column.float64(Float64Array.from(resultColumn(accounts, 'repeat_minor'), Number)),
    totalSpendMinor: column.float64(Float64Array.from(resultColumn(accounts, 'total_minor'), Number)),
    baskets: column.int32(baskets),
    firstDay: column.int32(firstDay),
    lastDay: column.int32(lastDay),
    outcomeBaskets: column.int32(integers(accounts, 'outcome_baskets')),
    outcomeSpendMinor: column.float64(Float64Array.from(resultColumn(accounts, 'outcome_minor'), Number)),
  });
}

interface Cell {
  readonly account: number;
  readonly location: string;
  readonly channel: string;
  readonly brand: string;
  readonly grossMinor: number;
  readonly netMinor: number;
  readonly days: number;
  readonly firstDay: number;
  readonly lastDay: number;
  baskets: number;
}

function readCells(rows: ResultColumns, rowOf: ReadonlyMap<number, number>): Cell[] {
  const customer = resultColumn(rows, 'customer_no');
  const [location, channel, brand] = places(rows);
  const [days, firstDay, lastDay] = [integers(rows, 'days'), integers(rows, 'first_day'), integers(rows, 'last_day')];
  const gross = resultColumn(rows, 'gross_minor');
  const net = resultColumn(rows, 'net_minor');
  const cells = customer.map((number, row) => ({
    account: rowOf.get(Number(number)) ?? 0,
    location: String(location[row]),
    channel: String(channel[row]),
    brand: String(brand[row]),
    grossMinor: Number(gross[row]),
    netMinor: Number(net[row]),
    days: days[row] ?? 0,
    firstDay: firstDay[row] ?? 0,
    lastDay: lastDay[row] ?? 0,
    baskets: 0,
  }));
  // Engines order text by bytes, which differs from compareText beyond the Basic Multilingual Plane.
  return cells.sort((a, b) => a.account - b.account || compareCells(a, b));
}

type Place = Pick<Cell, 'location' | 'channel' | 'brand'>;

function compareCells(a: Place, b: Place): number {
  return compareText(a.location, b.location) || compareText(a.channel, b.channel) || compareText(a.brand, b.brand);
}

/** One row per purchase day and cell. */
interface Visits {
  readonly account: Int32Array;
  readonly day: Int32Array;
  /** Row of the cell. */
  readonly cell: Int32Array;
  /** Part of the day: a customer's day adds up to one. */
  readonly share: Float64Array;
  readonly netMinor: Float64Array;
}

/**
 * Splits each purchase day over its cells in proportion to gross spend, evenly when nothing was paid, and adds the parts to the
 * cells; days in ascending order.
 */
function readVisits(cells: readonly Cell[], rows: ResultColumns, rowOf: ReadonlyMap<number, number>): Visits {
  const customer = resultColumn(rows, 'customer_no').map(Number);
  const day = resultColumn(rows, 'day_no').map(Number);
  const gross = resultColumn(rows, 'gross_minor').map(Number);
  const net = resultColumn(rows, 'net_minor').map(Number);
  const [location, channel, brand] = places(rows);
  const cellOf = new Map(cells.map((cell, index) => [cellKey(cell.account, cell.location, cell.channel, cell.brand), index]));
  const found: { account: number; day: number; cell: number; share: number; net: number }[] = [];
  for (let start = 0; start < customer.length;) {
    let end = start;
    let total = 0;
    for (; end < customer.length && customer[end] === customer[start] && day[end] === day[start]; end++) total += gross[end] ?? 0;
    const account = rowOf.get(customer[start] ?? 0) ?? 0;
    for (let row = start; row < end; row++) {
      const cell = cellOf.get(cellKey(account, String(location[row]), String(channel[row]), String(brand[row]))) ?? 0;
      const share = total > 0 ? (gross[row] ?? 0) / total : 1 / (end - start);
      const visited = cells[cell];
      if (visited) visited.baskets += share;
      found.push({ account, day: day[row] ?? 0, cell, share, net: net[row] ?? 0 });
    }
    start = end;
  }
  // Queries order customers and places by number and by bytes; the tables order them by compareText.
  found.sort((a, b) => a.account - b.account || a.day - b.day || a.cell - b.cell);
  return {
    account: Int32Array.from(found, (visit) => visit.account),
    day: Int32Array.from(found, (visit) => visit.day),
    cell: Int32Array.from(found, (visit) => visit.cell),
    share: Float64Array.from(found, (visit) => visit.share),
    netMinor: Float64Array.from(found, (visit) => visit.net),
  };
}

function visitsTable({ account, day, cell, share, netMinor }: Visits): Table {
  return makeTable({
    account: column.int32(account),
    day: column.int32(day),
    cell: column.int32(cell),
    share: column.float64(share),
    spendMinor: column.float64(netMinor),
  });
}

function cellKey(account: number, location: string, channel: string, brand: string): string {
  // Signal text has no control characters, so this separator cannot be part of a name.
  return `${account}\n${location}\n${channel}\n${brand}`;
}

function cellsTable(cells: readonly Cell[]): Table {
  return makeTable({
    account: column.int32(Int32Array.from(cells, ({ account }) => account)),
    location: column.text(cells.map(({ location }) => location)),
    channel: column.text(cells.map(({ channel }) => channel)),
    brand: column.text(cells.map(({ brand }) => brand)),
    baskets: column.float64(Float64Array.from(cells, ({ baskets }) => baskets)),
    days: column.int32(Int32Array.from(cells, ({ days }) => days)),
    firstDay: column.int32(Int32Array.from(cells, ({ firstDay }) => firstDay)),
    lastDay: column.int32(Int32Array.from(cells, ({ lastDay }) => lastDay)),
    spendMinor: column.float64(Float64Array.from(cells, ({ netMinor }) => netMinor)),
  });
}

function weeklyTable(daily: ResultColumns, { endDay }: FeatureWindow): Table {
  const day = resultColumn(daily, 'day_no').map(Number);
  const firstDay = day[0] ?? endDay;
  const weeks = Math.floor((endDay - firstDay) / 7) + 1;
  const sumOf = (name: string): Float64Array => {
    const values = resultColumn(daily, name);
    const sums = new Float64Array(weeks);
    for (const [row, dayNo] of day.entries()) {
      const week = Math.floor((dayNo - firstDay) / 7);
      sums[week] = (sums[week] ?? 0) + Number(values[row]);
    }
    return sums;
  };
  return makeTable({
    week: column.int32(Int32Array.from({ length: weeks }, (_, week) => week)),
    baskets: column.int32(Int32Array.from(sumOf('baskets'))),
    repeatBaskets: column.int32(Int32Array.from(sumOf('repeat_baskets'))),
    newCustomers: column.int32(Int32Array.from(sumOf('new_customers'))),
    spendMinor: column.float64(sumOf('net_minor')),
  });
}

/** Value of a location-channel marginal: the two names with this between them. */
const marginalSeparator = '|';

function marginalsTable(totals: ResultColumns): Table {
  const [location, channel, brand] = places(totals);
  const net = resultColumn(totals, 'net_minor').map(Number);
  const outcome = resultColumn(totals, 'outcome_minor').map(Number);
  const axes: readonly (readonly [string, (row: number) => string])[] = [
    ['location', (row) => String(location[row])],
    ['channel', (row) => String(channel[row])],
    ['brand', (row) => String(brand[row])],
    ['location-channel', (row) => `${location[row]}${marginalSeparator}${channel[row]}`],
  ];
  const rows = axes.flatMap(([axis, valueOf]) => {
    const sums = new Map<string, { net: number; outcome: number }>();
    for (const row of net.keys()) {
      const value = valueOf(row);
      const sum = sums.get(value) ?? { net: 0, outcome: 0 };
      sums.set(value, { net: sum.net + (net[row] ?? 0), outcome: sum.outcome + (outcome[row] ?? 0) });
    }
    return [...sums].sort(([a], [b]) => compareText(a, b)).map(([value, sum]) => ({ axis, value, ...sum }));
  });
  return makeTable({
    axis: column.text(rows.map(({ axis }) => axis)),
    value: column.text(rows.map(({ value }) => value)),
    spendMinor: column.float64(Float64Array.from(rows, (row) => row.net)),
    outcomeSpendMinor: column.float64(Float64Array.from(rows, (row) => row.outcome)),
  });
}

function profilesTable(
  customerIds: readonly string[],
  numbers: readonly number[],
  cells: readonly Cell[],
  results: FeatureResults['results'],
  window: FeatureWindow,
): Table {
  const rows = customerIds.length;
  const rowOf = new Map(numbers.map((number, row) => [number, row]));
  const declared = foldDeclared(results.standing, window);
  const declaredText = (name: string): string[] => numbers.map((number) => attribute(declared.get(number), name));
  const firstSku = new Array<string>(rows).fill('');
  const source = declaredText('acquisitionSource');
  const firstLines = results.first_lines;
  for (const [index, number] of resultColumn(firstLines, 'customer_no').entries()) {
    const row = rowOf.get(Number(number));
    if (row === undefined) continue;
    firstSku[row] = String(firstLines['sku']?.[index] ?? '');
    source[row] ||= textProperty(String(firstLines['properties']?.[index] ?? '{}'), 'source');
  }
  return makeTable({
    customerId: column.text(customerIds),
    homeLocation: column.text(
      largest(
        rows,
        cells.map((cell) => [cell.account, cell.location, cell.grossMinor]),
      ),
    ),
    homeChannel: column.text(
      largest(
        rows,
        cells.map((cell) => [cell.account, cell.channel, cell.grossMinor]),
      ),
    ),
    homeBrand: column.text(
      largest(
        rows,
        cells.map((cell) => [cell.account, cell.brand, cell.grossMinor]),
      ),
    ),
    vertical: column.text(largest(rows, verticalSpend(results.property_spend, rowOf))),
    loyaltyTier: column.text(declaredText('loyaltyTier')),
    subscription: column.text(declaredText('subscription')),
    source: column.text(source),
    firstSku: column.text(firstSku),
  });
}

function attribute(declared: Declared | undefined, name: string): string {
  return declared?.attributes.get(name) ?? '';
}

/** The text with the largest sum per row, ties by compareText; '' where there is none. */
function largest(rows: number, weights: readonly (readonly [row: number, text: string, weight: number])[]): string[] {
  const sums = Array.from({ length: rows }, () => new Map<string, number>());
  for (const [row, text, weight] of weights) {
    const sum = sums[row];
    sum?.set(text, (sum.get(text) ?? 0) + weight);
  }
  return sums.map((sum) => {
    let best: readonly [string, number] = ['', -1];
    for (const [text, weight] of sum) if (weight > best[1] || (weight === best[1] && compareText(text, best[0]) < 0)) best = [text, weight];
    return best[0];
  });
}

function verticalSpend(rows: ResultColumns, rowOf: ReadonlyMap<number, number>): (readonly [number, string, number])[] {
  const properties = resultColumn(rows, 'properties');
  const gross = resultColumn(rows, 'gross_minor');
  const read = new Map<string, string>();
  const weights: (readonly [number, string, number])[] = [];
  for (const [index, number] of resultColumn(rows, 'customer_no').entries()) {
    const row = rowOf.get(Number(number));
    const text = String(properties[index]);
    let vertical = read.get(text);
    if (vertical === undefined) read.set(text, (vertical = textProperty(text, 'vertical')));
    if (row !== undefined && vertical !== '') weights.push([row, vertical, Number(gross[index])]);
  }
  return weights;
}

function textProperty(json: string, name: string): string {
  if (!json.includes(`"${name}"`)) return '';
  const value = (JSON.parse(json) as Readonly<Record<string, unknown>>)[name]; // canonical JSON of an object, by the segment schema
  return typeof value === 'string' ? value : '';
}

function places(rows: ResultColumns): readonly [readonly (string | number)[], readonly (string | number)[], readonly (string | number)[]] {
  return [resultColumn(rows, 'location'), resultColumn(rows, 'channel'), resultColumn(rows, 'brand')];
}

function integers(rows: ResultColumns, name: string): Int32Array {
  return Int32Array.from(resultColumn(rows, name), Number);
}
