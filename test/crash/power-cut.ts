/**
 * A disk that loses power: from what power-cut.c recorded of a process, what may be on the disk after any of its calls. What was
 * flushed is there; of what was not, anything may be missing, arrive out of order, or be torn at a sector. Names of files are there
 * once their folder was flushed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Rng } from '../../skills/sdk/numeric/index.ts';

/** As in power-cut.c. */
const operations = [undefined, 'name', 'create', 'write', 'truncate', 'sync', 'sync-folder', 'rename', 'remove', 'link'] as const;

export interface DiskCall {
  readonly operation: (typeof operations)[number];
  /** Number of the open file. */
  readonly file: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

export function readDiskCalls(log: Buffer): DiskCall[] {
  const calls: DiskCall[] = [];
  for (let at = 0; at + 32 <= log.length;) {
    const [operation = 0, file = 0, offset = 0, length = 0] = [0, 8, 16, 24].map((field) => Number(log.readBigInt64LE(at + field)));
    calls.push({ operation: operations[operation], file, offset, bytes: log.subarray(at + 32, at + 32 + length) });
    at += 32 + length;
  }
  return calls;
}

type Change = { readonly offset: number; readonly bytes: Buffer } | { readonly length: number };

/** A file, whatever its name. */
class Stored {
  flushed: Buffer = Buffer.alloc(0);
  /** Since the last flush, in order. */
  pending: Change[] = [];

  flush(): void {
    this.flushed = applied(this.flushed, this.pending);
    this.pending = [];
  }
}

function applied(content: Buffer, changes: readonly Change[]): Buffer {
  let length = content.length;
  let most = length;
  for (const change of changes) {
    length = 'length' in change ? change.length : Math.max(length, change.offset + change.bytes.length);
    most = Math.max(most, length);
  }
  const bytes = Buffer.alloc(most);
  content.copy(bytes);
  for (const change of changes) {
    if ('length' in change) bytes.fill(0, change.length);
    else change.bytes.copy(bytes, change.offset);
  }
  return bytes.subarray(0, length);
}

interface NameChange {
  readonly folder: string;
  readonly path: string;
  /** Undefined for a name that went. */
  readonly stored: Stored | undefined;
}

/** Lost whole, or lost in part. */
export type Loss = 'dropped' | 'torn';

const sectorBytes = 512;

export class Disk {
  readonly #root: string;
  readonly #openFiles = new Map<number, string>();
  readonly #names = new Map<string, Stored>();
  readonly #flushedNames = new Map<string, Stored>();
  #pendingNames: NameChange[] = [];
  /** Complete lines of the file that stands for whoever was answered: it is outside, and loses nothing. */
  told = '';

  /** @param root folder that was recorded */
  constructor(root: string) {
    this.#root = root;
  }

  perform({ operation, file, offset, bytes }: DiskCall): void {
    const path = this.#openFiles.get(file) ?? '';
    const stored = this.#names.get(path);
    switch (operation) {
      case 'name':
        this.#openFiles.set(file, bytes.toString());
        break;
      case 'create':
        this.#rename(path, new Stored());
        break;
      case 'write':
        if (path === join(this.#root, 'told')) this.told += bytes.toString();
        else stored?.pending.push({ offset, bytes });
        break;
      case 'truncate':
        stored?.pending.push({ length: offset });
        break;
      case 'sync':
        stored?.flush();
        break;
      case 'sync-folder':
        for (const change of this.#pendingNames.filter(({ folder }) => folder === path)) setName(this.#flushedNames, change);
        this.#pendingNames = this.#pendingNames.filter(({ folder }) => folder !== path);
        break;
      case 'rename':
      case 'remove':
      case 'link': {
        const [from = '', to = ''] = bytes.toString().split('\n');
        const moved = this.#names.get(from);
        if (operation !== 'remove') this.#rename(to, moved);
        if (operation !== 'link') this.#rename(from, undefined);
        break;
      }
      default:
        throw new Error('the log of the disk cannot be read');
    }
  }

  #rename(path: string, stored: Stored | undefined): void {
    const change = { folder: dirname(path), path, stored };
    setName(this.#names, change);
    this.#pendingNames.push(change);
  }

  /** Writes what may be there after a cut at this moment into a folder. */
  writeImage(folder: string, loss: Loss, rng: Rng): void {
    const names = new Map(this.#flushedNames);
    const arrived = loss === 'dropped' ? 0 : rng.integer(this.#pendingNames.length + 1);
    for (const change of this.#pendingNames.slice(0, arrived)) setName(names, change);
    for (const [path, { flushed, pending }] of names) {
      // The index of the WAL is memory, not a file that anybody flushes; SQLite builds it again.
      if (path.endsWith('-shm')) continue;
      const target = join(folder, path.slice(this.#root.length));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, loss === 'dropped' ? flushed : applied(flushed, tear(pending, rng)));
    }
  }
}

function setName(names: Map<string, Stored>, { path, stored }: NameChange): void {
  if (stored) names.set(path, stored);
  else names.delete(path);
}

/** Each change arrives, or not, or only some sectors of it. */
function tear(changes: readonly Change[], rng: Rng): Change[] {
  const share = rng.uniform();
  return changes.flatMap((change): Change[] => {
    if (rng.uniform() < share) return [change];
    if ('length' in change || rng.uniform() < 0.5) return [];
    const sectors: Change[] = [];
    for (let at = 0; at < change.bytes.length;) {
      const end = Math.min(change.bytes.length, at + sectorBytes - ((change.offset + at) % sectorBytes));
      if (rng.uniform() < 0.5) sectors.push({ offset: change.offset + at, bytes: change.bytes.subarray(at, end) });
      at = end;
    }
    return sectors;
  });
}
