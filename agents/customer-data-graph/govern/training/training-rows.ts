/**
 * Reads the training table from the event log by the features machinery: one row per customer with a purchase in the history, what
 * was known of it on the cut-off day, and what it spent after. A return that came after the cut-off changes nothing before it.
 * Refuses a cut-off before the log, after it, or whose outcome the log has not seen whole.
 */
import {
  CohortiumError,
  column,
  compareText,
  type ContentStore,
  float64Column,
  int32Column,
  type SealReport,
  type Table,
  textColumn,
} from '../../../../skills/sdk/index.ts';
import { makeTable } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate, sum } from '../../../../skills/sdk/numeric/index.ts';
import type { DuckdbWarehouse } from '../../../adapters/duckdb/warehouse.ts';
import { type CustomerHistory, featuresOf, type HistoryFeature, historyFeatures } from './history-features.ts';
import { type MonthWindows, monthWindows } from './month-windows.ts';
import type { RowsRequest, TrainingRows } from './training-interface.ts';

export interface RowsPlace {
  readonly warehouse: () => Pick<DuckdbWarehouse, 'buildFeatures' | 'buildWindows'>;
  readonly content: ContentStore;
}

/**
 * @throws {CohortiumError} ARGUMENT_INVALID for months or dates that cannot be read; GRAPH_EMPTY when nobody bought in the history;
 * CONTENT_NOT_FOUND, STORE_CORRUPT when a segment of the snapshot is absent or damaged
 */
export async function trainingRows(
  { warehouse, content }: RowsPlace,
  request: RowsRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<TrainingRows> {
  const windows = monthWindows(request.cutoff, request.historyMonths, request.predMonths);
  const { cutoffDay, endDay } = windows;
  const lastDay = request.isLabelled ? endDay : cutoffDay;
  const { snapshot, cutoff } = request;
  const options = { signal, idempotencyKey: `training ${cutoff}` };
  const features = await warehouse().buildFeatures({ snapshot, asOf: cutoff, outcomeDays: lastDay - cutoffDay }, options);
  // As of the same day as the outcome, so that both name customers alike; signals after the cut-off are passed over below.
  const behaviour = await warehouse().buildWindows({ snapshot, asOf: isoDate(lastDay) }, options);
  const accounts = content.getTable(features.accounts);
  const visits = visitsOf(content.getTable(features.visits), content.getTable(features.cells), windows);
  const acts = actsOf(
    textColumn(content.getTable(behaviour.customers), 'customerId'),
    content.getTable(behaviour.events),
    content.getJson(behaviour.dictionary) as { readonly types: readonly string[] }, // by WindowReply
    windows,
  );
  return assemble(request, windows, accounts, visits, acts, content);
}

/** What the log must have seen for a cut-off. @throws {CohortiumError} GRAPH_EMPTY, MODEL_CUTOFF_INVALID */
export function checkCutoff(request: RowsRequest, { firstDate, lastDate }: Pick<SealReport, 'firstDate' | 'lastDate'>): void {
  const { cutoffDay, endDay } = monthWindows(request.cutoff, request.historyMonths, request.predMonths);
  const [first, last] = [dayOfIsoDate(firstDate), dayOfIsoDate(lastDate)];
  if (first === undefined || last === undefined)
    throw new CohortiumError('GRAPH_EMPTY', 'the event log is empty; ingest transactions first');
  const log = `the log has signals from ${firstDate} to ${lastDate}`;
  if (cutoffDay < first) throw new CohortiumError('MODEL_CUTOFF_INVALID', `the cut-off ${request.cutoff} is before the data: ${log}`);
  if (cutoffDay > last) throw new CohortiumError('MODEL_CUTOFF_INVALID', `the cut-off ${request.cutoff} is in the future: ${log}`);
  if (request.isLabelled && endDay > last) {
    throw new CohortiumError(
      'MODEL_CUTOFF_INVALID',
      `${request.predMonths} months after the cut-off ${request.cutoff} end on ${isoDate(endDay)}, which has not been seen: ${log}`,
    );
  }
}

/** Purchase days of the history, by account, and the cells they were in. */
interface Visits {
  readonly byAccount: ReadonlyMap<number, AccountVisits>;
  readonly channels: readonly string[];
}

interface AccountVisits {
  readonly days: number[];
  readonly spend: number[];
  readonly location: Map<string, number>;
  readonly channel: Map<string, number>;
  readonly brand: Map<string, number>;
}

function visitsOf(visits: Table, cells: Table, { startDay, cutoffDay }: MonthWindows): Visits {
  const [account, day, cell] = [int32Column(visits, 'account'), int32Column(visits, 'day'), int32Column(visits, 'cell')];
  const [share, spend] = [float64Column(visits, 'share'), float64Column(visits, 'spendMinor')];
  const names = { location: textColumn(cells, 'location'), channel: textColumn(cells, 'channel'), brand: textColumn(cells, 'brand') };
  const byAccount = new Map<number, AccountVisits>();
  const channels = new Set<string>();
  for (let row = 0; row < visits.rows; row++) {
    const on = day[row] ?? 0;
    if (on <= startDay || on > cutoffDay) continue;
    const own = account[row] ?? 0;
    let found = byAccount.get(own);
    if (!found) byAccount.set(own, (found = { days: [], spend: [], location: new Map(), channel: new Map(), brand: new Map() }));
    // Rows come by account, day and cell.
    const last = found.days.length - 1;
    if (found.days[last] === on) found.spend[last] = (found.spend[last] ?? 0) + (spend[row] ?? 0);
    else {
      found.days.push(on);
      found.spend.push(spend[row] ?? 0);
    }
    for (const axis of ['location', 'channel', 'brand'] as const) {
      const name = names[axis][cell[row] ?? 0] ?? '';
      found[axis].set(name, (found[axis].get(name) ?? 0) + (share[row] ?? 0));
      if (axis === 'channel') channels.add(name);
    }
  }
  return { byAccount, channels: [...channels].sort(compareText) };
}

/** What signals say beside purchase days, by customer. */
type Acts = Omit<CustomerHistory, 'firstDay' | 'days' | 'spend'>;

function actsOf(
  customers: readonly string[],
  events: Table,
  { types }: { readonly types: readonly string[] },
  { startDay, cutoffDay }: MonthWindows,
): ReadonlyMap<string, Acts> {
  const [account, day, type] = [int32Column(events, 'account'), int32Column(events, 'day'), int32Column(events, 'type')];
  const amount = float64Column(events, 'amountMinor');
  const [purchase, returned] = [types.indexOf('purchase'), types.indexOf('return')];
  const acts = new Map<string, Acts>();
  for (let row = 0; row < events.rows; row++) {
    const on = day[row] ?? 0;
    if (on <= startDay || on > cutoffDay) continue;
    const id = customers[account[row] ?? 0] ?? '';
    const before = acts.get(id) ?? noActs;
    const kind = type[row];
    const money = amount[row] ?? 0;
    acts.set(id, {
      returns: before.returns + (kind === returned ? 1 : 0),
      paidMinor: before.paidMinor + (kind === purchase ? money : 0),
      returnedMinor: before.returnedMinor + (kind === returned ? money : 0),
      signals: before.signals + (kind === purchase || kind === returned ? 0 : 1),
      lastActiveDay: Math.max(before.lastActiveDay, on),
    });
  }
  return acts;
}

const noActs: Acts = { returns: 0, paidMinor: 0, returnedMinor: 0, signals: 0, lastActiveDay: Number.MIN_SAFE_INTEGER };

function assemble(
  request: RowsRequest,
  windows: MonthWindows,
  accounts: Table,
  visits: Visits,
  acts: ReadonlyMap<string, Acts>,
  content: ContentStore,
): TrainingRows {
  const { cutoffDay, startDay, endDay } = windows;
  const ids = textColumn(accounts, 'customerId');
  const firstDay = int32Column(accounts, 'firstDay');
  const outcome = float64Column(accounts, 'outcomeSpendMinor');
  // Accounts come ascending by compareText.
  const kept = [...visits.byAccount.keys()].sort((a, b) => a - b);
  const rows = kept.length;
  if (rows === 0) {
    throw new CohortiumError(
      'GRAPH_EMPTY',
      `nobody bought anything in the ${request.historyMonths} months up to ${request.cutoff}; choose another cut-off, or a longer history`,
    );
  }
  const columns = Object.fromEntries(historyFeatures.map(([name]) => [name, new Float64Array(rows)])) as Record<
    HistoryFeature,
    Float64Array
  >; // one per name
  const channels = visits.channels.map((channel) => ({ channel, share: new Float64Array(rows) }));
  const histories = {
    x: new Float64Array(rows),
    tx: new Float64Array(rows),
    T: new Float64Array(rows),
    meanSpend: new Float64Array(rows),
  };
  const home = { location: [] as string[], channel: [] as string[], brand: [] as string[] };
  kept.forEach((account, row) => {
    const own = visits.byAccount.get(account);
    if (!own) return;
    const { days, spend } = own;
    const history = { firstDay: firstDay[account] ?? 0, days, spend, ...(acts.get(ids[account] ?? '') ?? noActs) };
    const features = featuresOf(history, startDay, cutoffDay);
    for (const [name] of historyFeatures) columns[name][row] = features[name];
    for (const { channel, share } of channels) share[row] = (own.channel.get(channel) ?? 0) / days.length;
    const first = days[0] ?? cutoffDay;
    histories.x[row] = days.length - 1;
    histories.tx[row] = ((days.at(-1) ?? first) - first) / 7;
    histories.T[row] = (cutoffDay - first) / 7;
    // Of repeat days: the spend of a first purchase says less about those to come.
    histories.meanSpend[row] = days.length > 1 ? Math.max(0, sum(spend.slice(1)) / (days.length - 1)) : 0;
    for (const axis of ['location', 'channel', 'brand'] as const) home[axis].push(mostVisited(own[axis]));
  });
  const customerId = kept.map((account) => ids[account] ?? '');
  const outcomeMinor = request.isLabelled ? Float64Array.from(kept, (account) => Math.max(0, outcome[account] ?? 0)) : null;
  const data = content.putTable(
    makeTable({
      customerId: column.text(customerId),
      ...Object.fromEntries(Object.entries(home).map(([axis, names]) => [`home:${axis}`, column.text(names)])),
      ...Object.fromEntries(historyFeatures.map(([name]) => [name, column.float64(columns[name])])),
      ...Object.fromEntries(channels.map(({ channel, share }) => [`channelShare:${channel}`, column.float64(share)])),
      ...Object.fromEntries(Object.entries(histories).map(([name, values]) => [`history:${name}`, column.float64(values)])),
      ...(outcomeMinor ? { outcomeMinor: column.float64(outcomeMinor) } : {}),
    }),
  );
  return {
    request,
    outcomeEnd: isoDate(endDay),
    horizonDays: endDay - cutoffDay,
    customerId,
    home,
    columns,
    channels,
    histories,
    outcomeMinor,
    data,
  };
}

function mostVisited(shares: ReadonlyMap<string, number>): string {
  let best: readonly [string, number] = ['', -1];
  for (const [name, share] of shares) {
    if (share > best[1] || (share === best[1] && compareText(name, best[0]) < 0)) best = [name, share];
  }
  return best[0];
}
