/** Merges equal rows and counts them: a fit then costs as many terms as there are different histories. */

export interface GroupedRows {
  /** One array per input column, rows in ascending order of the columns. */
  readonly columns: readonly Float64Array[];
  /** How many input rows each row stands for. */
  readonly weights: Float64Array;
}

/** The result is the same for every order of the input rows. */
export function groupRows(columns: readonly ArrayLike<number>[]): GroupedRows {
  const length = columns[0]?.length ?? 0;
  const compare = (a: number, b: number): number => {
    for (const column of columns) {
      const difference = (column[a] ?? 0) - (column[b] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = Uint32Array.from({ length }, (_, index) => index).sort(compare);
  const firsts: number[] = [];
  const weights: number[] = [];
  let previous = -1;
  for (const row of order) {
    if (previous >= 0 && compare(previous, row) === 0) weights[weights.length - 1] = (weights[weights.length - 1] ?? 0) + 1;
    else {
      firsts.push(row);
      weights.push(1);
    }
    previous = row;
  }
  return {
    columns: columns.map((column) => Float64Array.from(firsts, (row) => column[row] ?? 0)),
    weights: Float64Array.from(weights),
  };
}
