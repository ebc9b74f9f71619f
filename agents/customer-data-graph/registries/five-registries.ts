/** The five registries behind one interface: three that the operator writes, two that runs append to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { attestationSchema } from '../../../registries/attestations/attestation.ts';
import type { Registry, RegistryEntry } from '../../../registries/registry.ts';
import { CohortiumError, type Json } from '../../../skills/sdk/index.ts';
import type { Workspace } from '../workspace.ts';
import { readAuthoredRegistries } from './authored-registries.ts';

/** In the order in which an operator meets them. Entries of the recorded ones are read while they are asked for. */
export function fiveRegistries(workspace: Workspace): readonly Registry[] {
  return [
    ...readAuthoredRegistries(workspace.paths.registries),
    recorded('memberships', () => membershipEntries(workspace)),
    recorded('attestations', () => attestationEntries(join(workspace.paths.registries, 'attestations'))),
  ];
}

function recorded(name: 'memberships' | 'attestations', entries: () => Iterable<RegistryEntry>): Registry {
  return { name, kind: 'recorded', entries: { [Symbol.iterator]: () => entries()[Symbol.iterator]() }, diagnostics: [] };
}

function* membershipEntries(workspace: Workspace): Generator<RegistryEntry> {
  for (const record of workspace.memberships().records()) {
    yield {
      registry: 'memberships',
      id: `${record.definition}/${record.window}/${record.customerId}`,
      version: record.version,
      content: record as unknown as Json, // its schema has only JSON
    };
  }
}

/** By the number of records that they end with: the order in which they were made. */
function* attestationEntries(folder: string): Generator<RegistryEntry> {
  const sizeOf = (name: string): number => Number(/^attestation-(\d+)\.json$/.exec(name)?.[1] ?? -1);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => sizeOf(name) >= 0) : [];
  for (const file of files.sort((a, b) => sizeOf(a) - sizeOf(b))) {
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    } catch {
      content = undefined;
    }
    if (!attestationSchema.safeParse(content).success) {
      throw new CohortiumError('STORE_CORRUPT', `registries/attestations/${file} is not an attestation; restore it from a copy`);
    }
    yield { registry: 'attestations', id: file.replace('.json', ''), version: 1, content: content as Json };
  }
}
