/** Checkpoints that stand elsewhere, held against the ledger. A name says nothing before the note under it was read and its signature verified. */
import type { Keyring } from '../../../adapters/keys/keyring.ts';
import { type Checkpoint, isSignedBy, readCheckpoints } from '../../../adapters/sqlite/ledger/note.ts';
import type { AnchorSource } from '../../../adapters/sqlite/ledger/segment-source.ts';
import type { AnchorFault } from './anchor-door-interface.ts';

/** The ledger is not the one that was anchored. */
interface HistoryFault extends AnchorFault {
  readonly code: 'LEDGER_ROLLED_BACK' | 'LEDGER_ROOT_MISMATCH';
}

/**
 * @param source undefined where there is no ledger
 * @param place that has the checkpoint, for the message
 */
export function historyFault(
  source: AnchorSource | undefined,
  { size, root }: Pick<Checkpoint, 'size' | 'root'>,
  place: string,
): HistoryFault | undefined {
  const held = source?.newest?.size ?? 0;
  if (size > held) {
    const message = `${place} has ${size} records, the ledger holds ${held}: an older copy was put back`;
    return { code: 'LEDGER_ROLLED_BACK', message, index: held };
  }
  const found = source?.rootAt(size);
  if (found === root) return undefined;
  const message = `${place} has the root ${root} of ${size} records, the ledger gives ${found}: its history was rewritten`;
  return { code: 'LEDGER_ROOT_MISMATCH', message, index: null };
}

/** The checkpoint in a copy; undefined when anything else is in it, or another key signed it. */
export function signedCheckpoint(bytes: Uint8Array, { verifierKeyFor }: Pick<Keyring, 'verifierKeyFor'>): Checkpoint | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  const [signed] = readCheckpoints(text);
  return signed?.note === text && isSignedBy(signed, verifierKeyFor(signed.size)) ? signed : undefined;
}
