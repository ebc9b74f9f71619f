/** From the folded windows to the tables of a WindowReply: names for positions, and the roll-up per cell and signal type. */
import { windowDays, windowIds } from '../../../skills/cohort/definitions/definition.ts';
import { type Column, column, type ContentStore, makeTable, type Table, type WindowReply } from '../../../skills/sdk/index.ts';
import type { FeatureWindow } from './feature-queries.ts';
import { firstDayOf, foldWindow, moneyNames, wholeNames, type WindowColumns } from './window-fold.ts';
import type { CustomerLink } from './window-links.ts';
import { type Profiles, profileColumns } from './window-profiles.ts';
import type { EventList, WindowSource } from './window-source.ts';

export interface WindowFindings {
  readonly source: WindowSource;
  readonly events: EventList;
  readonly profiles: Profiles;
  readonly links: readonly CustomerLink[];
}

/** Writes the tables of a WindowReply. */
export function writeWindowTables(
  { source, events, profiles, links }: WindowFindings,
  window: FeatureWindow,
  content: ContentStore,
): WindowReply {
  const { types, skus, places } = source;
  const windows = windowIds.map(
    (id) => [id, content.putTable(windowTable(source, foldWindow(source, window.asOfDay, windowDays[id])))] as const,
  );
  return {
    customers: content.putTable(makeTable({ customerId: column.text(source.customers) })),
    windows: Object.fromEntries(windows),
    profiles: content.putTable(profilesTable(source, events, profiles)),
    events: content.putTable(
      makeTable({
        account: column.int32(events.account),
        day: column.int32(events.day),
        tsMs: column.float64(events.tsMs),
        type: column.int32(events.type),
        sku: column.int32(events.sku),
        order: column.int32(events.order),
        amountMinor: column.float64(events.amountMinor),
      }),
    ),
    dictionary: content.putJson({
      types,
      skus,
      orders: events.orders,
      locations: places.locations,
      channels: places.channels,
      brands: places.brands,
    }),
    links: content.putTable(linksTable(links)),
    grain: content.putTable(grainTable(source, window.asOfDay)),
  };
}

/** The table of one window. */
export function windowTable({ types, places }: WindowSource, folded: WindowColumns): Table {
  const named = (names: readonly string[], positions: Int32Array): readonly string[] => {
    const texts = new Array<string>(positions.length);
    for (let row = 0; row < positions.length; row++) texts[row] = names[positions[row] ?? -1] ?? '';
    return texts;
  };
  return makeTable({
    ...Object.fromEntries(types.map((type, index) => [type, column.int32(folded.counts[index] ?? new Int32Array(0))])),
    ...Object.fromEntries(wholeNames.map((name) => [name, column.int32(folded.whole[name])])),
    ...Object.fromEntries(moneyNames.map((name) => [name, column.float64(folded.money[name])])),
    meanGapDays: column.float64(folded.meanGapDays),
    location: column.text(named(places.locations, folded.favourites.location)),
    channel: column.text(named(places.channels, folded.favourites.channel)),
    brand: column.text(named(places.brands, folded.favourites.brand)),
  });
}

function profilesTable({ customers, types, skus }: WindowSource, events: EventList, { columns }: Profiles): Table {
  const firstSku = new Array<string>(customers.length).fill('');
  const purchase = types.indexOf('purchase');
  for (let account = 0; account < customers.length; account++) {
    const end = events.starts[account + 1] ?? 0;
    for (let row = events.starts[account] ?? 0; row < end; row++) {
      if (events.type[row] !== purchase) continue;
      firstSku[account] = skus[events.sku[row] ?? -1] ?? '';
      break;
    }
  }
  return makeTable({
    customerId: column.text(customers),
    ...Object.fromEntries(profileColumns.map((name) => [name, column.text(columns[name])])),
    firstSku: column.text(firstSku),
  });
}

function linksTable(links: readonly CustomerLink[]): Table {
  return makeTable({
    from: column.int32(Int32Array.from(links, ({ from }) => from)),
    to: column.int32(Int32Array.from(links, ({ to }) => to)),
    kind: column.text(links.map(({ kind }) => kind)),
    day: column.int32(Int32Array.from(links, ({ day }) => day)),
  });
}

/** Buckets come in ascending (account, place, type), so each row of the grain is a stretch of them. */
export function grainTable({ buckets, customers, places }: WindowSource, asOfDay: number): Table {
  const stretches = stretchesOf(buckets, customers.length);
  const rows = stretches.account.length;
  const columns: Record<string, Column> = {
    account: column.int32(stretches.account),
    location: column.int32(stretches.place.map((place) => places.location[place] ?? 0)),
    channel: column.int32(stretches.place.map((place) => places.channel[place] ?? 0)),
    brand: column.int32(stretches.place.map((place) => places.brand[place] ?? 0)),
    type: column.int32(stretches.type),
  };
  for (const id of windowIds) {
    const firstDay = firstDayOf(asOfDay, windowDays[id]);
    const count = new Int32Array(rows);
    const minor = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const end = stretches.starts[row + 1] ?? 0;
      for (let bucket = stretches.starts[row] ?? 0; bucket < end; bucket++) {
        if ((buckets.day[bucket] ?? 0) < firstDay) continue;
        count[row] = (count[row] ?? 0) + (buckets.events[bucket] ?? 0);
        minor[row] = (minor[row] ?? 0) + (buckets.grossMinor[bucket] ?? 0);
      }
    }
    columns[`count:${id}`] = column.int32(count);
    columns[`minor:${id}`] = column.float64(minor);
  }
  return makeTable(columns);
}

interface Stretches {
  readonly account: Int32Array;
  readonly place: Int32Array;
  readonly type: Int32Array;
  /** First bucket of each stretch, and the end of the last. */
  readonly starts: Int32Array;
}

function stretchesOf({ starts, place, type }: WindowSource['buckets'], accounts: number): Stretches {
  const isFirst = (bucket: number, begin: number): boolean =>
    bucket === begin || place[bucket] !== place[bucket - 1] || type[bucket] !== type[bucket - 1];
  const eachFirst = (visit: (bucket: number, own: number) => void): void => {
    for (let own = 0; own < accounts; own++) {
      const begin = starts[own] ?? 0;
      const end = starts[own + 1] ?? 0;
      for (let bucket = begin; bucket < end; bucket++) if (isFirst(bucket, begin)) visit(bucket, own);
    }
  };
  // Counted before they are kept: there can be tens of millions.
  let rows = 0;
  eachFirst(() => {
    rows += 1;
  });
  const found = {
    account: new Int32Array(rows),
    place: new Int32Array(rows),
    type: new Int32Array(rows),
    starts: new Int32Array(rows + 1),
  };
  let row = 0;
  eachFirst((bucket, own) => {
    found.account[row] = own;
    found.place[row] = place[bucket] ?? 0;
    found.type[row] = type[bucket] ?? 0;
    found.starts[row] = bucket;
    row += 1;
  });
  found.starts[rows] = place.length;
  return found;
}
