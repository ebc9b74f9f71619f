/**
 * The times of requests that belong to no single one: every clock of every right at a place, and when the log of what was answered may
 * go. Lets nothing go before the longest time that a law asks to keep it for, and counts no clock for what is no place.
 */
import { isPlaceCode } from '../../../skills/gate/core/jurisdiction.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { addMonths, dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { Workspace } from '../workspace.ts';
import { clocksOf } from './request-clocks.ts';
import type { DeadlineRow, RequestDoor } from './request-interface.ts';
import { requestKinds } from './request-kinds.ts';
import type { RequestLaw } from './request-law.ts';
import { finalStatuses } from './request.ts';

/** Removes what need not be kept any more, with the keys of its records. */
export async function purgeRequests(
  workspace: Pick<Workspace, 'clock' | 'policies' | 'requests' | 'vault'>,
  { isDryRun }: Parameters<RequestDoor['purge']>[0],
): ReturnType<RequestDoor['purge']> {
  const { bundle } = await workspace.policies().session();
  const rows = bundle.law.files
    .flatMap(({ retention }) => retention)
    .filter(({ kind, records }) => kind === 'floor' && records.includes('request'));
  const months = rows.reduce((most, row) => Math.max(most, (row.months ?? 0) + 12 * (row.years ?? 0)), 0);
  const before = isoDate(addMonths(Math.floor(workspace.clock.now() / 86_400_000), -months) ?? 0);
  const over = workspace
    .requests()
    .all()
    .filter(({ status, receivedAt, answeredAt }) => finalStatuses.has(status) && (answeredAt ?? receivedAt).slice(0, 10) < before)
    .map(({ id }) => id);
  if (!isDryRun && over.length > 0) {
    const kids = over.flatMap((id) =>
      workspace
        .vault()
        .entriesOf(`request:${id}`)
        .map(({ kid }) => kid),
    );
    workspace.vault().shred(kids, workspace.clock.now());
    workspace.requests().purge(over, new Date(workspace.clock.now()).toISOString());
  }
  return { before, requests: over, rule: rows.map(({ id }) => id).join(', ') };
}

/**
 * @param received ISO date
 * @param residence ISO 3166 code; every place that has a law where absent
 * @throws {CohortiumError} ARGUMENT_INVALID
 */
export async function deadlinesAt(
  workspace: Pick<Workspace, 'config' | 'policies'>,
  known: RequestLaw,
  received: string,
  residence: string | undefined,
): Promise<readonly DeadlineRow[]> {
  if (dayOfIsoDate(received) === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `an ISO date such as 2026-01-31 was expected; found '${received}'`);
  requirePlace(residence ?? '');
  const { config } = workspace;
  const { bundle } = await workspace.policies().session();
  const places = residence === undefined ? [...new Set(bundle.law.files.map(({ jurisdiction }) => jurisdiction))] : [residence];
  return places.flatMap((place) =>
    requestKinds.flatMap((kind) =>
      known.givenBy(kind, place, received).map((basis): DeadlineRow => ({
        regime: basis.regime,
        citation: basis.citation,
        kind,
        ...clocksOf(kind, received, [basis], config.gate.counsel.holidays, config.requests.days),
      })),
    ),
  );
}

/**
 * Where nobody says where a person lives, every clock is the operator's own; a word that is no place would pass for that unseen.
 * @throws {CohortiumError} ARGUMENT_INVALID
 */
export function requirePlace(residence: string): void {
  if (residence.trim() === '' || isPlaceCode(residence)) return;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `residence: a code of ISO 3166 such as DE, US-CA or CA-QC, or EU, was expected; found '${residence.slice(0, 40)}'`,
  );
}
