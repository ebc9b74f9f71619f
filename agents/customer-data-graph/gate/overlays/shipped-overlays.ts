/**
 * Overlays that come with the gate, to be read and adopted by counsel. Refuses to write over a file of the operator's: what stands there
 * may be another text.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { yamlFilesIn } from '../../../../registries/yaml-folder.ts';
import { CohortiumError, readYaml } from '../../../../skills/sdk/index.ts';
import type { OperatorPaths } from '../../config.ts';
import { regimesFolder } from '../../law/read-law.ts';
import { overlaySchema } from './overlay-schema.ts';

interface ShippedOverlay {
  readonly overlay: string;
  readonly version: number;
  readonly title: string;
  readonly says: string;
  readonly text: string;
}

/** In the order of their names. */
export function shippedOverlays(folder: string = join(regimesFolder, 'overlays')): readonly ShippedOverlay[] {
  return yamlFilesIn(folder).flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const { value } = readYaml(text, `regimes/overlays/${name}`, overlaySchema, 'POLICY_INVALID');
    return value ? [{ overlay: value.overlay, version: value.version, title: value.title, says: value.says, text }] : [];
  });
}

/**
 * Puts a shipped overlay into `policies/overlays` and lets it be signed there; nothing is left of it when it is not.
 * @param sign gets the file, relative to the operator directory
 * @throws {CohortiumError} ARGUMENT_INVALID when there is no such overlay, or a file of its name already
 */
export async function adoptOverlay<Signed>(paths: OperatorPaths, name: string, sign: (file: string) => Promise<Signed>): Promise<Signed> {
  const shipped = shippedOverlays();
  const chosen = shipped.find(({ overlay }) => overlay === name);
  if (!chosen) {
    const names = shipped.map(({ overlay }) => overlay).join(', ');
    throw new CohortiumError('ARGUMENT_INVALID', `there is no overlay '${name}' that comes with the gate; there are: ${names}`);
  }
  const file = `policies/overlays/${name}.yaml`;
  const path = join(paths.directory, file);
  if (existsSync(path)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${file} is there already; 'cohortium gate approve ${file} --as <person>' signs it as it is`,
    );
  }
  mkdirSync(join(paths.policies, 'overlays'), { recursive: true });
  writeFileSync(path, chosen.text);
  try {
    return await sign(file);
  } catch (error) {
    rmSync(path);
    throw error;
  }
}
