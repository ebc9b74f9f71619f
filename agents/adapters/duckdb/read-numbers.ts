/**
 * Reads a result of integers from DuckDB into typed arrays, chunk by chunk: no value becomes an object on the way, and nothing is held
 * twice but one column at the end. Refuses other types, NULL, and what does not fit.
 */
import { DuckDBBigIntVector, DuckDBIntegerVector, type DuckDBResult, type DuckDBVector } from '@duckdb/node-api';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { isWideColumn, type NumberColumns } from '../../customer-data-graph/features/feature-queries.ts';

type Numbers = Int32Array | Float64Array;

/** @throws {CohortiumError} INTERNAL when a column is not of INTEGER or BIGINT, has a NULL, or a number that its array cannot hold */
export async function readNumbers(result: DuckDBResult): Promise<NumberColumns> {
  const columns = result.columnNames().map((name) => new GrowingColumn(name));
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [index, column] of columns.entries()) column.add(chunk.getColumnVector(index));
  }
  return Object.fromEntries(columns.map((column) => [column.name, column.finish()]));
}

/** Rows of the first block; each further one is as long as all before it, up to the largest. */
const firstBlock = 4096;
const largestBlock = 4_194_304;

/** Takes vectors into blocks, so that growing copies nothing. */
class GrowingColumn {
  readonly name: string;
  readonly #isWide: boolean;
  readonly #blocks: Numbers[] = [];
  #block: Numbers = new Int32Array(0);
  /** Rows taken: in the last block, and in all. */
  #used = 0;
  #rows = 0;

  constructor(name: string) {
    this.name = name;
    this.#isWide = isWideColumn(name);
  }

  add(vector: DuckDBVector): void {
    const items = itemsOf(this.name, vector);
    const count = vector.itemCount;
    for (let from = 0; from < count;) {
      if (this.#used === this.#block.length) this.#grow();
      const take = Math.min(count - from, this.#block.length - this.#used);
      copy(this.name, items, from, take, this.#block, this.#used);
      from += take;
      this.#used += take;
      this.#rows += take;
    }
  }

  #grow(): void {
    const length = Math.min(Math.max(this.#rows, firstBlock), largestBlock);
    this.#block = this.#isWide ? new Float64Array(length) : new Int32Array(length);
    this.#blocks.push(this.#block);
    this.#used = 0;
  }

  finish(): Numbers {
    const whole = this.#isWide ? new Float64Array(this.#rows) : new Int32Array(this.#rows);
    let offset = 0;
    for (const block of this.#blocks.splice(0)) {
      const part = block.subarray(0, Math.min(block.length, this.#rows - offset));
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }
}

/** The values behind getItem, which is 20 times slower. */
function itemsOf(name: string, vector: DuckDBVector): Int32Array | BigInt64Array {
  if (vector instanceof DuckDBIntegerVector || vector instanceof DuckDBBigIntVector) {
    const { items, validity } = vector as unknown as RawVector; // private in the typings only
    if (validity.data === null || validity.data === undefined || !hasNull(vector)) return items;
    throw new CohortiumError('INTERNAL', `column '${name}' of a query of numbers has a NULL`);
  }
  throw new CohortiumError('INTERNAL', `column '${name}' should be INTEGER or BIGINT; it is ${vector.type.toString()}`);
}

interface RawVector {
  readonly items: Int32Array | BigInt64Array;
  readonly validity: { readonly data?: unknown };
}

function hasNull(vector: DuckDBVector): boolean {
  for (let row = 0; row < vector.itemCount; row++) if (vector.getItem(row) === null) return true;
  return false;
}

function copy(name: string, items: Int32Array | BigInt64Array, from: number, count: number, target: Numbers, offset: number): void {
  if (items instanceof Int32Array) {
    target.set(items.subarray(from, from + count), offset);
    return;
  }
  // Two halves of 32 bits, because making a BigInt of each value would cost more than all the rest.
  const halves = new Int32Array(items.buffer, items.byteOffset + from * 8, count * 2);
  if (target instanceof Float64Array) {
    for (let row = 0; row < count; row++)
      target[offset + row] = (halves[row * 2 + 1] ?? 0) * 4_294_967_296 + ((halves[row * 2] ?? 0) >>> 0);
  } else {
    for (let row = 0; row < count; row++) {
      const low = halves[row * 2] ?? 0;
      if (halves[row * 2 + 1] !== low >> 31) throw new CohortiumError('INTERNAL', `column '${name}' has a number beyond 32 bits`);
      target[offset + row] = low;
    }
  }
}
