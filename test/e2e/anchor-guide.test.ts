/** docs/how-to/anchor-the-record.md: its commands run as printed on a quickstart, and each of its configurations is accepted. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';

import { configSchema } from '../../agents/customer-data-graph/config.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'anchor-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { blocks } = readGuide('anchor-the-record');
const yaml = blocks.filter(({ language }) => language === 'yaml').map(({ code }) => code);

it('runs as printed, and says what it shows', async () => {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split('\n'));
  const said: string[] = [];
  for (const line of lines) {
    const { out, err, exitCode } = await realCli(line, folder);
    expect({ line, exitCode, err }).toMatchObject({ line, exitCode: 0 });
    said.push(out);
    if (!line.includes('quickstart')) continue;
    const config = join(folder, 'shop', 'cohortium.yaml');
    writeFileSync(config, `${readFileSync(config, 'utf8')}\n${yaml[0]}`);
  }
  const shown = blocks.find(({ language }) => language === 'text')?.code.trim() ?? 'nothing';
  expect(said.at(-1)).toContain(shown);
  expect(said.join('\n')).toContain('as every place remembers it');
});

it('has configurations that are accepted', () => {
  expect(yaml.length).toBeGreaterThan(4);
  for (const text of yaml) {
    const config = { cohortium: 1, merchant: 'm', currency: 'EUR', ...(parse(text) as object) }; // a mapping, as it is written
    expect(configSchema.safeParse(config).error?.issues ?? []).toEqual([]);
  }
});
