/** The five registries behind one interface: three that the operator writes, two that runs append to. */
import type { Registry, RegistryEntry } from '../../../registries/registry.ts';
import type { Json } from '../../../skills/sdk/index.ts';
import type { Workspace } from '../workspace.ts';
import { readAuthoredRegistries } from './authored-registries.ts';

/** In the order in which an operator meets them. Entries of the recorded ones are read while they are asked for. */
export function fiveRegistries(workspace: Workspace): readonly Registry[] {
  return [
    ...readAuthoredRegistries(workspace.paths.registries),
    recorded('memberships', { [Symbol.iterator]: () => membershipEntries(workspace) }),
    recorded('attestations', { [Symbol.asyncIterator]: () => attestationEntries(workspace) }),
  ];
}

function recorded(name: 'memberships' | 'attestations', entries: Registry['entries']): Registry {
  return { name, kind: 'recorded', entries, diagnostics: [] };
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

/** Envelopes in the order of the ledger, each by the leaf that it is in. One that was erased is not there any more. */
async function* attestationEntries(workspace: Workspace): AsyncGenerator<RegistryEntry> {
  for (const { index, body } of await workspace.records().ofKind(['attestation'])) {
    const envelope = body?.['envelope'];
    if (envelope !== undefined) yield { registry: 'attestations', id: `record-${index}`, version: 1, content: envelope };
  }
}
