/** Distinct values in ascending order with what fell on each: two plain sorts and a merge, without comparing rows. */

export interface Ties {
  readonly value: Float64Array;
  /** Rows with that value, and those of them with the action. */
  readonly count: Float64Array;
  readonly happened: Float64Array;
}

/** @param outcome 0 or 1 per value */
export function tiesOf(values: Float64Array, outcome: Uint8Array): Ties {
  let events = 0;
  for (const own of outcome) events += own;
  const without = new Float64Array(values.length - events);
  const withAction = new Float64Array(events);
  for (let row = 0, a = 0, b = 0; row < values.length; row++) {
    if (outcome[row] === 1) withAction[a++] = values[row] ?? 0;
    else without[b++] = values[row] ?? 0;
  }
  withAction.sort();
  without.sort();
  const value = new Float64Array(values.length);
  const count = new Float64Array(values.length);
  const happened = new Float64Array(values.length);
  let found = 0;
  for (let a = 0, b = 0; a < withAction.length || b < without.length; found++) {
    const next = Math.min(withAction[a] ?? Number.POSITIVE_INFINITY, without[b] ?? Number.POSITIVE_INFINITY);
    const [fromA, fromB] = [a, b];
    while (a < withAction.length && withAction[a] === next) a += 1;
    while (b < without.length && without[b] === next) b += 1;
    value[found] = next;
    happened[found] = a - fromA;
    count[found] = a - fromA + (b - fromB);
  }
  return { value: value.slice(0, found), count: count.slice(0, found), happened: happened.slice(0, found) };
}
