/** What a person says about two identities, as a signal of the log. */
import { CohortiumError, digestOf } from '../../../skills/sdk/index.ts';
import { type Identity, ownerOf } from '../identities/identity.ts';
import { maxReasonLength } from '../identities/statement-reason.ts';

export interface Statement {
  readonly isLink: boolean;
  readonly left: Identity;
  readonly right: Identity;
  readonly reason: string;
  readonly atMs: number;
}

/** A signal as it arrives; the same statement at the same time has the same id. */
export function statementSignal({
  isLink,
  left,
  right,
  reason,
  atMs,
}: Statement): { readonly id: string } & Readonly<Record<string, unknown>> {
  const type = isLink ? 'identity-link' : 'identity-unlink';
  return {
    id: `graph-${digestOf([type, ownerOf(left), ownerOf(right), reason, atMs]).slice(0, 24)}`,
    type,
    customer: customerOf(left),
    at: new Date(atMs).toISOString(),
    properties: { left, right, reason },
  };
}

/**
 * Who decides and why, in one line.
 * @throws {CohortiumError} ARGUMENT_INVALID when one of them is missing, or both are too long for a signal
 */
export function checkDecision(
  { by, note }: { readonly by: string; readonly note: string },
  reasonOf: (by: string, note: string) => string,
): string {
  const [who, why] = [by.trim(), note.trim()];
  if (who === '') throw new CohortiumError('ARGUMENT_INVALID', 'a link is decided by somebody; say who decides');
  if (why === '') throw new CohortiumError('ARGUMENT_INVALID', 'a decision needs a note that says why; found none');
  const reason = reasonOf(who, why);
  if (reason.length <= maxReasonLength) return reason;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `name and note have ${reason.length} characters together; a signal holds ${maxReasonLength}, so shorten the note`,
  );
}

function customerOf({ kind, value }: Identity): Readonly<Record<string, string>> {
  const names = { user: 'userId', loyalty: 'loyaltyId', email: 'emailHash', phone: 'phoneHash', anonymous: 'anonymousId' } as const;
  return { [names[kind]]: value };
}
