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
  const values = names.map((name) => columns[name] ?? []);
  const keys = Array.from({ length: rows }, (_, row) => JSON.stringify(values.map((column) => column[row] ?? '')));
  const distinct = [...new Set(keys)].sort();
  const numberOf = new Map(distinct.map((key, index) => [key, index]));
  const classes = distinct.map((key) => {
    const parts: unknown = JSON.parse(key);
    const texts = Array.isArray(parts) ? parts.map(String) : [];
    return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']).filter(([, value]) => value !== ''));
  });
  return { classes, classOf: Int32Array.from(keys, (key) => numberOf.get(key) ?? 0) };
}
