/**
 * The ledger as a folder of files that any web server can serve and any tool for tiled logs can audit: the newest checkpoint, the
 * tree in tiles of 256 hashes, and the leaves in bundles. What is published once stays as it is; only what grew is written again.
 * Bodies are never published: leaves hold no personal data.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { CohortiumError } from '../../../skills/sdk/index.ts';

/** What is published, wherever it is kept. */
export interface TileSource {
  /** Leaves that the checkpoint covers. */
  readonly size: number;
  /** Signed note over them. */
  readonly checkpoint: string;
  /** Leaves [from, to). */
  readonly leaves: (from: number, to: number) => readonly Uint8Array[];
  /** Roots of the complete subtrees of 256^level leaves, [from, to), 32 bytes each. */
  readonly hashes: (level: number, from: number, to: number) => Uint8Array;
  /** Root over the first `size` leaves, base64. */
  readonly rootAt: (size: number) => string;
  /** RFC 6962 consistency proof from the first `size` leaves to all of them, hex. */
  readonly growthFrom: (size: number) => readonly string[];
}

export interface Publication {
  readonly folder: string;
  readonly size: number;
  /** Leaves that were published before. */
  readonly sizeBefore: number;
  /** Files written now. */
  readonly files: number;
}

const tileWidth = 256;
/** A bundle writes the length of a leaf in two bytes. */
const mostLeafBytes = 65_535;

/**
 * Publishes what is new. The checkpoint is replaced last, so that a reader never sees one whose tiles are not there.
 * @param folder made where it is absent
 * @throws {CohortiumError} LEDGER_ROOT_MISMATCH when the folder holds another history, LEDGER_ROLLED_BACK when it holds a longer one
 * @see https://c2sp.org/tlog-tiles
 */
export function publishTiles(source: TileSource, folder: string): Publication {
  const sizeBefore = refuseOtherHistory(source, folder);
  let files = 0;
  const write = (path: string, bytes: Uint8Array): void => {
    writeWhole(join(folder, path), bytes);
    files += 1;
  };
  for (let level = 0, width = source.size; width > 0; level += 1, width = Math.floor(width / tileWidth)) {
    const widthBefore = Math.floor(sizeBefore / tileWidth ** level);
    for (let tile = Math.floor(widthBefore / tileWidth); tile * tileWidth < width; tile += 1) {
      const from = tile * tileWidth;
      const to = Math.min(from + tileWidth, width);
      if (to <= widthBefore) continue;
      write(tilePath(`${level}`, tile, to - from), source.hashes(level, from, to));
      if (level === 0) write(tilePath('entries', tile, to - from), bundle(source.leaves(from, to), from));
    }
  }
  // Superseded by the full ones, which everybody can read instead.
  for (let level = 0, width = source.size; width > 0; level += 1, width = Math.floor(width / tileWidth)) {
    const cut = Math.floor(Math.floor(sizeBefore / tileWidth ** level) / tileWidth);
    if ((cut + 1) * tileWidth > width) continue;
    for (const kind of level === 0 ? ['0', 'entries'] : [`${level}`]) {
      rmSync(join(folder, `${tilePath(kind, cut, tileWidth)}.p`), { recursive: true, force: true });
    }
  }
  if (files > 0 || !existsSync(join(folder, 'checkpoint'))) write('checkpoint', Buffer.from(source.checkpoint));
  return { folder, size: source.size, sizeBefore, files };
}

/** @returns leaves that the folder holds */
function refuseOtherHistory(source: TileSource, folder: string): number {
  const path = join(folder, 'checkpoint');
  if (!existsSync(path)) return 0;
  const [, digits = '', root = ''] = /^[^\n]+\n(0|[1-9]\d*)\n([^\n]+)\n/.exec(readFileSync(path, 'utf8')) ?? [];
  const size = Number(digits);
  if (digits === '') {
    throw new CohortiumError('LEDGER_ROOT_MISMATCH', `${path} is no checkpoint; publish to an empty folder, or remove what is in the way`);
  }
  if (size > source.size) {
    const message = `${folder} holds ${size} records, the ledger ${source.size}: an older copy of the ledger was put back; restore the newest one`;
    throw new CohortiumError('LEDGER_ROLLED_BACK', message, { detail: { published: size, size: source.size } });
  }
  if (source.rootAt(size) !== root) {
    const message = `${folder} was published from another history of ${size} records; run 'cohortium verify', and publish elsewhere`;
    throw new CohortiumError('LEDGER_ROOT_MISMATCH', message, { detail: { published: size } });
  }
  return size;
}

/** `x001/x234/067` for 1234067, and the number of hashes where a tile is not full. */
function tilePath(kind: string, tile: number, width: number): string {
  const digits = String(tile);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${kind}/${path}${width === tileWidth ? '' : `.p/${width}`}`;
}

function bundle(leaves: readonly Uint8Array[], from: number): Buffer {
  return Buffer.concat(
    leaves.flatMap((leaf, at) => {
      if (leaf.length > mostLeafBytes) {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          `leaf ${from + at} has ${leaf.length} bytes; at most ${mostLeafBytes} can be published`,
        );
      }
      return [Buffer.from([leaf.length >> 8, leaf.length & 255]), leaf];
    }),
  );
}

/** Appears complete or not at all, and is on disk when this returns. */
function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, bytes, { mode: 0o644, flush: true });
  renameSync(temporary, path);
}
