/**
 * Signed statements about records: who says what of which records, when and why. An in-toto Statement v1 in a DSSE envelope, so that
 * tools that know neither this project nor its ledger can check the signature. Signs nothing by itself: the attestor holds the key.
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
import { canonicalJson, CohortiumError, type Json, sha256 } from '../../../skills/sdk/index.ts';
import { isSignedWith } from '../../adapters/files/person-keys.ts';
import type { DsseEnvelope, InTotoStatement } from './attestation-interface.ts';
import type { Attestor } from './key-interface.ts';

const payloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';

/** What statements are about; each has a predicate type of its own. */
export const attestationKinds = {
  records: 'Records of a run were written, by the agent, before anything of the run leaves.',
  'counsel-decision': 'A person decided on a case that the gate had left to people.',
  'champion-approval': 'A person approved a model or its windows.',
  override: 'A person overrode the answer of the gate in an emergency.',
  erased: 'Somebody ordered that a customer, or what has come to its end, is erased.',
  held: 'Somebody set a hold.',
  released: 'Somebody released a hold.',
  corrected: 'Somebody put what is right in place of a record.',
  redacted: 'Somebody had single fields of a record destroyed.',
  overridden: 'Somebody let the agent go on where it would have stopped.',
  erasure: 'The service deleted bodies and destroyed keys, by order of somebody whom it names.',
} as const;

export type AttestationKind = keyof typeof attestationKinds;

export function predicateTypeOf(kind: AttestationKind): string {
  return `https://cohortium.dev/attestation/${kind}/v1`;
}

/** What every predicate says; a kind may say more. */
export interface Predicate {
  /** `person:<id>` or `service:<name>`. */
  readonly identity: string;
  /** ISO 8601. */
  readonly time: string;
  readonly decision: string;
  readonly rationale: string;
  /** The ledger that the records are in, and its leaves before them. */
  readonly ledger: { readonly origin: string; readonly size: number };
  /** Statements under GDPR art. 22 and the Californian ADMT regulations, where a decision about a person is attested. */
  readonly automation: Json;
}

export interface Subject {
  readonly name: string;
  /** Hex. */
  readonly sha256: string;
}

export function statementOf(
  kind: AttestationKind,
  subjects: readonly Subject[],
  predicate: Predicate & Readonly<Record<string, unknown>>,
): InTotoStatement {
  return {
    _type: statementType,
    subject: subjects.map(({ name, sha256: digest }) => ({ name, digest: { sha256: digest } })),
    predicateType: predicateTypeOf(kind),
    predicate: JSON.parse(canonicalJson(predicate)) as InTotoStatement['predicate'], // plain JSON by construction
  };
}

/**
 * Pre-authentication encoding: what a DSSE signature is over.
 * @see DSSE protocol v1.0.2, "PAE"
 */
export function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  const header = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(header), payload]);
}

/** Signs a statement with the key of each attestor. */
export async function signStatement(statement: InTotoStatement, attestors: readonly Attestor[]): Promise<DsseEnvelope> {
  const payload = Buffer.from(canonicalJson(statement));
  const message = preAuthEncoding(payloadType, payload);
  const signatures: DsseEnvelope['signatures'][number][] = [];
  for (const { keyId, sign } of attestors) signatures.push({ keyid: keyId, sig: (await sign(message)).toString('base64') });
  return { payloadType, payload: payload.toString('base64'), signatures };
}

/** SHA-256 over the canonical JSON of an envelope, hex: `att` of a leaf. */
export function digestOfEnvelope(envelope: DsseEnvelope): string {
  return sha256(canonicalJson(envelope));
}

/**
 * What an envelope says, once every signature in it holds.
 * @param keyOf verifier key behind a key id that is trusted; undefined for one that is not, or throws where it knows more
 * @throws {CohortiumError} ATTESTATION_INVALID
 */
export function openEnvelope(envelope: DsseEnvelope, keyOf: (keyId: string) => string | undefined): InTotoStatement {
  const type: string = envelope.payloadType; // as it was read, whatever its type promises
  if (type !== payloadType) throw invalidAttestation(`its payload is '${type}', ${payloadType} was expected`);
  if (envelope.signatures.length === 0) throw invalidAttestation('nobody has signed it');
  const payload = Buffer.from(envelope.payload, 'base64');
  if (payload.toString('base64') !== envelope.payload) throw invalidAttestation('its payload is not base64');
  const message = preAuthEncoding(payloadType, payload);
  for (const { keyid, sig } of envelope.signatures) {
    const key = keyOf(keyid);
    if (key === undefined) throw invalidAttestation(`it was signed with '${keyid}', which is no key of this agent or of its people`);
    if (!isSignedWith(key, message, sig)) throw invalidAttestation(`the signature with '${keyid}' does not hold`);
  }
  const statement = parse(payload);
  if (statement?._type !== statementType || !Array.isArray(statement.subject) || typeof statement.predicateType !== 'string') {
    throw invalidAttestation(`its payload is no ${statementType}`);
  }
  return statement;
}

/** Why it was done, by who signed it; nothing where it does not say. */
export function rationaleIn({ payload }: DsseEnvelope): string {
  const rationale = parse(Buffer.from(payload, 'base64'))?.predicate.rationale;
  return typeof rationale === 'string' ? rationale : '';
}

/** What kind of statement it is; nothing where it does not say. */
export function predicateTypeIn({ payload }: DsseEnvelope): string {
  return parse(Buffer.from(payload, 'base64'))?.predicateType ?? '';
}

function parse(payload: Buffer): InTotoStatement | undefined {
  try {
    return JSON.parse(payload.toString('utf8')) as InTotoStatement; // its shape is checked by the caller
  } catch {
    return undefined; // said there
  }
}

export function invalidAttestation(why: string): CohortiumError {
  return new CohortiumError('ATTESTATION_INVALID', `the attestation cannot be relied on: ${why}`);
}
