/** Files of registries/experiments: read, checked, and given a digest that comments and the order of keys do not change. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Registration, registrationSchema } from '../../../registries/experiments/registration.ts';
import { CohortiumError, compareText, type Digest, digestOf, formatDiagnostic, readYaml } from '../../../skills/sdk/index.ts';

export interface ReadRegistration {
  readonly registration: Registration;
  readonly digest: Digest;
}

const folderOf = (registries: string): string => join(registries, 'experiments');

/** Names of the files, in order. */
export function registrationNames(registries: string): readonly string[] {
  const folder = folderOf(registries);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : []))
    .sort(compareText);
}

/** @throws {CohortiumError} EXPERIMENT_NOT_FOUND; CONFIG_INVALID with every fault */
export function readRegistration(registries: string, experiment: string): ReadRegistration {
  const names = registrationNames(registries);
  if (!names.includes(experiment)) {
    const known = names.join(', ') || 'none';
    throw new CohortiumError('EXPERIMENT_NOT_FOUND', `there is no registries/experiments/${experiment}.yaml; experiments are: ${known}`);
  }
  const file = `registries/experiments/${experiment}.yaml`;
  const text = readFileSync(join(folderOf(registries), `${experiment}.yaml`), 'utf8');
  const { value, diagnostics } = readYaml(text, file, registrationSchema, 'CONFIG_INVALID');
  const [first] = diagnostics;
  if (value === undefined)
    throw new CohortiumError('CONFIG_INVALID', first ? formatDiagnostic(first) : `${file} cannot be read`, { diagnostics });
  if (value.experiment !== experiment)
    throw faultAt(file, `the experiment is called '${value.experiment}'; a file and its experiment have one name`);
  return { registration: value, digest: digestOf(value) };
}

function faultAt(file: string, message: string): CohortiumError {
  const diagnostics = [{ code: 'CONFIG_INVALID' as const, severity: 'error' as const, message, at: { file, line: 1, column: 1 } }];
  return new CohortiumError('CONFIG_INVALID', `${file}: ${message}`, { diagnostics });
}
