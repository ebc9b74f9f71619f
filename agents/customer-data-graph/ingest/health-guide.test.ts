/** The examples of docs/how-to/watch-ingest-health.md, pasted as a reader would. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openAgent } from '../agent.ts';
import { configSchema } from '../config.ts';
import type { CustomerDataGraph } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import { defaultAlertLimits } from './health-alerts.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to', 'watch-ingest-health.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);

describe('the guide to ingest health', () => {
  let agent: CustomerDataGraph;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-health-guide-'));
    await initOperatorDirectory(join(folder, 'shop'), { currency: 'EUR' });
    writeFileSync(join(folder, 'visits.jsonl'), blocks('json')[0] ?? '');
    agent = await openAgent(join(folder, 'shop'));
    await agent.ingest({ file: join(folder, 'visits.jsonl') });
  });

  afterAll(() => agent.close());

  it('has the numbers that the report has', async () => {
    const { types } = await agent.signalHealth(24);
    const rows = types.map(({ type, signals, repeats, refused }) => `${type || '(no type)'} ${signals} ${repeats} ${refused}`);
    expect(rows).toEqual(
      (blocks('text')[0] ?? '')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/ {2,}/g, ' ')),
    );
  });

  it('has the counts of the quarantine', async () => {
    const counts = await agent.quarantineCounts({});
    const rows = counts.map(({ code, source, type, status, entries }) => [code, source, type || '(no type)', status, entries].join('  '));
    expect(rows).toEqual(
      (blocks('text')[1] ?? '')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/ {2,}/g, '  ')),
    );
  });

  it('submits again and discards as it says', async () => {
    expect(await agent.resubmitPassing({})).toMatchObject({
      tried: 3,
      accepted: 0,
      refused: { SIGNAL_DATE_INVALID: 2, SIGNAL_TYPE_UNKNOWN: 1 },
    });
    expect(await agent.discard([], { type: 'visit' }, 'typed by hand, cannot be dated')).toBe(2);
    expect(await agent.quarantineCounts({})).toHaveLength(1);
    expect((await agent.doctor()).checks.find(({ name }) => name === 'ingest')).toMatchObject({ ok: true, found: 'no alerts' });
  });

  it('tells what a type is, and what came', async () => {
    expect((await agent.signalTypes()).find(({ type }) => type === 'visit')).toMatchObject({
      signals: 2,
      newest: '2026-01-30T09:05:00.000Z',
    });
    const { properties, health } = await agent.signalType('visit');
    expect(properties.find(({ name }) => name === 'page')).toMatchObject({ seen: { text: 2 } });
    expect(health).toMatchObject({ signals: 2, repeats: 1, refused: 2, isLive: false });
    await expect(agent.signalType('teleport')).rejects.toMatchObject({ code: 'SIGNAL_TYPE_UNKNOWN' });
  });

  it('sets limits that the configuration knows, and names every alert', () => {
    const [yaml = ''] = blocks('yaml');
    const limits = Object.fromEntries([...yaml.matchAll(/(\w+): ([\d.]+)/g)].map(([, name = '', value]) => [name, Number(value)]));
    const config = configSchema.parse({ cohortium: 1, merchant: 'm', currency: 'EUR', alerts: limits });
    expect(config.alerts).toEqual({ ...defaultAlertLimits, ...limits });
    for (const rule of ['stale', 'volume', 'error-rate', 'ahead', 'drift']) expect(guide).toContain(`| \`${rule}\` |`);
  });
});
