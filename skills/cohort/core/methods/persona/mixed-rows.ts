/** Rows of numbers and codes as the inner loops want them, prototypes of the same form, and the distance between the two. */

export interface MixedRows {
  readonly count: number;
  /** Numbers per row. */
  readonly width: number;
  /** Scaled, row-major. */
  readonly numbers: Float64Array;
  /** Categories per row. */
  readonly depth: number;
  /** Row-major, −1 for what is not known. */
  readonly codes: Int32Array;
}

/** Means of numbers and most frequent values of categories, prototype by prototype. */
export interface Prototypes {
  readonly size: number;
  readonly means: Float64Array;
  readonly modes: Int32Array;
}

/** Lays out chosen rows of columns. */
export function mixRows(columns: readonly Float64Array[], codes: readonly Int32Array[], order: Uint32Array): MixedRows {
  const width = columns.length;
  const depth = codes.length;
  const rows = {
    count: order.length,
    width,
    depth,
    numbers: new Float64Array(order.length * width),
    codes: new Int32Array(order.length * depth),
  };
  for (const [at, column] of columns.entries()) {
    for (let index = 0; index < order.length; index++) rows.numbers[index * width + at] = column[order[index] ?? 0] ?? 0;
  }
  for (const [at, column] of codes.entries()) {
    for (let index = 0; index < order.length; index++) rows.codes[index * depth + at] = column[order[index] ?? 0] ?? -1;
  }
  return rows;
}

/** Prototypes with room, to be filled in. */
export function emptyPrototypes(size: number, { width, depth }: MixedRows): Prototypes {
  return { size, means: new Float64Array(size * width), modes: new Int32Array(size * depth).fill(-1) };
}

/** Label of the nearest prototype, its distance, and the next one's; of equals the first. Reused from row to row. */
export interface NearestTwo {
  label: number;
  least: number;
  second: number;
  /** Infinite where there is one prototype. */
  next: number;
}

/**
 * Squared distance of numbers, plus gamma for each category that differs; what is not known never differs.
 * @see Huang (1998), "Extensions to the k-means algorithm for clustering large data sets with categorical values", eq. 9
 */
export function nearestTwo(rows: MixedRows, row: number, { size, means, modes }: Prototypes, gamma: number, found: NearestTwo): void {
  const { width, depth, numbers, codes } = rows;
  let label = 0;
  let second = -1;
  let least = Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  const numberAt = row * width;
  const codeAt = row * depth;
  for (let prototype = 0, mean = 0, mode = 0; prototype < size; prototype++, mean += width, mode += depth) {
    let distance = 0;
    for (let at = 0; at < width; at++) {
      const gap = (numbers[numberAt + at] ?? 0) - (means[mean + at] ?? 0);
      distance += gap * gap;
    }
    for (let at = 0; at < depth; at++) {
      const code = codes[codeAt + at] ?? 0;
      if (code !== (modes[mode + at] ?? 0) && code >= 0) distance += gamma;
    }
    if (distance < least) {
      next = least;
      second = label;
      least = distance;
      label = prototype;
    } else if (distance < next) {
      next = distance;
      second = prototype;
    }
  }
  found.label = label;
  found.least = least;
  found.second = size > 1 ? second : -1;
  found.next = next;
}
