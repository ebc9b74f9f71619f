/**
 * Reads a result of integers from DuckDB into typed arrays, chunk by chunk: no value becomes an object on the way. Refuses
 * other types and NULL.
 */
import { DuckDBBigIntVector, DuckDBIntegerVector, type DuckDBResult, type DuckDBVector } from '@duckdb/node-api';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { isWideColumn, type NumberColumns } from '../../customer-data-graph/features/feature-queries.ts';

/** @throws {CohortiumError} INTERNAL when a column is not of INTEGER or BIGINT */
export async function readNumbers(result: DuckDBResult): Promise<NumberColumns> {
  const names = result.columnNames();
  const columns: (Int32Array | Float64Array)[] = names.map((name) =>
    isWideColumn(name) ? new Float64Array(initialRows) : new Int32Array(initialRows),
  );
  let rows = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const needed = rows + chunk.rowCount;
    for (const [index, name] of names.entries()) {
      let target = columns[index] ?? new Int32Array(0);
      if (target.length < needed) columns[index] = target = grown(target);
      copy(name, chunk.getColumnVector(index), target, rows);
    }
    rows = needed;
  }
  // Views, because a copy would hold a large result twice.
  return Object.fromEntries(names.map((name, index) => [name, (columns[index] ?? new Int32Array(0)).subarray(0, rows)]));
}

const initialRows = 4096;

function grown(values: Int32Array | Float64Array): Int32Array | Float64Array {
  const length = Math.ceil(values.length * 1.5);
  const larger = values instanceof Int32Array ? new Int32Array(length) : new Float64Array(length);
  larger.set(values);
  return larger;
}

function copy(name: string, vector: DuckDBVector, target: Int32Array | Float64Array, offset: number): void {
  if (vector instanceof DuckDBIntegerVector) {
    target.set((vector as unknown as { readonly items: Int32Array }).items, offset); // the values behind getItem, which is 20 times slower
  } else if (vector instanceof DuckDBBigIntVector) {
    const { items } = vector as unknown as { readonly items: BigInt64Array }; // the same
    const halves = new Int32Array(items.buffer, items.byteOffset, items.length * 2);
    const isWide = target instanceof Float64Array;
    for (let row = 0; row < items.length; row++) {
      const low = halves[row * 2] ?? 0;
      target[offset + row] = isWide ? (halves[row * 2 + 1] ?? 0) * 4_294_967_296 + (low >>> 0) : low;
    }
  } else throw new CohortiumError('INTERNAL', `column '${name}' should be INTEGER or BIGINT; it is ${vector.type.toString()}`);
}
