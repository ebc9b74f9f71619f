/**
 * What a deep verification looks at in signed statements: that every signature in every envelope holds and is by a key of this agent or of
 * its people that was in force where the envelope stands in the ledger, that who says so owns the key, and that the statement about an act
 * is about that act. Time is the place in the ledger: what a statement says of its own time counts for nothing. A revocation is a record:
 * a registry that has forgotten it is at fault, and brings no key back.
 */
import { isCohortiumError } from '../../../skills/sdk/index.ts';
import type { DeepCheck, Fault } from '../../adapters/sqlite/ledger/verify-deep.ts';
import { listPeople } from '../govern/models/people.ts';
import type { Workspace } from '../workspace.ts';
import { type Act, acts } from './act-config.ts';
import { digestOfBody, type HandStatement } from './attest-act.ts';
import { digestOfEnvelope, invalidAttestation, openEnvelope, predicateTypeOf } from './attest.ts';
import type { DsseEnvelope, InTotoStatement } from './attestation-interface.ts';
import type { OpenRecord } from './record-interface.ts';

type CheckedPlace = Pick<Workspace, 'ledger' | 'records' | 'keys' | 'paths'>;

/** A key with the sizes of the ledger between which it signs. */
interface TimedKey {
  readonly key: string;
  readonly after: number;
  readonly upTo: number;
  /** `person:<id>` or `service:<name>`. */
  readonly identity: string;
}

/** Records of what somebody did, and the acts that they are. */
const actsOfKind: Partial<Record<OpenRecord['kind'], Act>> = {
  'erasure.started': 'erase',
  'custody.erased': 'erase',
  'custody.held': 'hold',
  'custody.released': 'release',
  correction: 'correct',
  redaction: 'redact',
  override: 'override',
};

export function attestationCheck(place: CheckedPlace): DeepCheck {
  return { name: 'attestations', check: () => attestationFaults(place) };
}

async function attestationFaults(place: CheckedPlace): Promise<readonly Fault[]> {
  const revocations = await revocationsOnRecord(place);
  const faults: Fault[] = revocations.flatMap((revocation) => registryFault(place, revocation) ?? []);
  const keys = timedKeys(place, revocations);
  const opened = new Map<string, InTotoStatement>();
  for (const { index, body } of await place.records().ofKind(['attestation'])) {
    const envelope = body?.['envelope'] as DsseEnvelope | undefined; // its shape is checked by who opens it
    if (envelope === undefined) continue; // erased
    try {
      opened.set(digestOfEnvelope(envelope), openAt(keys, envelope, index));
    } catch (error) {
      if (!isCohortiumError(error) || error.code !== 'ATTESTATION_INVALID') throw error;
      faults.push({ code: error.code, message: `record ${index}: ${error.message}`, index });
    }
  }
  for (const record of await place.records().ofKind(Object.keys(actsOfKind) as OpenRecord['kind'][])) {
    const fault = actFault(place, record, opened);
    if (fault !== undefined) faults.push({ code: 'ATTESTATION_INVALID', message: `record ${record.index}: ${fault}`, index: record.index });
  }
  return faults;
}

/** @throws {CohortiumError} ATTESTATION_INVALID */
function openAt(keys: readonly TimedKey[], envelope: DsseEnvelope, index: number): InTotoStatement {
  const size = index + 1;
  const signers = new Set<string>();
  const statement = openEnvelope(envelope, (keyId) => {
    const found = keys.find(({ key }) => key === keyId);
    if (!found) return undefined;
    const { after, upTo, identity, key } = found;
    if (size > upTo) throw invalidAttestation(`the key of ${identity} that signed it signs up to ${upTo} records and no further`);
    if (size <= after && after > 0) throw invalidAttestation(`the key of ${identity} that signed it was made after ${after} records only`);
    signers.add(identity);
    return key;
  });
  const { identity } = statement.predicate;
  if (typeof identity === 'string' && signers.has(identity)) return statement;
  throw invalidAttestation(
    `it says that it is by ${typeof identity === 'string' ? identity : 'nobody'}, and was signed by ${[...signers].join(', ')}`,
  );
}

function actFault({ ledger }: CheckedPlace, record: OpenRecord, opened: ReadonlyMap<string, InTotoStatement>): string | undefined {
  const { body, kind } = record;
  const act = actsOfKind[kind];
  // Erased or redacted, of the time before acts were signed, or a step that the service takes by itself.
  if (act === undefined || record.state !== 'open' || typeof body?.['act'] !== 'string') return undefined;
  const { att } = ledger().at(record).leaf;
  const statement = att === undefined ? undefined : opened.get(att);
  if (!statement) return 'it is an act, and no statement that holds belongs to it';
  if (statement.predicateType !== predicateTypeOf(acts[act])) return `its statement is about another act: ${statement.predicateType}`;
  const subject = statement.subject.find(({ name }) => name === kind);
  if (subject?.digest.sha256 !== digestOfBody(body)) return 'its statement is about another body';
  const hand = body['hand'] as Partial<HandStatement> | null; // as it was written, whatever its type promises
  const { identity, onBehalfOf } = statement.predicate;
  if (hand?.identity !== identity || hand?.onBehalfOf !== onBehalfOf) return 'its statement names another hand than the record';
  return undefined;
}

interface Revocation {
  /** Of the record. */
  readonly index: number;
  readonly person: string;
  readonly key: string;
  readonly upTo: number;
}

async function revocationsOnRecord({ records }: CheckedPlace): Promise<readonly Revocation[]> {
  return (await records().ofKind(['key.rotated'])).flatMap(({ index, body }) => {
    const { role, person, before, upTo } = body ?? {};
    if (role !== 'person' || typeof person !== 'string' || typeof before !== 'string' || typeof upTo !== 'number') return [];
    return [{ index, person, key: before, upTo }];
  });
}

function registryFault({ paths }: CheckedPlace, { index, person, key, upTo }: Revocation): Fault | undefined {
  const entered = listPeople(paths).find((one) => one.key === key);
  if (!entered || (entered.revoked !== null && entered.revoked.upTo <= upTo)) return undefined;
  const found = entered.revoked === null ? 'in force' : `in force up to ${entered.revoked.upTo}`;
  const message = `record ${index}: the key of person:${person} was revoked at ${upTo} records, and registries/people/${entered.id}.json has it as ${found}; restore the file, or revoke the key again`;
  return { code: 'ATTESTATION_INVALID', message, index };
}

function timedKeys({ keys, paths }: CheckedPlace, revocations: readonly Revocation[]): readonly TimedKey[] {
  const attestors = keys().attestorKeys;
  return [
    ...attestors.map(({ key, after }, at) => ({
      key,
      after,
      upTo: attestors[at + 1]?.after ?? Number.MAX_SAFE_INTEGER,
      identity: keys().attestor().identity,
    })),
    ...listPeople(paths).map(({ id, key, after, revoked }) => ({
      key,
      after,
      upTo: Math.min(revoked?.upTo ?? Number.MAX_SAFE_INTEGER, ...revocations.filter((one) => one.key === key).map((one) => one.upTo)),
      identity: `person:${id}`,
    })),
  ];
}
