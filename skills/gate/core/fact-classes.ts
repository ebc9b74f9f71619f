/**
 * Customers with equal facts form one class, and the gate decides classes: a few hundred instead of millions. Classes are
 * numbered by their facts, so the order of customers does not matter.
 */

export interface FactClasses {
  /** Facts of each class by name; unknown ones are left out. */
  readonly classes: readonly Readonly<Record<string, string>>[];
  /** Class of each row. */
  readonly classOf: Int32Array;
}

/**
 * Groups rows by the values of their fact columns.
 * @param columns fact name → one text per row; empty text means unknown
 * @param rows length of every column
 */
export function classifyFacts(columns: Readonly<Record<string, readonly string[]>>, rows: number): FactClasses {
  const names = Object.keys(columns).sort();
  const classOf = new Int32Array(rows);
  let firstRows: readonly number[] = rows > 0 ? [0] : [];
  // Column by column, classes so far are divided by the values of the next one, so that no row is ever written out as text.
  for (const name of names) firstRows = divide(classOf, firstRows.length, columns[name] ?? []);

  const keys = firstRows.map((row) => JSON.stringify(names.map((name) => columns[name]?.[row] ?? '')));
  const order = keys.map((_, index) => index).sort((a, b) => ((keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1));
  const numberOf = new Int32Array(order.length);
  order.forEach((index, number) => (numberOf[index] = number));
  for (let row = 0; row < rows; row++) classOf[row] = numberOf[classOf[row] ?? 0] ?? 0;
  const classes = order.map((index) => {
    const row = firstRows[index] ?? 0;
    return Object.fromEntries(names.map((name) => [name, columns[name]?.[row] ?? '']).filter(([, value]) => value !== ''));
  });
  return { classes, classOf };
}

/** Divides classes by one more column, in place. @returns the first row of each class, numbered as they are met */
function divide(classOf: Int32Array, classes: number, values: readonly string[]): readonly number[] {
  const firstRows: number[] = [];
  const codes = new Map<string, number>();
  const numberOf = new Map<number, number>();
  let [lastValue, lastCode] = ['\u0000', 0];
  for (let row = 0; row < classOf.length; row++) {
    const value = values[row] ?? '';
    if (value !== lastValue) {
      const known = codes.get(value);
      lastCode = known ?? codes.size;
      if (known === undefined) codes.set(value, lastCode);
      lastValue = value;
    }
    const pair = lastCode * classes + (classOf[row] ?? 0);
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
