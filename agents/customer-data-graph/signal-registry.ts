/**
 * The signal registry of an operator directory: the shipped declaration, and over it what the operator wrote in
 * registries/signals/*.yaml. Import maps lie there too, as *.map.yaml, and are left alone.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readSignalRegistry } from '../../registries/signals/signal-registry.ts';
import { yamlFilesIn } from '../../registries/yaml-folder.ts';
import { CohortiumError, formatDiagnostic } from '../../skills/sdk/index.ts';
import { type CompiledSignalRegistry, compileSignalRegistry } from '../../skills/signal-capture/plan/compiled-registry.ts';
import { registryFaults } from '../../skills/signal-capture/plan/registry-faults.ts';

const shippedPath = join(import.meta.dirname, '..', '..', 'registries', 'signals', 'signal-types.yaml');

/**
 * Reads, checks and compiles the registry.
 * @param folder registries/signals of the operator; may be absent
 * @throws {CohortiumError} CONFIG_INVALID with every fault of every file
 */
export function openSignalRegistry(folder: string): CompiledSignalRegistry {
  const plans = yamlFilesIn(folder)
    .filter((name) => !name.endsWith('.map.yaml'))
    .map((name) => ({ file: `registries/signals/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
  const shipped = { file: 'signal-types.yaml', text: readFileSync(shippedPath, 'utf8') };
  const { registry, diagnostics } = readSignalRegistry(shipped, plans, registryFaults);
  if (registry) return compileSignalRegistry(registry);
  const [first] = diagnostics;
  throw new CohortiumError('CONFIG_INVALID', first ? formatDiagnostic(first) : `${folder} cannot be read`, { diagnostics });
}
