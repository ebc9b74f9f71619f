/** How identities and links are shown to people: hashes cut short, everything else as it is. */
import type { IdentityLink } from '../../../../agents/customer-data-graph/interface.ts';
import { formatPercent } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { formatTable } from '../../format-table.ts';

/** The names of an action. @throws {CohortiumError} ARGUMENT_INVALID when there are more or fewer */
export function takeNames(action: string, names: readonly string[], count: number, expected: string): readonly string[] {
  if (names.length === count) return names;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    count === 0
      ? `graph ${action} takes no names; found ${names.join(' ')}`
      : `graph ${action} needs ${expected}; found ${names.length === 0 ? 'nothing' : names.join(' ')}`,
  );
}

/** `email:3b7c…` for a hash; --json has all of it. */
export function shortIdentity(identity: string): string {
  return identity.replace(/^(email|phone):([0-9a-f]{8})[0-9a-f]{56}$/, '$1:$2…');
}

/** `2026-01-31 12:00` */
export function shortInstant(at: string): string {
  return at.slice(0, 16).replace('T', ' ');
}

export function linkLines(links: readonly IdentityLink[]): string[] {
  return formatTable(
    [
      { head: 'identity' },
      { head: 'identity' },
      { head: 'source' },
      { head: 'sure', align: 'right' },
      { head: 'since' },
      { head: 'until' },
      { head: 'times', align: 'right' },
      { head: 'joins' },
    ],
    links.map(({ left, right, source, confidence, firstAt, lastAt, evidence, refusal, reason }) => [
      shortIdentity(left),
      shortIdentity(right),
      source,
      formatPercent(confidence, 0),
      shortInstant(firstAt),
      shortInstant(lastAt),
      String(evidence),
      [refusal === null ? 'yes' : `no: ${refusal}`, ...(reason === null ? [] : [reason])].join(', '),
    ]),
  );
}
