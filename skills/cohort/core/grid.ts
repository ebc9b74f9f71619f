/**
 * The location × channel × brand grid that value is split over: every combination of the values seen, so that a cell
 * which nobody has visited yet still has a place. A grid that would be too large holds the visited combinations only.
 */

/** Above this many combinations the grid keeps only those that were visited. */
export const gridLimit = 200_000;

export interface CellGrid {
  readonly locations: readonly string[];
  readonly channels: readonly string[];
  readonly brands: readonly string[];
  /** Codes of each combination into the three lists, ordered by location, channel, brand. */
  readonly location: Int32Array;
  readonly channel: Int32Array;
  readonly brand: Int32Array;
  /** True when the grid is the full product of the three lists. */
  readonly isFull: boolean;
  /** Combination of each cell row that the grid was made from. */
  readonly ofCell: Int32Array;
}

/** Visited cells in columns; `combination` points into the grid. */
export interface CellCounts {
  readonly accounts: number;
  readonly account: Int32Array;
  readonly combination: Int32Array;
  /** Purchase days; a day over several cells is split, so these may be fractions. */
  readonly baskets: Float64Array;
}

/**
 * Grid over the values of three text columns of one length.
 * @param limit largest full grid, {@link gridLimit} unless a test says otherwise
 */
export function makeGrid(
  location: readonly string[],
  channel: readonly string[],
  brand: readonly string[],
  limit: number = gridLimit,
): CellGrid {
  const locations = distinct(location);
  const channels = distinct(channel);
  const brands = distinct(brand);
  const locationCode = codes(locations);
  const channelCode = codes(channels);
  const brandCode = codes(brands);
  const rows = location.length;
  const key = new Float64Array(rows); // exact integers: the product of three list lengths stays far below 2^53
  for (let row = 0; row < rows; row++) {
    const l = locationCode.get(location[row] ?? '') ?? 0;
    const c = channelCode.get(channel[row] ?? '') ?? 0;
    const b = brandCode.get(brand[row] ?? '') ?? 0;
    key[row] = (l * channels.length + c) * brands.length + b;
  }
  const full = locations.length * channels.length * brands.length;
  const isFull = full <= limit;
  const keys = isFull ? Float64Array.from({ length: full }, (_, index) => index) : Float64Array.from(new Set(key)).sort();
  const indexOfKey = new Map<number, number>();
  keys.forEach((value, index) => indexOfKey.set(value, index));
  return {
    locations,
    channels,
    brands,
    location: Int32Array.from(keys, (value) => Math.floor(value / (channels.length * brands.length))),
    channel: Int32Array.from(keys, (value) => Math.floor(value / brands.length) % channels.length),
    brand: Int32Array.from(keys, (value) => value % brands.length),
    isFull,
    ofCell: Int32Array.from(key, (value) => indexOfKey.get(value) ?? 0),
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort(); // the default order compares UTF-16 code units, the same everywhere
}

function codes(values: readonly string[]): Map<string, number> {
  return new Map(values.map((value, index) => [value, index]));
}
