/**
 * Backups bring erased persons back. The ledger says which erasures are through: where a store has been through fewer, an object that went
 * is there again, or a key is live that was destroyed, every erasure is done again before anything reads. Whom they were about is found
 * by keyed hashes, because nothing that is kept names them.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import { refsIn } from '../../../orchestrator/index.ts';
import { CohortiumError, type Json } from '../../../skills/sdk/index.ts';
import { identitiesOfSegments } from '../../adapters/duckdb/segment-identities.ts';
import type { SegmentEntry } from '../../adapters/duckdb/segment-schema.ts';
import { markErased } from '../../adapters/files/erased-content.ts';
import { unlistedObjects } from '../../adapters/files/object-list.ts';
import { type ErasureJournal, openErasureJournal, type RewrittenFile } from '../../adapters/sqlite/erase-journal.ts';
import { eraseBodies } from '../../adapters/sqlite/ledger/erase-bodies.ts';
import { erasuresOnRecord } from '../../adapters/sqlite/ledger/erasures-on-record.ts';
import { namesInRows } from '../../adapters/sqlite/names-in-rows.ts';
import { effectTexts } from '../../adapters/sqlite/run-effects.ts';
import { customerIdOf, type Identity, identityOf, ownerOf } from '../identities/identity.ts';
import type { Workspace } from '../workspace.ts';
import { namesInContent } from './erase-content.ts';
import type { ErasureParts, Finding } from './eraser-interface.ts';
import { type ErasedPlace, erasersOf } from './erasers.ts';
import type { RestoreReport } from './erasure-interface.ts';
import { soughtOf } from './find-person.ts';
import { goneDigests } from './gone-digests.ts';
import { namesInBodies } from './names-in-bodies.ts';
import { isBehind, settleStores, stampedStores } from './settle-stores.ts';
import { shredAgain } from './shred-again.ts';
import { namesInStore, removeUnnamed } from './unnamed-objects.ts';

/** What shows without opening a store that something is older than the ledger; in words, empty when nothing is. */
export function olderThanLedger({ paths }: Pick<Workspace, 'paths'>): readonly string[] {
  const { state, directory } = paths;
  const { completed } = erasuresOnRecord(state);
  if (completed.length === 0) return [];
  const older = stampedStores(state).filter((name) => isBehind(state, name, completed.length));
  const unlisted = unlistedObjects(join(state, 'content'), completed.length);
  older.push(...(unlisted?.map((digest) => `content object ${digest}`) ?? ['content']));
  const journal = openErasureJournal(state);
  try {
    if (journal.applied().size < completed.length) older.push('erasures.db');
    for (const file of journal.files()) if (!beginsAs(directory, file)) older.push(file.path);
  } finally {
    journal.close();
  }
  return older;
}

/**
 * Does what erasures have done again. Cheap where nothing was put back.
 * @throws {CohortiumError} ERASURE_INCOMPLETE when the list of whom an erasure was about is gone
 */
export async function restoreErasures(workspace: Workspace, parts: ErasureParts): Promise<RestoreReport> {
  const { paths, vault, records, clock } = workspace;
  const { completed } = erasuresOnRecord(paths.state);
  const none: RestoreReport = { erasures: completed.length, keys: 0, bodies: 0, erased: [] };
  if (completed.length === 0) return none;
  let [keys, bodies] = [0, 0];
  const lifted = new Set(
    (await records().ofKind(['override'])).flatMap(({ body }) => (typeof body?.['erasure'] === 'string' ? [body['erasure']] : [])),
  );
  const missing: string[] = [];
  let newest = '';
  for (const { index, body } of await records().ofKind(['erasure.completed'])) {
    const kids = Array.isArray(body?.['kids']) ? body['kids'].map(String) : [];
    const erasure = typeof body?.['erasure'] === 'string' ? body['erasure'] : '';
    newest = erasure;
    keys += shredAgain(vault(), kids, clock.now()).length;
    bodies += eraseBodies(paths.state, kids, Number(body?.['started'] ?? index));
    if (
      !lifted.has(erasure) &&
      !workspace
        .suppressed()
        .all()
        .some((one) => one.erasure === erasure)
    )
      missing.push(erasure);
  }
  const older = olderThanLedger(workspace);
  if (older.length === 0) return { ...none, keys, bodies };
  const [first] = missing;
  if (first !== undefined) {
    throw new CohortiumError(
      'ERASURE_INCOMPLETE',
      `${older.slice(0, 3).join(', ')}: an older copy was put back, and registries/erasures/${first}.json, by which erasure ${first} is done again, is gone; restore it`,
    );
  }
  const content = join(paths.state, 'content');
  const unlisted = unlistedObjects(content, completed.length);
  const putBack = new Set(unlisted ?? namesInStore(content));
  const kept = new Set(namesInStore(content).filter((name) => !putBack.has(name)));
  await parts.settle();
  await workspace.refresh();
  const erased: Finding[] = [];
  const journal = openErasureJournal(paths.state);
  try {
    for (const [erasure, owners] of await personsAgain(workspace)) {
      const identities = [...owners].map(identityOf);
      erased.push(...(await eraseAgain(workspace, parts, journal, erasure, identities)));
      settleStores(paths, { id: erasure, erased });
    }
    if (older.includes('runs.db') || older.includes('content')) erased.push(...(await nameLost(workspace, parts, journal, newest)));
    // Without a list nobody knows what was put back: objects that only sealed bodies name may have been here all the time.
    const named = unlisted === undefined ? await namesInBodies(workspace) : new Set<string>();
    const unnamed = named === undefined ? 0 : removeUnnamed(paths.directory, content, new Set([...kept, ...named]));
    if (unnamed > 0) erased.push({ store: 'content', what: 'objects that nothing names', count: unnamed });
  } finally {
    journal.close();
  }
  for (const id of new Set([
    newest,
    ...workspace
      .suppressed()
      .all()
      .map(({ erasure }) => erasure),
  ]))
    settleStores(paths, { id, erased: [] });
  await workspace.refresh();
  return { erasures: completed.length, keys, bodies, erased };
}

/** Goes through every store as the erasure did; under way, digests of what goes are kept as they are in an erasure. */
async function eraseAgain(
  { paths, content }: Workspace,
  parts: ErasureParts,
  journal: ErasureJournal,
  erasure: string,
  identities: readonly Identity[],
): Promise<readonly Finding[]> {
  const { secret, gone } = journal.names(erasure);
  const sought = soughtOf(erasure, identities, identities.map(customerIdOf), goneDigests(secret, gone));
  const segments = new Map<string, SegmentEntry | null>();
  const place: ErasedPlace = {
    directory: paths.directory,
    state: paths.state,
    content,
    segments: () => segments,
    eraseAttributes: parts.eraseAttributes,
    remember: (renamed) => {
      for (const [old, entry] of renamed) segments.set(old, entry);
    },
    rememberGone: (digests) => journal.saveGone(erasure, digests),
  };
  const erased: Finding[] = [];
  // Twice: what is found in one store may be named in another that was looked through before.
  for (const eraser of [...erasersOf(place), ...erasersOf(place)]) erased.push(...(await eraser.erase(sought)));
  return erased;
}

/**
 * An older copy of the runs names objects that went meanwhile by the digests that they had, and an older copy of the objects has not what
 * stands for them. What is left of which one is known to nobody, so these get names under which nothing is.
 */
async function nameLost(workspace: Workspace, parts: ErasureParts, journal: ErasureJournal, erasure: string): Promise<readonly Finding[]> {
  const { paths, content } = workspace;
  const folder = join(paths.state, 'content');
  const named = effectTexts(paths.state).flatMap(({ input, output }) => refsIn([JSON.parse(input) as Json, JSON.parse(output) as Json]));
  const lost = named.filter((ref) => !content.has(ref) && workspace.erasedBy(ref) === undefined).map(({ digest }) => digest);
  if (lost.length === 0) return [];
  const { secret, gone: known } = journal.names(erasure);
  const gone = goneDigests(secret, [...known, ...lost]);
  journal.saveGone(erasure, gone.all());
  for (const digest of lost) {
    const name = gone.nameOf(digest);
    markErased(join(folder, name.slice(0, 2), name), { erasure, replacement: null });
  }
  return eraseAgain(workspace, parts, journal, erasure, []);
}

/** Owners that are there again, by erasure. */
async function personsAgain(workspace: Workspace): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { paths } = workspace;
  const found = new Map<string, Set<string>>();
  const list = workspace.suppressed();
  const look = (name: string): void => {
    const owner = ownerOf(identityOf(name));
    const erasure = list.erasureOf(owner);
    if (erasure === undefined) return;
    const owners = found.get(erasure) ?? new Set<string>();
    owners.add(owner);
    found.set(erasure, owners);
  };
  for (const name of namesInRows(paths.state, stampedStores(paths.state))) look(name);
  for (const name of await identitiesOfSegments(paths.state)) look(name);
  for (const name of namesInContent(join(paths.state, 'content'))) look(name);
  return found;
}

/** Whether a file begins as an erasure left it. */
function beginsAs(directory: string, { path, bytes, sha256 }: RewrittenFile): boolean {
  const file = join(directory, path);
  if (!existsSync(file)) return true; // gone is erased
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(bytes);
    if (readSync(descriptor, head, 0, bytes, 0) < bytes) return false;
    return createHash('sha256').update(head).digest('hex') === sha256;
  } finally {
    closeSync(descriptor);
  }
}
