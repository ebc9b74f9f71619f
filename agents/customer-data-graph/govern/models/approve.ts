/**
 * The one way that a model or its windows come into force: a person other than who proposed it signs, and a line is appended to the
 * manifest. Then the ledger, the views and cohortium.yaml follow; after a crash they follow at the next call. Refuses a proposal that
 * is decided, stale or not as it was signed, and one whose files are not those that were proposed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { canonicalJson, CohortiumError, sha256 } from '../../../../skills/sdk/index.ts';
import { isSameKey } from '../../../adapters/files/person-keys.ts';
import { statedReason } from '../../record/attest-act.ts';
import { attestAsPerson } from '../../record/attest-person.ts';
import type { RecordToWrite } from '../../record/record-interface.ts';
import type { Workspace } from '../../workspace.ts';
import { loadArtefact } from './artefact.ts';
import { readCard } from './cards.ts';
import { championOf } from './champion-of-card.ts';
import { settleViews } from './champion-views.ts';
import { championsOf, previousOf, readManifest, signedBytes } from './manifest.ts';
import { modelFiles, readIfThere, replaceFile } from './model-files.ts';
import type { ApprovedEntry, ManifestEntry, NamedFile, Proposal } from './model-interface.ts';
import { driftMonitor, readPerson, signerOf } from './people.ts';
import { lastOfKind, readProposal } from './proposals.ts';
import { checkSigner } from './signers.ts';
import { writeWindows } from './write-windows.ts';

export type GovernedPlace = Pick<Workspace, 'paths' | 'config' | 'clock' | 'content' | 'ledger' | 'records'>;

const approvalKind = 'model-change';

/**
 * @param by person id
 * @param why stands in the signed line
 * @throws {CohortiumError} ARGUMENT_INVALID without a reason; PROPOSAL_NOT_FOUND, PROPOSAL_DECIDED, PROPOSAL_STALE, APPROVAL_REFUSED, PERSON_NOT_FOUND,
 * MODEL_FILE_CHANGED, MODEL_NOT_FOUND, MANIFEST_DAMAGED, LEDGER_KEY_UNSAFE
 */
export async function approveProposal(place: GovernedPlace, id: string, by: string, why: string): Promise<ApprovedEntry> {
  const { paths, clock } = place;
  const note = statedReason(why);
  await settle(place, readManifest(paths.directory));
  // Read again: while that was settled, another call of this process may have approved. From here to the new line nothing waits.
  const entries = readManifest(paths.directory);
  const proposal = readProposal(paths, id);
  const decided = entries.find(({ entry }) => entry.proposal === id);
  if (decided) {
    throw new CohortiumError(
      'PROPOSAL_DECIDED',
      `'${id}' was approved by ${decided.entry.approvedBy} on ${decided.entry.approvedAt}, line ${decided.entry.index + 1} of the manifest`,
    );
  }
  if (proposal.proposedBy === by) {
    throw new CohortiumError('APPROVAL_REFUSED', `'${id}' was proposed by ${by}; somebody else has to approve it`);
  }
  if (by === driftMonitor) {
    throw new CohortiumError('APPROVAL_REFUSED', `'${id}' waits for a person; ${by} is the agent itself, which only proposes`);
  }
  if (proposal.replaces !== lastOfKind(entries, proposal.change.kind)) {
    throw new CohortiumError(
      'PROPOSAL_STALE',
      `'${id}' was to replace what was in force on ${proposal.proposedAt}; another one was approved since`,
    );
  }
  const { person, sign } = signerOf(paths, by);
  if (isSameKey(person.key, readPerson(paths, proposal.proposedBy).key)) {
    throw new CohortiumError(
      'APPROVAL_REFUSED',
      `${by} has the key of ${proposal.proposedBy}, who proposed '${id}'; somebody else has to approve it`,
    );
  }
  checkSubject(place, proposal);
  const statement: Omit<ManifestEntry, 'signature'> = {
    format: 'cohortium/champion-manifest@1',
    index: entries.length,
    previous: previousOf(entries),
    proposal: id,
    change: proposal.change,
    proposedBy: proposal.proposedBy,
    approvedBy: by,
    approvedAt: new Date(clock.now()).toISOString(),
    note,
    key: person.key,
  };
  const line = canonicalJson({ ...statement, signature: sign(signedBytes(statement)) });
  const { manifest } = modelFiles(paths.directory);
  replaceFile(manifest, `${readIfThere(manifest) ?? ''}${line}\n`);
  const after = readManifest(paths.directory);
  await settle(place, after);
  const [entry] = after.slice(-1);
  if (!entry) throw new CohortiumError('INTERNAL', 'the manifest is empty after an entry was appended to it');
  return entry;
}

/** What follows from the manifest: records of the ledger, views, and the windows of cohortium.yaml. Does nothing that was done before. */
async function settle(place: GovernedPlace, entries: readonly ApprovedEntry[]): Promise<void> {
  const { paths, config } = place;
  await refuseShortened(place, entries);
  if (entries.length === 0) return;
  // A line is recorded, and so made good, only where a person of the registry has signed it.
  for (const approved of entries) checkSigner(paths, approved);
  const known = new Set(await recordedApprovals(place));
  const missing = entries.filter(({ digest }) => !known.has(digest));
  // Before the record: what the ledger knows of has been brought in, and who changes it by hand afterwards meant to.
  for (const { entry } of missing) {
    // What this process has read of cohortium.yaml follows, so that it trains with what was approved.
    if (entry.change.kind === 'windows' && writeWindows(paths.config, entry.change.windows)) {
      Object.assign(config.champion, entry.change.windows.after);
    }
  }
  await recordApprovals(place, missing, entries);
  settleViews(paths.directory, championsOf(entries), config.currency);
}

/** A chain whose last lines are gone is whole by itself; only the ledger knows of them. */
export async function refuseShortened(place: Pick<GovernedPlace, 'records'>, entries: readonly ApprovedEntry[]): Promise<void> {
  const known = new Set<string>(entries.map(({ digest }) => digest));
  if ((await recordedApprovals(place)).every((digest) => known.has(digest))) return;
  throw new CohortiumError(
    'MANIFEST_DAMAGED',
    `models/champion_manifest.jsonl ends after line ${entries.length}, and the ledger records further approvals; restore the file from a copy`,
  );
}

/** Appends what the ledger does not have, with what the person who approved signs about it. */
async function recordApprovals(place: GovernedPlace, missing: readonly ApprovedEntry[], entries: readonly ApprovedEntry[]): Promise<void> {
  if (missing.length === 0) return;
  const written: RecordToWrite[] = [];
  for (const { entry, digest } of missing) {
    const { change, approvedBy: by, approvedAt: at, note } = entry;
    const attestation = await attestAsPerson(place, {
      kind: 'champion-approval',
      by,
      at,
      decision: `approve ${change.kind}`,
      rationale: note,
      subjects: [
        { name: `models/champion_manifest.jsonl#${entry.index + 1}`, sha256: digest },
        ...(change.kind === 'champion' ? [{ name: `card of ${change.champion.modelId}`, sha256: change.champion.card }] : []),
      ],
      about: null,
    });
    written.push({
      kind: approvalKind,
      stream: digest,
      subject: null,
      body: changeBody(entry, digest, entries),
      ...(attestation ? { attestation } : {}),
    });
  }
  const size = place.ledger().checkpoints().at(-1)?.size ?? 0;
  await place.records().write(written, `${approvalKind} ${missing.at(-1)?.digest ?? ''} ${size}`);
}

/** A champion in force retires the one before it. */
function changeBody(
  { index, change, proposedBy, approvedBy, note }: ManifestEntry,
  digest: string,
  entries: readonly ApprovedEntry[],
): RecordToWrite['body'] {
  const before = championsOf(entries.slice(0, index)).at(-1);
  const isChampion = change.kind === 'champion';
  const none = { absent: 'the change is not of a champion' };
  return {
    change: change.kind,
    entry: digest,
    index,
    model: isChampion ? change.champion.modelId : none,
    card: isChampion ? change.champion.card : none,
    retires: isChampion ? (before?.modelId ?? { absent: 'it is the first champion' }) : none,
    by: { proposed: proposedBy, approved: approvedBy },
    rationale: note,
  };
}

/** Digests of manifest lines that the ledger has, in its order. */
export async function recordedApprovals({ records }: Pick<GovernedPlace, 'records'>): Promise<readonly string[]> {
  const found = await records().ofKind([approvalKind]);
  return found.flatMap(({ body }) => (typeof body?.['entry'] === 'string' ? [body['entry']] : []));
}

/** What is approved must lie there as it was proposed. */
function checkSubject({ paths: { directory }, config }: GovernedPlace, { change }: Proposal): void {
  if (change.kind === 'windows') {
    for (const file of [change.windows.results, change.windows.trials]) checkFile(directory, file);
    const { historyMonths, predMonths } = config.champion;
    const { before } = change.windows;
    if (before.historyMonths === historyMonths && before.predMonths === predMonths) return;
    throw new CohortiumError(
      'PROPOSAL_STALE',
      `the proposal was to replace ${before.historyMonths} × ${before.predMonths} months; cohortium.yaml has ${historyMonths} × ${predMonths} now`,
    );
  }
  if (change.kind === 'tuning') return checkAlert(directory, change.tuning.firstAlert);
  const { champion } = change;
  loadArtefact(directory, champion.artefact);
  const card = readCard(directory, champion.modelId, champion.card);
  if (canonicalJson(championOf(card, champion.card)) !== canonicalJson(champion)) {
    throw new CohortiumError('MODEL_FILE_CHANGED', `the card of ${champion.modelId} does not say what the proposal says of it`);
  }
}

function checkAlert(directory: string, { name, sha256: expected }: NamedFile): void {
  const text = readIfThere(join(directory, 'outputs', name));
  if (text !== undefined && sha256(text) === expected) return;
  throw new CohortiumError(
    'MODEL_FILE_CHANGED',
    `outputs/${name}, which the proposal rests on, was edited or removed; restore it from a copy`,
  );
}

function checkFile(directory: string, { name, sha256: expected }: NamedFile): void {
  const path = join(modelFiles(directory).gridSearch, name);
  if (existsSync(path) && sha256(readFileSync(path)) === expected) return;
  throw new CohortiumError(
    'MODEL_FILE_CHANGED',
    `outputs/grid_search/${name} was edited or removed after the proposal; run 'cohortium tune windows' again`,
  );
}
