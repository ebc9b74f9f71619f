/**
 * Writes segments: one object per retention class for a range that ends at a checkpoint, and a manifest signed by the service. What is
 * written is read again and checked before it leaves. A range is in one segment, ever: custody records say which.
 */
import { z } from 'zod';

import { digestOf, sha256 as sha256Of } from '../../../../skills/sdk/index.ts';
import { type AnchorSource, readForAnchors } from '../../../adapters/sqlite/ledger/segment-source.ts';
import type { Workspace } from '../../workspace.ts';
import type { LockReadBack } from '../anchor-interface.ts';
import { signStatement } from '../attest.ts';
import type { InTotoStatement } from '../attestation-interface.ts';
import { readSegment, segmentName, type SegmentSummary, writeSegment } from '../segment-format.ts';
import type { ExportedSegment } from './anchor-door-interface.ts';
import { checkpointClass, contentOf } from './lock-terms.ts';
import { copyTo, segmentFolder } from './places.ts';

const predicateType = 'https://cohortium.dev/ledger-segment/v1';

/** A file of a segment, before it goes anywhere. */
interface SegmentFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly summary: SegmentSummary;
}

export interface SegmentPlaces {
  /** Locks an object as long and as hard as its class is to be. */
  readonly lock: ((key: string, bytes: Uint8Array, recordClass: string) => Promise<LockReadBack & { readonly place: string }>) | undefined;
  readonly folder: string | undefined;
}

/** The newest range that was exported ends here. */
export function exportedUpTo(exported: readonly ExportedSegment[]): number {
  return exported.reduce((most, { to }) => Math.max(most, to), 0);
}

/**
 * @param isAll writes what is there, whether it is due or not
 * @returns objects, per place
 * @throws {CohortiumError} SEGMENT_INVALID; ANCHOR_NOT_LOCKED, ANCHOR_UNREACHABLE of a place: what is there already stays, and the range
 *   is written again with the same bytes
 */
export async function exportSegments(
  workspace: Workspace,
  places: SegmentPlaces,
  exported: readonly ExportedSegment[],
  isAll: boolean,
): Promise<readonly ExportedSegment[]> {
  const { segments } = workspace.config.anchors;
  const written: ExportedSegment[] = [];
  const begun = await begunRanges(workspace);
  for (let from = exportedUpTo(exported); ;) {
    const files = readForAnchors(workspace.paths.state, (source) => {
      // A range that was begun and did not arrive everywhere is written again as it was.
      const to = source && (begun.get(from) ?? nextEnd(source, from, segments, isAll, workspace.clock.now()));
      return source && to !== undefined ? { to, made: makeFiles(workspace, source, from, to) } : undefined;
    });
    if (!files) return written;
    written.push(...(await send(workspace, places, from, files.to, files.made)));
    from = files.to;
  }
}

async function begunRanges(workspace: Workspace): Promise<ReadonlyMap<number, number>> {
  const created = await workspace.records().ofKind(['custody.created']);
  return new Map(
    created.flatMap(({ body }) => {
      const range = segmentRangeSchema.safeParse(body);
      return range.success ? [[range.data.from, range.data.to] as const] : [];
    }),
  );
}

const segmentRangeSchema = z.looseObject({ what: z.literal('ledger-segment'), from: z.int(), to: z.int() });

/** Where the next segment ends; undefined while none is due. Custody alone never makes one. */
function nextEnd(
  source: AnchorSource,
  from: number,
  { everyRecords, everyMinutes }: Workspace['config']['anchors']['segments'],
  isAll: boolean,
  nowMs: number,
): number | undefined {
  const size = source.newest?.size ?? 0;
  const oldest = source.firstTimeFrom(from);
  if (size <= from || oldest === undefined) return undefined;
  const isDue = isAll || size - from >= everyRecords || nowMs - Date.parse(oldest) >= everyMinutes * 60_000;
  if (!isDue) return undefined;
  // As many records as a segment is to have, up to the checkpoint before that; a group of more ends at its own.
  const near = source.checkpointUpTo(from + everyRecords)?.size ?? 0;
  return near > from ? near : source.checkpointAfter(from)?.size;
}

function makeFiles(workspace: Workspace, source: AnchorSource, from: number, to: number): readonly SegmentFile[] {
  const checkpoint = source.checkpointAt(to)?.note ?? '';
  const stamp = workspace
    .ledger()
    .anchored()
    .findLast(({ kind, size }) => kind === 'timestamp' && size > from && size <= to);
  const timestamp = stamp ? { note: source.checkpointAt(stamp.size)?.note ?? '', token: stamp.evidence } : null;
  return source.classesIn(from, to).map((recordClass) => {
    const plan = { from, to, class: recordClass, content: contentOf(workspace.config.anchors, recordClass), checkpoint, timestamp };
    const bytes = writeSegment(source, plan);
    const { summary } = readSegment(bytes, workspace.keys().verifierKeyFor);
    return { name: segmentName(plan), bytes, sha256: sha256Of(bytes), summary };
  });
}

async function send(
  workspace: Workspace,
  { lock, folder }: SegmentPlaces,
  from: number,
  to: number,
  files: readonly SegmentFile[],
): Promise<readonly ExportedSegment[]> {
  const root = files[0]?.summary.root ?? '';
  const statement: InTotoStatement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType,
    predicate: {
      from,
      to,
      root,
      origin: workspace.keys().origin,
      segments: files.map(({ summary: { class: recordClass, content, leaves, items, bodies } }) => ({
        class: recordClass,
        content,
        leaves,
        items,
        bodies,
      })),
    },
  };
  const envelope = await signStatement(statement, [workspace.keys().attestor()]);
  const manifest = Buffer.from(`${JSON.stringify(envelope)}\n`);
  const range = `${String(from).padStart(12, '0')}-${String(to).padStart(12, '0')}`;
  const manifestName = `seg-${range}.manifest.json`;
  const created = files.map(({ name, sha256, bytes, summary }) => ({
    name,
    sha256,
    bytes: bytes.length,
    class: summary.class,
    content: summary.content,
  }));
  await workspace.records().write(
    [
      {
        kind: 'custody.created',
        stream: `segment ${range}`,
        subject: null,
        body: { what: 'ledger-segment', from, to, root, files: created, manifest: { name: manifestName, sha256: sha256Of(manifest) } },
      },
    ],
    `segment created ${range} ${sha256Of(manifest)}`,
  );
  const exported: ExportedSegment[] = [];
  for (const { name, bytes, sha256, summary } of files) {
    const { class: recordClass, content } = summary;
    const key = `${segmentFolder}${name}`;
    const base = { from, to, class: recordClass, content, key, bytes: bytes.length, sha256 };
    if (folder !== undefined) {
      copyTo(folder, key, bytes);
      exported.push({ ...base, place: folder, lock: null });
    }
    if (lock) {
      const { mode, until, version, place } = await lock(key, bytes, recordClass);
      exported.push({ ...base, place, lock: { mode, until, version } });
    }
  }
  if (folder !== undefined) copyTo(folder, `${segmentFolder}${manifestName}`, manifest);
  if (lock) await lock(`${segmentFolder}${manifestName}`, manifest, checkpointClass);
  const body = { what: 'ledger-segment', files: exported.map((file) => ({ ...file, lock: file.lock && { ...file.lock } })) };
  await workspace
    .records()
    .write([{ kind: 'custody.exported', stream: `segment ${range}`, subject: null, body }], `segment exported ${digestOf(body)}`);
  return exported;
}

/** The segments that custody records say have left, in their order. */
export async function exportedSegments(workspace: Workspace): Promise<readonly ExportedSegment[]> {
  const records = await workspace.records().ofKind(['custody.exported']);
  return records.flatMap(({ body }) => {
    const found = exportedSchema.safeParse(body);
    return found.success ? found.data.files : [];
  });
}

const exportedSchema = z.strictObject({
  what: z.literal('ledger-segment'),
  files: z.array(
    z.strictObject({
      from: z.int(),
      to: z.int(),
      class: z.string(),
      content: z.enum(['bodies', 'skeleton']),
      key: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      place: z.string(),
      lock: z.strictObject({ mode: z.enum(['governance', 'compliance']), until: z.string(), version: z.string() }).nullable(),
    }),
  ),
});
