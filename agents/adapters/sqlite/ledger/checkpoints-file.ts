/**
 * Checkpoints outside of the ledger file: one text file that only grows. A database that was put back to an older copy is
 * perfect in itself; only what stands elsewhere can tell.
 */
import { closeSync, existsSync, fdatasync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { flushFolder } from '../../files/write-new-file.ts';
import { type Checkpoint, readCheckpoints } from './note.ts';

function anchorPath(folder: string): string {
  return join(folder, 'checkpoints.txt');
}

/** Checkpoints in the order in which they were anchored; empty when there is no file. */
export function readAnchors(folder: string): Checkpoint[] {
  const path = anchorPath(folder);
  return existsSync(path) ? readCheckpoints(readFileSync(path, 'utf8')) : [];
}

export interface CheckpointsFile {
  /** Survives the end of this process at once, and a power cut a moment later; what a power cut takes is written again at the next open. */
  readonly append: (checkpoint: Checkpoint) => void;
  readonly close: () => void;
}

/** Opens the file for writing, or makes it. */
export function openCheckpointsFile(folder: string): CheckpointsFile {
  const path = anchorPath(folder);
  const isNew = !existsSync(path);
  mkdirSync(folder, { recursive: true });
  const isCut = !isNew && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
  const file = openSync(path, 'a');
  // A line that a crash cut must not run into the next.
  if (isCut) writeSync(file, '\n');
  if (isNew) flushFolder(folder);
  let isFlushing = false;
  let isDirty = false;
  let isClosed = false;
  const flush = (): void => {
    isFlushing = true;
    isDirty = false;
    fdatasync(file, () => {
      isFlushing = false;
      if (isClosed) closeSync(file);
      else if (isDirty) flush();
    });
  };
  return {
    append: ({ note }) => {
      writeSync(file, note);
      isDirty = true;
      // One at a time and off this thread: commits need not wait for it.
      if (!isFlushing) flush();
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      if (isDirty) fsyncSync(file);
      if (!isFlushing) closeSync(file);
    },
  };
}
