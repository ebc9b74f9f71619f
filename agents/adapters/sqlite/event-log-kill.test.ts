/** The log against SIGKILL: a child appends and seals, says what was acknowledged, and is killed at a random moment. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { runAndKill } from '../../../test/fixtures/run-and-kill.ts';
import { snapshotSchema } from '../duckdb/segment-schema.ts';
import { createEventLog } from './event-log.ts';

const kills = 6;

it(`loses and doubles nothing that was acknowledged in ${kills} kills`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-kill-'));
  const child = join(directory, 'child.ts');
  writeFileSync(child, childSource(directory));
  let acknowledged = 0;
  for (let kill = 0; kill < kills; kill++) acknowledged = Math.max(acknowledged, await runAndKill(child, acknowledged, 120 + kill * 83));
  expect(acknowledged).toBeGreaterThan(0);

  const content = createMemoryContent();
  const log = createEventLog({ directory, currency: 'EUR', content });
  const report = await log.seal({}, { signal: new AbortController().signal, idempotencyKey: 'last' });
  await log.close();
  const { segments } = snapshotSchema.parse(content.getJson(report.snapshot));
  const files = segments.map(({ file }) => `'${join(directory, 'segments', file)}'`).join(', ');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const numbers = await connection.runAndReadAll(
    `SELECT count(*), count(DISTINCT id), count(DISTINCT CASE WHEN amount_minor < ${acknowledged} THEN id END) FROM read_parquet([${files}])`,
  );
  const [rows, distinct, kept] = (numbers.getRows()[0] ?? []).map(Number);
  expect(distinct).toBe(rows);
  expect(kept).toBe(acknowledged);
});

function childSource(directory: string): string {
  const here = JSON.stringify(import.meta.dirname).slice(1, -1);
  return `
    import { writeSync } from 'node:fs';
    import { createEventLog } from '${here}/event-log.ts';
    import { validateSignal } from '${here}/../../../skills/signal-capture/validate-signal.ts';
    import { createMemoryContent } from '${here}/../../../test/fixtures/memory-content.ts';
    const log = createEventLog({ directory: ${JSON.stringify(directory)}, currency: 'EUR', content: createMemoryContent() });
    let next = Number(process.argv[2]);
    for (;;) {
      const arrivals = Array.from({ length: 50 }, (_, offset) => {
        const index = next + offset;
        const signal = { id: 'k-' + index, type: 'purchase', customer: { userId: 'u' }, at: '2026-01-01', properties: { amountMinor: index, currency: 'EUR' } };
        return { source: 'kill', line: index + 1, raw: () => '', verdicts: [validateSignal(signal)] };
      });
      await log.append(arrivals);
      next += 50;
      writeSync(1, next + '\\n');
      if (next % 500 === 0) await log.seal({}, { signal: new AbortController().signal, idempotencyKey: 'seal-' + next });
    }
  `;
}
