/**
 * What a person signs about a decision of theirs, with the key that they decided with. Where that key is not at hand, as when
 * records are caught up with after a crash elsewhere, there is no envelope: what the person signed when deciding stands on its own.
 */
import { type DecidedCase, statementsOf } from '../../../skills/audit/core/automated-decision.ts';
import { isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import type { PersonKey } from '../../adapters/files/person-keys.ts';
import { signerOf } from '../govern/models/people.ts';
import type { Workspace } from '../workspace.ts';
import { type AttestationKind, signStatement, statementOf, type Subject } from './attest.ts';
import type { DsseEnvelope } from './attestation-interface.ts';

export type AttestingPlace = Pick<Workspace, 'paths' | 'ledger'>;

export interface PersonalDecision {
  readonly kind: Extract<AttestationKind, 'counsel-decision' | 'champion-approval' | 'override'>;
  /** Person id. */
  readonly by: string;
  /** ISO 8601: when it was decided. */
  readonly at: string;
  readonly decision: string;
  readonly rationale: string;
  readonly subjects: readonly Subject[];
  /** What was decided about, where it is the use of a value of a customer; null where nobody is decided about. */
  readonly about: Pick<DecidedCase, 'purpose' | 'facts'> | null;
}

/** @throws {CohortiumError} LEDGER_KEY_UNSAFE when the key can be read by others or is not that of the registry */
export async function attestAsPerson({ paths, ledger }: AttestingPlace, decided: PersonalDecision): Promise<DsseEnvelope | undefined> {
  const { kind, by, at, decision, rationale, subjects, about } = decided;
  const hand = handHere(paths, by);
  if (!hand) return undefined;
  const newest = ledger().checkpoints().at(-1);
  const statement = statementOf(kind, subjects, {
    identity: `person:${by}`,
    time: at,
    decision,
    rationale,
    ledger: { origin: newest?.origin ?? '', size: newest?.size ?? 0 },
    automation: about ? (statementsOf({ ...about, reach: [] }) as unknown as Json) : { absent: 'nobody is decided about' }, // plain JSON
  });
  return signStatement(statement, [
    { keyId: hand.key, identity: `person:${by}`, sign: async (message) => Buffer.from(hand.sign(message), 'base64') },
  ]);
}

/** The key is not here, does not open without who owns it, or signs nothing any more. */
const noHand: ReadonlySet<string> = new Set(['PERSON_NOT_FOUND', 'KEY_UNAVAILABLE', 'PERSON_KEY_REVOKED']);

function handHere(paths: AttestingPlace['paths'], by: string): { readonly key: string; readonly sign: PersonKey['sign'] } | undefined {
  try {
    const { person, sign } = signerOf(paths, by);
    return { key: person.key, sign };
  } catch (error) {
    if (isCohortiumError(error) && noHand.has(error.code)) return undefined;
    throw error;
  }
}
