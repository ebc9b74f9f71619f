/**
 * Whose hand an act on the record is: erase, hold, release, correct, redact, override. Signed with the key of the person where it is on this
 * machine; where it is not, by the service, which says on whose behalf. What a schedule does the service signs, and names the schedule.
 * Refuses who is not in the registry, who has none of the roles that are asked for, a key that was revoked or does not open, and everybody
 * without a key here where cohortium.yaml wants a hand of their own, and every act without a reason.
 */
import { randomBytes } from 'node:crypto';

import { canonicalJson, CohortiumError, type Json, sha256 } from '../../../skills/sdk/index.ts';
import { inForce, keyOfPersonHere, readPerson, signerOf } from '../govern/models/people.ts';
import type { Workspace } from '../workspace.ts';
import { type Act, acts } from './act-config.ts';
import type { Orderer, SignedOrder } from './act-interface.ts';
import { signStatement, statementOf } from './attest.ts';
import type { Attestor } from './key-interface.ts';
import type { RecordToWrite } from './record-interface.ts';

export type ActingPlace = Pick<Workspace, 'paths' | 'config' | 'keys' | 'ledger' | 'clock'>;

/** Whose signature stands under an act, as its record says. */
export type HandStatement = {
  /** `person:<id>` or `service:<name>`: whose key has signed. */
  readonly identity: string;
  /** `person:<id>` or `schedule:<id>` where the service has signed; null where the person has. */
  readonly onBehalfOf: string | null;
  /** Why the service has signed; null where the person has. */
  readonly because: string | null;
};

/** Somebody who may act, with the key that signs. */
export interface Hand {
  readonly act: Act;
  /** As records say it: the id of a person, or `schedule:<id>`. */
  readonly by: string;
  readonly attestor: Attestor;
  readonly says: HandStatement;
}

export interface ActToSign {
  readonly kind: RecordToWrite['kind'];
  readonly stream: string;
  readonly subject: string | null;
  readonly class?: string;
  readonly body: Readonly<Record<string, Json>>;
  /** Stands in the statement, under a key of the agent: without the names of whom the act is about. */
  readonly rationale: string;
  /** What the record that is acted on says under GDPR art. 22 and the ADMT regulations, where it is a decision about a customer. */
  readonly automation?: Json;
}

/**
 * @throws {CohortiumError} PERSON_NOT_FOUND, CONFIG_INVALID, PERSON_REFUSED, PERSON_KEY_REVOKED, HAND_REQUIRED; KEY_UNAVAILABLE without the
 *   passphrase of a sealed key; LEDGER_KEY_UNSAFE; ARGUMENT_INVALID for an id that is none
 */
export function handOf({ paths, config, keys }: ActingPlace, act: Act, orderer: Orderer): Hand {
  if (typeof orderer !== 'string') {
    const by = `schedule:${orderer.schedule}`;
    const attestor = keys().attestor();
    return { act, by, attestor, says: { identity: attestor.identity, onBehalfOf: by, because: 'a schedule acts without a person' } };
  }
  const by = orderer.trim();
  const person = inForce(readPerson(paths, by));
  const asked = config.acts.roles[act];
  if (asked && !person.roles.some((role) => asked.includes(role))) {
    const held = person.roles.length === 0 ? 'has no role' : `is ${person.roles.join(', ')}`;
    throw new CohortiumError('PERSON_REFUSED', `${by} ${held}; '${act}' takes one of: ${asked.join(', ')}`);
  }
  const identity = `person:${by}`;
  if (keyOfPersonHere(paths, by) !== 'absent') {
    const { sign } = signerOf(paths, by);
    const attestor: Attestor = { keyId: person.key, identity, sign: async (message) => Buffer.from(sign(message), 'base64') };
    return { act, by, attestor, says: { identity, onBehalfOf: null, because: null } };
  }
  if (config.acts.personalHand) {
    throw new CohortiumError(
      'HAND_REQUIRED',
      `'${act}' has to be signed by ${by}, whose key is not on this machine; run it where person-${by}.json is, or let somebody act whose key is here`,
    );
  }
  const attestor = keys().attestor();
  return { act, by, attestor, says: { identity: attestor.identity, onBehalfOf: identity, because: 'the key of the person is not here' } };
}

/**
 * Why somebody acts, which they sign.
 * @throws {CohortiumError} ARGUMENT_INVALID where nothing is said
 */
export function statedReason(why: string): string {
  const said = why.trim();
  if (said === '')
    throw new CohortiumError('ARGUMENT_INVALID', 'a reason was expected, found none: say why, which is signed for and recorded');
  return said;
}

/** A record to be written, and the number that no other act has. */
export type SignedAct = RecordToWrite & SignedOrder & { readonly nonce: string };

/**
 * The record of an act with its signed statement. A number of its own in the body, which goes with it, keeps the statement from fitting
 * another act, and what it says of the body from being guessed at.
 * @throws {CohortiumError} ARGUMENT_INVALID without a reason
 */
export async function signAct({ ledger, keys, clock }: ActingPlace, hand: Hand, act: ActToSign): Promise<SignedAct> {
  const { rationale, automation, body: said, ...record } = act;
  const nonce = randomBytes(16).toString('hex');
  const body = { ...said, by: hand.by, hand: { ...hand.says }, act: nonce };
  const statement = statementOf(acts[hand.act], [{ name: act.kind, sha256: digestOfBody(body) }], {
    identity: hand.says.identity,
    onBehalfOf: hand.says.onBehalfOf,
    time: new Date(clock.now()).toISOString(),
    decision: hand.act,
    rationale: statedReason(rationale),
    ledger: { origin: keys().origin, size: ledger().checkpoints().at(-1)?.size ?? 0 },
    automation: automation ?? { absent: 'no decision about a customer is taken by it' },
  });
  return { ...record, nonce, body, attestation: await signStatement(statement, [hand.attestor]) };
}

/** What a statement about an act says of the body of its record. */
export function digestOfBody(body: Readonly<Record<string, Json>>): string {
  return sha256(canonicalJson(body));
}
