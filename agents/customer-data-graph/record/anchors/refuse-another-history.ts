/**
 * Keeps a ledger that was put back or written anew from being anchored as if it were the one that was: whoever believed the newest
 * checkpoint outside would believe the forger. Looks at what is noted here and at the names at a place; reads a note only when its name
 * differs, because this is asked before every anchor and `check` reads them all.
 */
import { CohortiumError, isCohortiumError } from '../../../../skills/sdk/index.ts';
import { readForAnchors } from '../../../adapters/sqlite/ledger/segment-source.ts';
import type { Workspace } from '../../workspace.ts';
import { historyFault, signedCheckpoint } from './compare-checkpoint.ts';
import type { CheckpointCopy } from './places.ts';

const codes = ['LEDGER_ROLLED_BACK', 'LEDGER_ROOT_MISMATCH'] as const;

/** Whether somebody said that the ledger is not the one that it was: no failure of a place, but a reason to anchor nowhere. */
export function isAnotherHistory(error: unknown): boolean {
  return isCohortiumError(error) && codes.some((code) => code === error.code);
}

/** By checkpoints.txt and the receipts. @throws {CohortiumError} LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH */
export function refuseWhatIsNoted(workspace: Workspace): void {
  for (const fault of workspace.ledger().verify('quick').faults) {
    const code = codes.find((one) => one === fault.code);
    if (code) throw new CohortiumError(code, fault.message);
  }
  const receipts = workspace.ledger().anchored();
  readForAnchors(workspace.paths.state, (source) => {
    for (const receipt of receipts) {
      const fault = historyFault(source, receipt, receipt.place);
      if (fault) throw new CohortiumError(fault.code, fault.message);
    }
  });
}

/**
 * By what a place has.
 * @throws {CohortiumError} LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH; ANCHOR_UNREACHABLE, STORE_*
 */
export async function refuseAnotherHistory(workspace: Workspace, place: string, copies: readonly CheckpointCopy[]): Promise<void> {
  const differing = readForAnchors(workspace.paths.state, (source) => copies.filter(({ said }) => historyFault(source, said, place)));
  for (const copy of differing) {
    // What others put there is for `check` to name, and keeps no anchor from us.
    const signed = signedCheckpoint(await copy.read(), workspace.keys());
    const fault = signed && readForAnchors(workspace.paths.state, (source) => historyFault(source, signed, place));
    if (fault) throw new CohortiumError(fault.code, fault.message);
  }
}
