/**
 * Checks all that was ever approved: the chain and signatures of the manifest, that signers are persons of the registry, that the
 * ledger knows of every line and of no other, the card and the artefact of the champion, and the views. Damage is an answer.
 */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';

import { type ErrorCode, isCohortiumError } from '../../../../skills/sdk/index.ts';
import type { ChampionCheck } from '../govern-interface.ts';
import { type GovernedPlace, recordedApprovals } from './approve.ts';
import { artefactPath, loadArtefact } from './artefact.ts';
import { readCard } from './cards.ts';
import { wrongViews } from './champion-views.ts';
import { championsOf, readManifest } from './manifest.ts';
import { checkSigner } from './signers.ts';

export async function checkChampions(place: GovernedPlace): Promise<ChampionCheck> {
  const { directory } = place.paths;
  const faults: { code: ErrorCode; message: string }[] = [];
  const attempt = <Found>(work: () => Found): Found | undefined => {
    try {
      return work();
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      faults.push({ code: error.code, message: error.message });
      return undefined;
    }
  };
  const entries = attempt(() => readManifest(directory));
  if (!entries) return { isGood: false, entries: 0, champions: 0, faults };
  for (const entry of entries) attempt(() => checkSigner(place.paths, entry));
  const recorded = await recordedApprovals(place);
  const known = new Set<string>(entries.map(({ digest }) => digest));
  for (const { entry, digest } of entries) {
    if (!recorded.includes(digest))
      faults.push({ code: 'MANIFEST_DAMAGED', message: `the ledger has no record of line ${entry.index + 1}` });
  }
  for (const digest of recorded) {
    if (!known.has(digest))
      faults.push({
        code: 'MANIFEST_DAMAGED',
        message: `the ledger records an approval that the manifest lacks, of line digest ${digest}`,
      });
  }
  const champions = championsOf(entries);
  for (const [at, { modelId, card, artefact }] of champions.entries()) {
    attempt(() => readCard(directory, modelId, card));
    // Of earlier ones the artefact may have been purged.
    if (at === champions.length - 1 || existsSync(artefactPath(directory, artefact))) attempt(() => loadArtefact(directory, artefact));
  }
  for (const path of wrongViews(directory, champions, place.config.currency)) {
    faults.push({ code: 'MODEL_FILE_CHANGED', message: `${relative(directory, path)} is not what the manifest says` });
  }
  return { isGood: faults.length === 0, entries: entries.length, champions: champions.length, faults };
}
