/**
 * What has to be done before anything of a directory is read: an erasure that a killed process has left is gone on with, and erasures are
 * done again where an older copy of a store was put back. Who only looks is refused until somebody who may write has done it.
 */
import { existsSync } from 'node:fs';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { erasureJournalPath } from '../../adapters/sqlite/erase-journal.ts';
import type { Workspace } from '../workspace.ts';
import type { ErasureDoor } from './erasure-interface.ts';
import { olderThanLedger } from './restore-erasures.ts';
import { runningIn } from './run-erasure.ts';

/** @throws {CohortiumError} ERASURE_INCOMPLETE for who only looks */
export async function settleErasures(workspace: Workspace, door: Pick<ErasureDoor, 'resume' | 'restore'>): Promise<void> {
  const { paths, isWritable } = workspace;
  const running = existsSync(erasureJournalPath(paths.state)) ? runningIn(paths.state) : [];
  // What is stuck waits for a person, who runs `erase --resume`; subscribers are waited for while everything else goes on: nothing else here
  // names the person any more.
  const begun = running.filter(
    ({ id, isWaiting, isStuck }) => isStuck !== true && (!isWaiting || (isWritable && isAnswered(workspace, id))),
  );
  const older = olderThanLedger(workspace);
  if (begun.length === 0 && older.length === 0) return;
  if (!isWritable) {
    const [first] = begun;
    const why = first ? `erasure ${first.id} was begun and is not through` : `an older copy was put back (${older.slice(0, 3).join(', ')})`;
    throw new CohortiumError('ERASURE_INCOMPLETE', `${why}; run \`cohortium erase --resume\` before anything is read`);
  }
  if (begun.length > 0) await door.resume({ stuck: false });
  if (older.length > 0) await door.restore();
}

function isAnswered({ outbox }: Workspace, erasure: string): boolean {
  return outbox()
    .erasures.standing(erasure)
    .every(({ state }) => state !== 'pending');
}
