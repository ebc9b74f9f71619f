/** What comes back of results of integers, and what is refused rather than cut off. */
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { NumberColumns } from '../../customer-data-graph/features/feature-queries.ts';
import { readNumbers } from './read-numbers.ts';

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
});
afterAll(() => instance.closeSync());

async function numbers(sql: string): Promise<NumberColumns> {
  const connection = await instance.connect();
  try {
    return await readNumbers(await connection.stream(sql));
  } finally {
    connection.closeSync();
  }
}

describe('a result of integers', () => {
  it('comes back whole, over many chunks and up to the ends of what its arrays hold', async () => {
    const { row, sum_minor } = await numbers(
      `SELECT CAST(i AS INTEGER) AS row, CAST((i - 9999) * 900000000001 AS BIGINT) AS sum_minor FROM range(10000) t(i) ORDER BY i`,
    );
    expect(row).toEqual(Int32Array.from({ length: 10_000 }, (_, at) => at));
    expect(sum_minor).toEqual(Float64Array.from({ length: 10_000 }, (_, at) => (at - 9999) * 900_000_000_001));
    const { events } = await numbers('SELECT unnest([2147483647, -2147483648, -1, 0]::BIGINT[]) AS events');
    expect(events).toEqual(Int32Array.of(2_147_483_647, -2_147_483_648, -1, 0));
  });

  it.each([
    ['2147483648::BIGINT', /beyond 32 bits/],
    ['-2147483649::BIGINT', /beyond 32 bits/],
    ['NULL::BIGINT', /NULL/],
    ['1.5::DOUBLE', /should be INTEGER or BIGINT/],
  ])('is refused for %s', async (value, message) => {
    await expect(numbers(`SELECT ${value} AS events`)).rejects.toThrow(message);
  });
});
