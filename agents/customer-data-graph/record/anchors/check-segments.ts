/** Segments as they come back: fetched by version, or read from the folder, checked alone and as one unbroken range, kept where asked for. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { CohortiumError, isCohortiumError, sha256 } from '../../../../skills/sdk/index.ts';
import { verifyToken } from '../../../adapters/timestamp/verify-token.ts';
import type { Workspace } from '../../workspace.ts';
import { readSegment } from '../segment-format.ts';
import type { AnchorFault, ExportedSegment, SegmentCheck } from './anchor-door-interface.ts';
import { trustedOf } from './anchor-now.ts';
import { exportedSegments } from './export-segments.ts';
import { openStore } from './open-store.ts';
import { copyTo } from './places.ts';

/** @param folder where what was found good is written */
export async function checkSegments(workspace: Workspace, folder: string | undefined): Promise<SegmentCheck> {
  const { objectLock } = workspace.config.anchors;
  const store = objectLock && (await openStore(objectLock, workspace.paths.directory, process.env));
  const segments: SegmentCheck['segments'][number][] = [];
  const faults: AnchorFault[] = [];
  try {
    for (const exported of await exportedSegments(workspace)) {
      try {
        const bytes = await fetchBytes(exported, store?.id, store?.read);
        if (!bytes) continue;
        const { summary, timestamp } = readSegment(bytes, workspace.keys().verifierKeyFor);
        if (sha256(bytes) !== exported.sha256)
          throw new CohortiumError('SEGMENT_INVALID', 'it holds together, and is not the one that was written');
        const trusted = trustedOf(workspace);
        if (timestamp && trusted !== '')
          verifyToken(Buffer.from(timestamp.token, 'base64'), { data: Buffer.from(timestamp.note), trusted });
        segments.push({ ...exported, leaves: summary.leaves, bodies: summary.bodies });
        if (folder !== undefined) copyTo(resolve(folder), exported.key, bytes);
      } catch (error) {
        if (!isCohortiumError(error)) throw error;
        faults.push({ code: error.code, message: `${exported.place}, ${exported.key}: ${error.message}`, index: exported.from });
      }
    }
    return { segments, faults };
  } finally {
    store?.close();
  }
}

/** Undefined for a place that is configured no more. */
async function fetchBytes(
  { place, key, lock }: ExportedSegment,
  store: string | undefined,
  read: ((key: string, version: string) => Promise<Uint8Array>) | undefined,
): Promise<Uint8Array | undefined> {
  if (lock) return place === store && read ? read(key, lock.version) : undefined;
  const path = join(place, key);
  if (existsSync(path)) return readFileSync(path);
  throw new CohortiumError('SEGMENT_INVALID', `${path} is gone`);
}
