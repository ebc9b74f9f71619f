import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openAgent } from './agent.ts';
import { initOperatorDirectory } from './operator-directory.ts';
import { openSignalRegistry } from './signal-registry.ts';

let directory = '';
let folder = '';

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cohortium-signals-'));
  folder = join(directory, 'registries', 'signals');
  await initOperatorDirectory(directory);
  mkdirSync(folder, { recursive: true });
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the signal registry of an operator directory', () => {
  it('is the shipped one when the operator declares nothing', () => {
    expect(openSignalRegistry(folder).digest).toBe(openSignalRegistry(join(directory, 'nowhere')).digest);
  });

  it('has what the operator declares in any number of files; import maps beside them are none', () => {
    writeFileSync(join(folder, 'a.yaml'), 'types: { visit: { version: 1, retentionDays: 30 } }');
    writeFileSync(join(folder, 'b.yaml'), 'types: { cart: { version: 1, names: [{ own: [Basket Opened], set: { action: view } }] } }');
    writeFileSync(join(folder, 'orders.map.yaml'), 'columns: { customer: id }');
    const registry = openSignalRegistry(folder);
    expect(registry.types.get('visit')?.plan.retentionDays).toBe(30);
    expect(registry.track.get('basket opened')?.type.id).toBe('cart');
  });

  it('is linted: every fault of every file with its place', async () => {
    writeFileSync(join(folder, 'a.yaml'), 'types:\n  purchase: { version: 1, retentionDays: 0 }\n');
    writeFileSync(join(folder, 'b.yaml'), 'colour: red\n');
    expect(() => openSignalRegistry(folder)).toThrow(/registries\/signals\/a\.yaml:2:27/);
    const agent = await openAgent(directory, { readonly: true });
    const diagnostics = await agent.lint([]);
    await agent.close();
    expect(diagnostics).toMatchObject([
      { code: 'CONFIG_INVALID', at: { file: 'registries/signals/a.yaml', line: 2, column: 27 } },
      { code: 'CONFIG_INVALID', message: "unknown key 'colour'", at: { file: 'registries/signals/b.yaml', line: 1, column: 1 } },
    ]);
  });
});
