/** The examples of docs/how-to/import-a-file.md, pasted as a reader would. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { importMapSchema } from '../../../registries/signals/import-map.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createEventLog } from '../../adapters/sqlite/event-log.ts';
import type { IngestReport } from '../interface.ts';
import { importFile } from './import-file.ts';
import { importAttributes } from './row-to-signals.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to', 'import-a-file.md'), 'utf8');

/** Text of the code block that follows the mention of a file name. */
function block(name: string): string {
  const found = new RegExp(`\`${name}\`[^\n]*\n\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(guide);
  if (found?.[1] === undefined) throw new Error(`the guide has no block for ${name}`);
  return found[1];
}

async function paste(data: string, map: string, currency: string): Promise<{ readonly report: IngestReport; readonly signals: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-guide-'));
  const log = createEventLog({ directory: join(folder, 'state'), currency, content: createMemoryContent() });
  writeFileSync(join(folder, data), block(data));
  writeFileSync(join(folder, map), block(map));
  const report = await importFile({ file: join(folder, data), map: join(folder, map) }, { log, currency });
  const signals = log.counts().inbox;
  await log.close();
  return { report, signals };
}

describe('the import guide', () => {
  it('imports the CDNOW-like file', async () => {
    expect(await paste('cdnow.txt', 'cdnow.yaml', 'USD')).toMatchObject({ report: { lines: 3, accepted: 3 }, signals: 3 });
  });

  it('imports the multi-brand file: four lines, two residencies and a tier', async () => {
    expect(await paste('sales.csv', 'sales.yaml', 'EUR')).toMatchObject({ report: { lines: 4, accepted: 4 }, signals: 7 });
  });

  it('names every key of the map and every attribute', () => {
    for (const key of Object.keys(importMapSchema.shape)) expect(guide).toContain(`| \`${key}\` |`);
    for (const column of Object.keys(importMapSchema.shape.columns.shape)) expect(guide).toContain(`\`${column}\``);
    for (const attribute of importAttributes) expect(guide).toContain(`\`${attribute}\``);
  });
});
