/** What the service signs about the records of a run: which leaves, by what they commit to, and that they were written before use. */
import { signStatement, statementOf } from './attest.ts';
import type { DsseEnvelope } from './attestation-interface.ts';
import type { Attestor } from './key-interface.ts';

/** Records that are about to be written together. */
export interface RecordsToAttest {
  /** ISO 8601. */
  readonly time: string;
  /** Leaves of the ledger before them. */
  readonly size: number;
  /** Ids of the effects that asked for them; the run store has these. */
  readonly effects: readonly string[];
  /** What each leaf commits to: the commitment of its record, or the root of its batch; hex. */
  readonly leaves: readonly { readonly index: number; readonly kind: string; readonly digest: string }[];
}

export function attestRecords(attestor: Attestor, origin: string, records: RecordsToAttest): Promise<DsseEnvelope> {
  const { time, size, effects, leaves } = records;
  const statement = statementOf(
    'records',
    leaves.map(({ index, kind, digest }) => ({ name: `${kind}/${index}`, sha256: digest })),
    {
      identity: attestor.identity,
      time,
      decision: 'recorded-before-use',
      rationale: 'Records are written and signed before anything that they are about leaves.',
      ledger: { origin, size },
      automation: { in: 'every decision record says under `automation` what it is under GDPR art. 22 and the ADMT regulations' },
      effects,
    },
  );
  return signStatement(statement, [attestor]);
}
