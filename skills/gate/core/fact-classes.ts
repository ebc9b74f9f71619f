/**
 * Customers with equal facts form one class, and the gate decides classes: a few hundred instead of millions. Classes are
 * numbered by their facts, so the order of customers does not matter.
 */

/** One value per row: row n is texts[values[n]]; empty text means unknown. */
export interface FactColumn {
  readonly values: Int32Array;
  readonly texts: readonly string[];
}

export interface FactClasses {
  /** Facts of each class by name; unknown ones are left out. */
  readonly classes: readonly Readonly<Record<string, string>>[];
  /** Class of each row. */
  readonly classOf: Int32Array;
}

/**
 * Groups rows by the values of their fact columns.
 * @param columns fact name → its column, all of the same length
 * @param rows length of every column
 */
export function classifyFacts(columns: Readonly<Record<string, FactColumn>>, rows: number): FactClasses {
  const names = Object.keys(columns).sort();
  const classOf = new Int32Array(rows);
  let firstRows: readonly number[] = rows > 0 ? [0] : [];
  // Column by column, classes so far are divided by the values of the next one, so that no row is ever written out as text.
  for (const name of names) firstRows = divide(classOf, firstRows, columns[name] ?? { values: new Int32Array(rows), texts: [''] });

  const textOf = (name: string, row: number): string => {
    const { values, texts } = columns[name] ?? { values: [], texts: [] };
    return texts[values[row] ?? 0] ?? '';
  };
  const keys = firstRows.map((row) => JSON.stringify(names.map((name) => textOf(name, row))));
  const order = keys.map((_, index) => index).sort((a, b) => ((keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1));
  const numberOf = new Int32Array(order.length);
  order.forEach((index, number) => (numberOf[index] = number));
  for (let row = 0; row < rows; row++) classOf[row] = numberOf[classOf[row] ?? 0] ?? 0;
  const classes = order.map((index) => {
    const row = firstRows[index] ?? 0;
    return Object.fromEntries(names.map((name) => [name, textOf(name, row)]).filter(([, value]) => value !== ''));
  });
  return { classes, classOf };
}

/** Divides classes by one more column, in place. @returns the first row of each class, numbered as they are met */
function divide(classOf: Int32Array, before: readonly number[], { values, texts }: FactColumn): readonly number[] {
  const codes = firstOfEqual(texts);
  // Most columns of most merchants hold one value: nothing to divide.
  if (values.length > 0 && values.every((code) => codes[code] === codes[values[0] ?? 0])) return before;
  const firstRows: number[] = [];
  const numberOf = new Map<number, number>();
  for (let row = 0; row < classOf.length; row++) {
    const pair = (codes[values[row] ?? 0] ?? 0) * before.length + (classOf[row] ?? 0);
    let number = numberOf.get(pair);
    if (number === undefined) {
      number = firstRows.length;
      numberOf.set(pair, number);
      firstRows.push(row);
    }
    classOf[row] = number;
  }
  return firstRows;
}

/** For each text the place of the first one that is equal, for a column may list a text twice. */
function firstOfEqual(texts: readonly string[]): Int32Array {
  const places = new Map<string, number>();
  return Int32Array.from(texts, (text, at) => {
    if (!places.has(text)) places.set(text, at);
    return places.get(text) ?? at;
  });
}
