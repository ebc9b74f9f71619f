/**
 * Records written one by one, and read back and opened. Opens nothing whose key is gone, and nothing that is not what the ledger
 * committed to.
 */
import { classOf, schemaOf } from '../../../skills/audit/record/record-schema.ts';
import { canonicalJson, CohortiumError, column, makeTable } from '../../../skills/sdk/index.ts';
import type { SqliteLedger } from '../../adapters/sqlite/ledger/ledger.ts';
import { openBody } from '../../adapters/sqlite/ledger/seal-body.ts';
import { digestOfEnvelope } from './attest.ts';
import type { OpenRecord, RecordBook, RecordPlace, RecordToWrite } from './record-interface.ts';
import type { Vault } from './vault-interface.ts';

export interface RecordBookParts {
  readonly ledger: () => SqliteLedger;
  readonly vault: () => Vault;
}

export function createRecordBook({ ledger, vault }: RecordBookParts): RecordBook {
  const write = async (asked: readonly RecordToWrite[], idempotencyKey: string): Promise<readonly RecordPlace[]> => {
    if (asked.length === 0) return [];
    const attestations = asked.map(({ attestation }) => (attestation ? digestOfEnvelope(attestation) : ''));
    const records = [...asked, ...envelopesOf(asked, attestations)];
    const table = makeTable({
      kind: column.text(records.map(({ kind }) => kind)),
      stream: column.text(records.map(({ stream }) => stream)),
      subject: column.text(records.map(({ subject }) => subject ?? '')),
      class: column.text(records.map((record) => record.class ?? classOf(record.kind))),
      schema: column.text(records.map(({ kind }) => schemaOf(kind))),
      body: column.text(records.map(({ body }) => canonicalJson(body))),
      att: column.text(records.map((_, row) => attestations[row] ?? '')),
      batch: column.int32(new Int32Array(records.length).fill(-1)),
    });
    const { records: indexes, items } = await ledger().write(table, { signal: new AbortController().signal, idempotencyKey });
    return asked.map((_, row) => ({ index: indexes[row] ?? -1, item: items[row] === -1 ? null : (items[row] ?? null) }));
  };

  const at = (place: RecordPlace): OpenRecord => {
    const { index, item, leaf, kid, commit, ct, sealed } = ledger().at(place);
    const head = { index, item, kind: leaf.kind as OpenRecord['kind'], time: leaf.time, class: leaf.class, schema: leaf.schema, kid }; // the ledger takes no other
    const key = vault().key(kid);
    if (!sealed || !key) return { ...head, state: 'erased', body: null, redacted: [] };
    const opened = openBody(sealed, leaf.kind, { kid, key });
    if (opened.ct !== ct || opened.commit !== commit) {
      const where = item === null ? `record ${index}` : `item ${item} of record ${index}`;
      throw new CohortiumError('LEDGER_LEAF_MISMATCH', `the body of ${where} is not the one that was written; run 'cohortium verify'`);
    }
    const redacted = Object.keys(opened.redacted).sort();
    return { ...head, state: redacted.length > 0 ? 'redacted' : 'open', body: opened.fields, redacted };
  };

  const isOneOf = (kinds: readonly string[] | undefined, { kind }: OpenRecord): boolean => kinds === undefined || kinds.includes(kind);

  return {
    write,
    at: async (place) => at(place),
    about: async (subject, kinds) => {
      const kids = vault()
        .entriesOf(subject)
        .map(({ kid }) => kid);
      return ledger()
        .placesOfKids(kids)
        .map(at)
        .filter((record) => isOneOf(kinds, record));
    },
    ofKind: async (kinds) => ledger().placesOfKinds(kinds).map(at),
  };
}

/** One record per distinct envelope, after what it is about. */
function envelopesOf(asked: readonly RecordToWrite[], digests: readonly string[]): readonly RecordToWrite[] {
  const own = new Map(asked.flatMap(({ attestation }, row) => (attestation ? [[digests[row] ?? '', attestation] as const] : [])));
  return [...own].map(([digest, { payloadType, payload, signatures }]) => ({
    kind: 'attestation',
    stream: digest,
    subject: null,
    body: { envelope: { payloadType, payload, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) } },
  }));
}
