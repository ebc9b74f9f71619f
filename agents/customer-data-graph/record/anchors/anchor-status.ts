/** How far the record stands outside of this machine, and since when something waits. Reads only what is here. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { readForAnchors } from '../../../adapters/sqlite/ledger/segment-source.ts';
import type { Workspace } from '../../workspace.ts';
import type { AnchorStatus } from './anchor-door-interface.ts';

/** Places by kind and name, in the order of the configuration. */
export function placesOf({ anchors }: Workspace['config']): readonly string[] {
  const { folder, objectLock, timestamp, witnesses } = anchors;
  const container = objectLock && (objectLock.kind === 'azure' ? objectLock.container : objectLock.bucket);
  return [
    ...(timestamp ? [`time stamps by ${timestamp.url}`] : []),
    ...witnesses.map(({ url }) => `witness ${url}`),
    ...(objectLock ? [`${objectLock.kind}:${container}`] : []),
    ...(folder === undefined ? [] : [`folder ${folder}`]),
  ];
}

/** Leaves under the newest checkpoint that stands at some place outside. */
export function anchoredOutside(workspace: Workspace): number {
  return workspace
    .ledger()
    .anchored()
    .reduce((most, { size }) => Math.max(most, size), 0);
}

export function anchorStatus(workspace: Workspace): Omit<AnchorStatus, 'binds'> {
  const places = placesOf(workspace.config);
  const anchored = anchoredOutside(workspace);
  const { size, waitingSince } = readForAnchors(workspace.paths.state, (source) => ({
    size: source?.newest?.size ?? 0,
    waitingSince: source?.firstTimeFrom(anchored) ?? null,
  }));
  const limitMs = workspace.config.anchors.alarmAfterHours * 3_600_000;
  const isStale = places.length > 0 && waitingSince !== null && workspace.clock.now() - Date.parse(waitingSince) > limitMs;
  return { places, size, anchored, waitingSince, isStale };
}

/** For who looks after the installation. @throws {CohortiumError} ANCHOR_STALE */
export function describeAnchors(workspace: Workspace): string {
  const { places, anchored, size, waitingSince, isStale } = anchorStatus(workspace);
  if (places.length === 0) return 'none outside of this machine, so a history forged here could not be told';
  if (!isStale) return `${anchored} of ${size} records stand outside: ${places.join(', ')}`;
  const message = `records since ${waitingSince} wait for an anchor; ${anchored} of ${size} stand outside (${places.join(', ')})`;
  throw new CohortiumError('ANCHOR_STALE', message, { detail: { anchored, size } });
}
