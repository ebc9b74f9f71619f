/** The examples of docs/how-to/plan-your-signals.md, pasted as a reader would. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { formatDiagnostic } from '../../skills/sdk/index.ts';
import { signalsOfMessage, type WireArrival } from '../../skills/signal-capture/wire/index.ts';
import { readRegistryWith, registryWith } from '../fixtures/signal-registry.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'how-to', 'plan-your-signals.md'), 'utf8');

function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);
}

function map(message: unknown, plan: string): WireArrival {
  return signalsOfMessage(message, {
    receivedAtMs: 0,
    source: 'page',
    format: 'segment',
    registry: registryWith(plan),
    defaultCurrency: 'EUR',
  });
}

describe('the page about planning signals', () => {
  const [plan = '', lax = '', spare = ''] = blocks('yaml');

  it('has plans without faults', () => {
    expect(blocks('yaml')).toHaveLength(3);
    for (const text of blocks('yaml')) expect(readRegistryWith({ 'plan.yaml': text }).diagnostics).toEqual([]);
  });

  it('shows the diagnostic that a typo gives', () => {
    const { diagnostics } = readRegistryWith({ 'registries/signals/plan.yaml': plan.replace('{ value:', '{ valeu:') });
    expect(blocks('text')).toEqual([`${diagnostics.map(formatDiagnostic).join('\n')}\n`]);
  });

  it('says what its event becomes', () => {
    const { verdicts } = map(JSON.parse(blocks('json')[0] ?? ''), plan);
    const [verdict] = verdicts;
    expect(page).toContain(`It is a \`milestone-event\` with \`${verdict?.ok ? verdict.signal.properties : verdict?.message}\`.`);
  });

  it('lets surprises pass where it says so', () => {
    const surprise = { type: 'track', messageId: 'm', userId: 'u', timestamp: '2026-01-01', properties: { revenue: 1, mood: 'good' } };
    expect(map({ ...surprise, event: 'Wheel Spun' }, lax).verdicts).toEqual([]);
    expect(map({ ...surprise, event: 'Order Completed' }, lax).verdicts).toMatchObject([
      { signal: { properties: '{"currency":"EUR","extra":{"mood":"good"}}' } },
    ]);
  });

  it('keeps names out where it says so', () => {
    const traits = { firstName: 'Jo', address: { street: 'Main Street 1', country: 'DE' }, language: 'de' };
    const { verdicts } = map({ type: 'identify', messageId: 'm', userId: 'u', timestamp: '2026-01-01', traits }, spare);
    expect(verdicts.map((verdict) => verdict.ok && verdict.signal.properties)).toEqual([
      '{"attribute":"residency","value":"DE"}',
      '{"attribute":"language","value":"de"}',
    ]);
  });
});
