/**
 * models/champion_manifest.jsonl: what was approved, by whom, one canonical JSON line each, chained by SHA-256 and signed by the
 * approver. Refuses a manifest with a line that was edited, moved, doubled or taken out of the middle, and names the line.
 */
import { z } from 'zod';

import { canonicalJson, CohortiumError, sha256 } from '../../../../skills/sdk/index.ts';
import { isSignedWith } from '../../../adapters/files/person-keys.ts';
import { operatorPaths } from '../../config.ts';
import { modelFiles, readIfThere } from './model-files.ts';
import type { ApprovedChampion, ApprovedEntry, ManifestEntry } from './model-interface.ts';
import { changeSchema } from './proposed-change.ts';
import { checkSigner } from './signers.ts';

/** What the first line has for the line before. */
const beforeFirst = '0'.repeat(64);

const entrySchema = z.strictObject({
  format: z.literal('cohortium/champion-manifest@1'),
  index: z.int().min(0),
  previous: z.string(),
  proposal: z.string(),
  change: changeSchema,
  proposedBy: z.string(),
  approvedBy: z.string(),
  approvedAt: z.string(),
  note: z.string(),
  key: z.string(),
  signature: z.string(),
});

/**
 * Every approved line, oldest first, each checked.
 * @throws {CohortiumError} MANIFEST_DAMAGED naming the first line that is not as it was written
 */
export function readManifest(directory: string): readonly ApprovedEntry[] {
  const text = readIfThere(modelFiles(directory).manifest) ?? '';
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.pop() !== '') throw damaged(lines.length + 1, 'does not end in a line break: it was cut');
  const entries: ApprovedEntry[] = [];
  for (const [index, line] of lines.entries()) entries.push(checkLine(line, index, entries.at(-1)));
  return entries;
}

function checkLine(line: string, index: number, before: ApprovedEntry | undefined): ApprovedEntry {
  const number = index + 1;
  const parsed = entrySchema.safeParse(parseJson(line));
  if (!parsed.success) throw damaged(number, 'is no entry of this manifest');
  const entry = parsed.data as ManifestEntry; // digests are strings to the schema
  if (canonicalJson(entry) !== line) throw damaged(number, 'is not written as canonical JSON');
  if (entry.index !== index) throw damaged(number, `says that it is entry ${entry.index}; a line was put in, moved or taken out`);
  const previous = before?.digest ?? beforeFirst;
  if (entry.previous !== previous) {
    throw damaged(
      number,
      index === 0 ? 'is not the first that was written' : `does not follow line ${number - 1}: one of the two was edited`,
    );
  }
  if (!isSignedWith(entry.key, signedBytes(entry), entry.signature))
    throw damaged(number, `is not signed by the key it names, of ${entry.approvedBy}`);
  return { entry, digest: sha256(line) };
}

function damaged(line: number, what: string): CohortiumError {
  return new CohortiumError('MANIFEST_DAMAGED', `models/champion_manifest.jsonl:${line} ${what}; restore the file from a copy`, {
    detail: { line },
  });
}

/** What the approver's signature is over. */
export function signedBytes({
  signature: _signature,
  ...statement
}: ManifestEntry | (Omit<ManifestEntry, 'signature'> & { signature?: string })): Uint8Array {
  return new TextEncoder().encode(canonicalJson(statement));
}

/** `previous` of a line that comes after these. */
export function previousOf(entries: readonly ApprovedEntry[]): string {
  return entries.at(-1)?.digest ?? beforeFirst;
}

/** Champions of a checked manifest, oldest first. */
export function championsOf(entries: readonly ApprovedEntry[]): readonly ApprovedChampion[] {
  return entries.flatMap(({ entry: { change, approvedBy, approvedAt }, digest }) =>
    change.kind === 'champion' ? [{ ...change.champion, approvedBy, approvedAt, entry: digest }] : [],
  );
}

/**
 * The model that was approved last, by a person of the registry; undefined before the first.
 * @throws {CohortiumError} MANIFEST_DAMAGED, and as checkSigner
 */
export function currentChampion(directory: string): ApprovedChampion | undefined {
  const last = readManifest(directory).findLast(({ entry }) => entry.change.kind === 'champion');
  if (!last) return undefined;
  checkSigner(operatorPaths(directory), last);
  return championsOf([last])[0];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
