/**
 * Checkpoints outside of the ledger file: one text file that only grows. A database that was put back to an older copy is
 * perfect in itself; only what stands elsewhere can tell.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { type Checkpoint, readCheckpoints } from './ledger-note.ts';

function anchorPath(folder: string): string {
  return join(folder, 'checkpoints.txt');
}

/** Checkpoints in the order in which they were anchored; empty when there is no file. */
export function readAnchors(folder: string): Checkpoint[] {
  const path = anchorPath(folder);
  return existsSync(path) ? readCheckpoints(readFileSync(path, 'utf8')) : [];
}

/** Appends one checkpoint; it is on disk when this returns. */
export function appendAnchor(folder: string, { note }: Checkpoint): void {
  const path = anchorPath(folder);
  const isNew = !existsSync(path);
  mkdirSync(folder, { recursive: true });
  const isCut = !isNew && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
  const file = openSync(path, 'a');
  try {
    // A line that a crash cut must not run into this one.
    writeSync(file, isCut ? `\n${note}` : note);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (isNew) flushFolder(folder);
}

function flushFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
