/** How far the record stands at each place outside of this machine, and since when something waits. Reads only what is here. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { type AnchorSource, readForAnchors } from '../../../adapters/sqlite/ledger/segment-source.ts';
import type { Workspace } from '../../workspace.ts';
import type { AnchorReceipt } from '../anchor-interface.ts';
import type { AnchorStatus, PlaceStatus } from './anchor-door-interface.ts';
import { configuredPlaces, isAt } from './configured-places.ts';

/** By place, so that what one has never speaks for another. @param source undefined where there is no ledger */
export function placeStatuses(
  workspace: Workspace,
  source: AnchorSource | undefined,
): readonly (PlaceStatus & Pick<AnchorReceipt, 'kind' | 'place'>)[] {
  const receipts = workspace.ledger().anchored();
  return configuredPlaces(workspace).map((place) => {
    const anchored = receipts.filter((receipt) => isAt(receipt, place)).reduce((most, { size }) => Math.max(most, size), 0);
    return { ...place, anchored, waitingSince: source?.firstTimeFrom(anchored) ?? null };
  });
}

export function anchorStatus(workspace: Workspace): Omit<AnchorStatus, 'binds'> {
  const { size, found } = readForAnchors(workspace.paths.state, (source) => ({
    size: source?.newest?.size ?? 0,
    found: placeStatuses(workspace, source),
  }));
  const places = found.map(({ name, anchored, waitingSince }) => ({ name, anchored, waitingSince }));
  const anchored = places.reduce((most, place) => Math.max(most, place.anchored), 0);
  // Times are ISO 8601 in UTC: as text, the least is the oldest.
  const [waitingSince = null] = places.flatMap((place) => place.waitingSince ?? []).sort();
  const limitMs = workspace.config.anchors.alarmAfterHours * 3_600_000;
  const isStale = waitingSince !== null && workspace.clock.now() - Date.parse(waitingSince) > limitMs;
  return { places, size, anchored, waitingSince, isStale };
}

/** Where records wait, in words. */
export function describeWaiting({ places, size, waitingSince }: Pick<AnchorStatus, 'places' | 'size' | 'waitingSince'>): string {
  const waiting = places.filter((place) => place.waitingSince !== null);
  return `records since ${waitingSince} wait for an anchor: ${placeWords(waiting)} of ${size} records`;
}

/** For who looks after the installation. @throws {CohortiumError} ANCHOR_STALE */
export function describeAnchors(workspace: Workspace): string {
  const status = anchorStatus(workspace);
  const { places, anchored, size, waitingSince, isStale } = status;
  if (places.length === 0) return 'none outside of this machine, so a history forged here could not be told';
  if (isStale) throw new CohortiumError('ANCHOR_STALE', describeWaiting(status), { detail: { anchored, size } });
  const rest = waitingSince === null && anchored < size ? ', the rest is custody' : '';
  return `${anchored} of ${size} records stand outside${rest}: ${placeWords(places)}`;
}

function placeWords(places: AnchorStatus['places']): string {
  return places.map(({ name, anchored }) => `${name} has ${anchored === 0 ? 'none yet' : anchored}`).join(', ');
}
