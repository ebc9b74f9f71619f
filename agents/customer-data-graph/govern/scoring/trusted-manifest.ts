/**
 * The manifest as scoring and purging may rely on it: whole, as the ledger knows it, and signed by persons of the registry. A purge by a
 * manifest that lost its last lines would take the champion for a model of before.
 */
import type { Workspace } from '../../workspace.ts';
import { refuseShortened } from '../models/approve.ts';
import { readManifest } from '../models/manifest.ts';
import type { ApprovedEntry } from '../models/model-interface.ts';
import { checkSigner } from '../models/signers.ts';

/** @throws {CohortiumError} MANIFEST_DAMAGED, PERSON_NOT_FOUND, APPROVAL_REFUSED */
export async function trustedManifest({ paths, records }: Pick<Workspace, 'paths' | 'records'>): Promise<readonly ApprovedEntry[]> {
  const entries = readManifest(paths.directory);
  await refuseShortened({ records }, entries);
  for (const entry of entries) checkSigner(paths, entry);
  return entries;
}
