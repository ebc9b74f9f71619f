/**
 * Room on the disk that is kept for the record. When the disk is full, appends are refused, and what is not recorded is not handed on:
 * everything stops. A person can then let the agent go on in this room, and that is the first thing that is recorded in it. Nothing
 * ever goes on unrecorded, so where the room is used up too, everything stops for good.
 */
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

function reservePath(folder: string): string {
  return join(folder, 'ledger.reserve');
}

/**
 * Takes the room, unless it is taken or there is none to spare.
 * @param bytes nothing is taken for 0
 */
export function keepReserve(folder: string, bytes: number): void {
  const path = reservePath(folder);
  if (bytes === 0 || existsSync(path) || freeBytes(folder) < 2 * bytes) return;
  // Bytes that no file system stores as nothing.
  writeFileSync(path, Buffer.alloc(bytes, 0x5a), { mode: 0o600 });
}

/** Room that is left to others, in bytes. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Room that is kept, in bytes; 0 for none. */
export function reservedBytes(folder: string): number {
  return statSync(reservePath(folder), { throwIfNoEntry: false })?.size ?? 0;
}

/** Gives the room back. @returns bytes; 0 when there was none */
export function releaseReserve(folder: string): number {
  const bytes = reservedBytes(folder);
  rmSync(reservePath(folder), { force: true });
  return bytes;
}
