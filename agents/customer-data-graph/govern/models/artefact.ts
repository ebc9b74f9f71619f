/**
 * The model as a file: canonical JSON under its own SHA-256. Refuses a file whose bytes are not those of its name, and what is no
 * model of this version.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { predictBoosting, readBoosting } from '../../../../skills/cohort/core/boosting/index.ts';
import { canonicalJson, CohortiumError, type Digest, sha256 } from '../../../../skills/sdk/index.ts';
import { designMatrix } from '../training/design-matrix.ts';
import type { FitRows } from '../training/training-interface.ts';
import { modelFiles, replaceFile } from './model-files.ts';
import type { ModelArtefact } from './model-interface.ts';

/** Bytes of an artefact, and the digest that names them. */
export function encodeArtefact(artefact: ModelArtefact): { readonly bytes: Buffer; readonly digest: Digest } {
  const bytes = Buffer.from(canonicalJson(artefact), 'utf8');
  return { bytes, digest: sha256(bytes) };
}

/** Writes an artefact unless it is there. Returns its digest. */
export function storeArtefact(directory: string, artefact: ModelArtefact): Digest {
  const { bytes, digest } = encodeArtefact(artefact);
  const path = artefactPath(directory, digest);
  if (!existsSync(path)) replaceFile(path, bytes);
  return digest;
}

/**
 * Reads a model by its digest.
 * @throws {CohortiumError} MODEL_NOT_FOUND; MODEL_FILE_CHANGED when the bytes are not those of the name, or no model
 */
export function loadArtefact(directory: string, digest: string): ModelArtefact {
  const path = artefactPath(directory, digest);
  if (!existsSync(path)) {
    throw new CohortiumError('MODEL_NOT_FOUND', `there is no model ${digest} in models/artefacts; restore it, or train again`);
  }
  const bytes = readFileSync(path);
  const found = sha256(bytes);
  if (found !== digest) {
    throw new CohortiumError('MODEL_FILE_CHANGED', `models/artefacts/${digest}.json has SHA-256 ${found}: it was edited or damaged`);
  }
  const artefact = JSON.parse(bytes.toString('utf8')) as Partial<ModelArtefact>; // its bytes are those that were written
  if (artefact.format !== 'cohortium/clv-model@1') {
    throw new CohortiumError(
      'MODEL_FILE_CHANGED',
      `models/artefacts/${digest}.json is no cohortium/clv-model@1; found ${String(artefact.format)}`,
    );
  }
  const model = artefact as ModelArtefact; // of that format
  return { ...model, boosting: readBoosting(model.boosting) };
}

export function artefactPath(directory: string, digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw new CohortiumError('MODEL_NOT_FOUND', `a model is named by 64 hex digits; found '${digest.slice(0, 80)}'`);
  }
  return join(modelFiles(directory).artefacts, `${digest}.json`);
}

/** Expected net spend of each customer of the table in the outcome time, minor units, at least 0. */
export function predictValues(artefact: ModelArtefact, rows: FitRows): Float64Array {
  const { columns } = designMatrix(rows, artefact.features, artefact.history);
  return predictBoosting(artefact.boosting, columns).map((value) => Math.max(0, value) * artefact.scaleMinor);
}
