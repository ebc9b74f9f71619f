/** The signal registry of an operator directory: what is shipped, with what the operator wrote over it, ready to use. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readSignalRegistry } from '../../../registries/signals/signal-registry.ts';
import { CohortiumError, compareText, formatDiagnostic } from '../../../skills/sdk/index.ts';
import { type CompiledSignalRegistry, compileSignalRegistry } from '../../../skills/signal-capture/plan/compiled-registry.ts';
import { registryFaults } from '../../../skills/signal-capture/plan/registry-faults.ts';

const shippedFile = join(import.meta.dirname, '..', '..', '..', 'registries', 'signals', 'signal-types.yaml');

/**
 * @param folder registries/signals of the operator directory; may be absent
 * @throws {CohortiumError} CONFIG_INVALID with every fault of every file
 */
export function loadSignalRegistry(folder: string): CompiledSignalRegistry {
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.yaml'))
        .sort(compareText)
    : [];
  const plans = files.map((file) => ({ file: `registries/signals/${file}`, text: readFileSync(join(folder, file), 'utf8') }));
  const shipped = { file: 'signal-types.yaml', text: readFileSync(shippedFile, 'utf8') };
  const { registry, diagnostics } = readSignalRegistry(shipped, plans, registryFaults);
  if (registry) return compileSignalRegistry(registry);
  const [first] = diagnostics;
  throw new CohortiumError('CONFIG_INVALID', first ? formatDiagnostic(first) : `${folder} cannot be read`, { diagnostics });
}
