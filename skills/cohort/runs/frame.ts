/**
 * One window of customers as the methods look at it: who takes part, their columns, their signals in order. Rows are in ascending
 * order of the customers' ids whatever order the tables have, so nothing that follows depends on it.
 */
import { compareText, int32Column, type Table, textColumn } from '../../sdk/index.ts';
import { type CohortDefinition, type WindowId, windowDays } from '../definitions/definition.ts';
import { windowNumbers } from '../definitions/feature-names.ts';
import type { MoneyUnit } from './words.ts';

/** What is read of the window features; the large tables only when a method asks for them. */
export interface WindowTables {
  /** What the amounts in them are in. */
  readonly money: MoneyUnit;
  readonly customers: Table;
  readonly window: Table;
  readonly profiles: () => Table;
  readonly events: () => Table;
  readonly dictionary: () => Dictionary;
  readonly links: () => Table;
}

export interface Dictionary {
  readonly types: readonly string[];
  readonly skus: readonly string[];
}

/** Signals of the customers that take part, in compressed rows: those of customer i are at `offsets[i]` … `offsets[i + 1] − 1`. */
export interface FrameEvents {
  readonly offsets: Int32Array;
  readonly day: Int32Array;
  readonly tsMs: Float64Array;
  /** Positions in the dictionary; −1 for no product or no order. */
  readonly type: Int32Array;
  readonly sku: Int32Array;
  readonly order: Int32Array;
  readonly amountMinor: Float64Array;
}

export interface Frame {
  readonly window: WindowId;
  readonly money: MoneyUnit;
  readonly asOfDay: number;
  /** First day of the window; −2147483648 in lifetime. */
  readonly firstDay: number;
  /** Rows of the tables, one per customer that takes part. */
  readonly rows: Int32Array;
  /** Ascending. */
  readonly ids: readonly string[];
  /** A column of numbers; zeros for a type of signal that the log does not have. */
  readonly numbers: (name: string) => Float64Array;
  /** A column of names of the window, or a declared attribute; unknown for everybody where there is none. */
  readonly texts: (name: string) => readonly string[];
  /** Whether there is such a column of names, whoever takes part and whether or not anything in it is known. */
  readonly isText: (name: string) => boolean;
  /** Signals from one day to another, both included. */
  readonly events: (fromDay: number, toDay: number) => FrameEvents;
  readonly dictionary: () => Dictionary;
  readonly links: () => { readonly from: Int32Array; readonly to: Int32Array; readonly kind: readonly string[]; readonly day: Int32Array };
  /** Everybody of the tables, whether they take part or not: what follows an earlier day is learned from all who were there. */
  readonly everybody: () => Frame;
  /** The same without some of the customers. */
  readonly where: (isKept: (position: number) => boolean) => Frame;
}

const beginning = -2_147_483_648;

/** Everybody with a signal in the window for whom every comparison of the population holds. */
export function makeFrame(tables: WindowTables, window: WindowId, asOfDay: number, population: CohortDefinition['population']): Frame {
  const ids = textColumn(tables.customers, 'customerId');
  const events = int32Column(tables.window, 'events');
  const present = inOrder(
    ids,
    Int32Array.from(ids.keys()).filter((row) => (events[row] ?? 0) > 0),
  );
  const days = windowDays[window];
  const frame = frameOf(tables, window, asOfDay, Number.isFinite(days) ? asOfDay - days + 1 : beginning, present);
  const tests = population.map((comparison) => testOf(frame, comparison));
  return tests.length === 0 ? frame : frame.where((position) => tests.every((holds) => holds(position)));
}

/** Rows in ascending order of the ids. */
function inOrder(ids: readonly string[], rows: Int32Array): Int32Array {
  const isSorted = rows.every((row, at) => at === 0 || compareText(ids[rows[at - 1] ?? 0] ?? '', ids[row] ?? '') < 0);
  return isSorted ? rows : rows.sort((a, b) => compareText(ids[a] ?? '', ids[b] ?? ''));
}

function frameOf(tables: WindowTables, window: WindowId, asOfDay: number, firstDay: number, rows: Int32Array): Frame {
  const customers = textColumn(tables.customers, 'customerId');
  const place = (): Int32Array => {
    const placeOf = new Int32Array(customers.length).fill(-1);
    for (const [position, row] of rows.entries()) placeOf[row] = position;
    return placeOf;
  };
  return {
    window,
    money: tables.money,
    asOfDay,
    firstDay,
    rows,
    ids: Array.from(rows, (row) => customers[row] ?? ''),
    numbers(name) {
      const values = tables.window.columns[name]?.values;
      const column = new Float64Array(rows.length);
      if (values) for (let position = 0; position < rows.length; position++) column[position] = Number(values[rows[position] ?? 0] ?? 0);
      return column;
    },
    texts(name) {
      const found = tables.window.columns[name] ?? tables.profiles().columns[name];
      return found?.type === 'text' ? Array.from(rows, (row) => found.values[row] ?? '') : new Array<string>(rows.length).fill('');
    },
    isText: (name) => (tables.window.columns[name] ?? tables.profiles().columns[name])?.type === 'text',
    events: (fromDay, toDay) => selectEvents(tables.events(), place(), rows.length, fromDay, toDay),
    dictionary: tables.dictionary,
    links() {
      const table = tables.links();
      const placeOf = place();
      const [from, to, day] = ['from', 'to', 'day'].map((name) => int32Column(table, name));
      const kinds = textColumn(table, 'kind');
      const kept = Array.from(kinds.keys()).filter(
        (link) => (placeOf[from?.[link] ?? 0] ?? -1) >= 0 && (placeOf[to?.[link] ?? 0] ?? -1) >= 0,
      );
      return {
        from: Int32Array.from(kept, (link) => placeOf[from?.[link] ?? 0] ?? 0),
        to: Int32Array.from(kept, (link) => placeOf[to?.[link] ?? 0] ?? 0),
        kind: kept.map((link) => kinds[link] ?? ''),
        day: Int32Array.from(kept, (link) => day?.[link] ?? 0),
      };
    },
    everybody: () => frameOf(tables, window, asOfDay, firstDay, inOrder(customers, Int32Array.from(customers.keys()))),
    where: (isKept) =>
      frameOf(
        tables,
        window,
        asOfDay,
        firstDay,
        rows.filter((_, position) => isKept(position)),
      ),
  };
}

/** The signals of a customer stand together in the table, in order of time. */
function selectEvents(table: Table, placeOf: Int32Array, rows: number, fromDay: number, toDay: number): FrameEvents {
  const account = int32Column(table, 'account');
  const day = int32Column(table, 'day');
  const isWanted = (at: number): boolean => (placeOf[account[at] ?? 0] ?? -1) >= 0 && (day[at] ?? 0) >= fromDay && (day[at] ?? 0) <= toDay;
  const offsets = new Int32Array(rows + 1);
  for (let at = 0; at < account.length; at++) {
    if (!isWanted(at)) continue;
    const next = (placeOf[account[at] ?? 0] ?? 0) + 1;
    offsets[next] = (offsets[next] ?? 0) + 1;
  }
  for (let row = 0; row < rows; row++) offsets[row + 1] = (offsets[row + 1] ?? 0) + (offsets[row] ?? 0);
  const next = offsets.slice();
  const chosen = new Uint32Array(offsets[rows] ?? 0);
  for (let at = 0; at < account.length; at++) {
    if (!isWanted(at)) continue;
    const row = placeOf[account[at] ?? 0] ?? 0;
    const to = next[row] ?? 0;
    chosen[to] = at;
    next[row] = to + 1;
  }
  const integers = (name: string): Int32Array => {
    const values = int32Column(table, name);
    const taken = new Int32Array(chosen.length);
    for (let at = 0; at < taken.length; at++) taken[at] = values[chosen[at] ?? 0] ?? -1;
    return taken;
  };
  const doubles = (name: string): Float64Array => {
    const values = table.columns[name]?.values;
    const taken = new Float64Array(chosen.length);
    for (let at = 0; at < taken.length; at++) taken[at] = Number(values?.[chosen[at] ?? 0] ?? 0);
    return taken;
  };
  // A method reads two or three of the columns of millions of signals: each is made once, when it is asked for.
  const made = {
    day: once(() => integers('day')),
    tsMs: once(() => doubles('tsMs')),
    type: once(() => integers('type')),
    sku: once(() => integers('sku')),
    order: once(() => integers('order')),
    amountMinor: once(() => doubles('amountMinor')),
  };
  return {
    offsets,
    get day() {
      return made.day();
    },
    get tsMs() {
      return made.tsMs();
    },
    get type() {
      return made.type();
    },
    get sku() {
      return made.sku();
    },
    get order() {
      return made.order();
    },
    get amountMinor() {
      return made.amountMinor();
    },
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

type Comparison = CohortDefinition['population'][number];

/** What is not known (an empty name) fulfils no comparison but `!=`. */
function testOf(frame: Frame, { feature, op, value }: Comparison): (position: number) => boolean {
  if (typeof value === 'number' && !isText(frame, feature)) {
    const column = frame.numbers(feature);
    return (position) => compare(op, column[position] ?? 0, value);
  }
  const texts = isText(frame, feature) ? frame.texts(feature) : Array.from(frame.numbers(feature), String);
  if (Array.isArray(value)) {
    const wanted = new Set(value);
    return (position) => wanted.has(texts[position] ?? '');
  }
  if (typeof value === 'number') {
    return (position) => {
      const text = texts[position] ?? '';
      return text === '' ? op === '!=' : compare(op, Number(text), value);
    };
  }
  return (position) => {
    const text = texts[position] ?? '';
    if (op === '=') return text === value;
    if (op === '!=') return text !== value;
    if (op === 'in') return text === value;
    const order = compareText(text, value);
    return text !== '' && compare(op, order, 0);
  };
}

const numberNames: ReadonlySet<string> = new Set(windowNumbers);

function isText(frame: Frame, feature: string): boolean {
  return !numberNames.has(feature) && frame.isText(feature);
}

const comparisons: Readonly<Record<Comparison['op'], (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  in: (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function compare(op: Comparison['op'], left: number, right: number): boolean {
  return comparisons[op](left, right);
}
