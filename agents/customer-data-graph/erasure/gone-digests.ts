/**
 * Digests of what an erasure takes away. A digest without a key is a way to guess: who knows every other row of a table can try rows for
 * the one that is gone until the digest fits. So each of them gets a name of the same form that says nothing, in every place that had the
 * digest. Names come from a secret of the erasure, so that a killed process finds the same ones again; nobody knows it afterwards.
 */
import { createHmac } from 'node:crypto';

/** SHA-256 in hex, and the ids of messages that are the beginning of one over a name. */
const digestShape = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])|(?<![0-9A-Za-z])opt_[0-9a-f]{32}(?![0-9a-f])/g;

/** Characters of the longest form of a digest. */
export const digestLength = 64;
const longShape = /[0-9a-f]{64,}|opt_[0-9a-f]{32}/g;

export interface GoneDigests {
  readonly has: (digest: string) => boolean;
  readonly size: () => number;
  /** In the order in which they were added. */
  readonly all: () => readonly string[];
  readonly add: (digests: Iterable<string>) => void;
  /** What stands for a digest from now on, in the same form. */
  readonly nameOf: (digest: string) => string;
  /** The text with names in the place of digests that are gone. */
  readonly rename: (text: string) => string;
  /** Whether a text has one of them. */
  readonly isIn: (text: string) => boolean;
  /** The same of the bytes of a file as Latin-1, where what stands beside a digest may look like a part of it. */
  readonly isInBytes: (bytes: string) => boolean;
}

/**
 * @param secret of one erasure, random
 * @param known those that were found before
 */
export function goneDigests(secret: string, known: Iterable<string> = []): GoneDigests {
  const gone = new Set(known);
  const nameOf = (digest: string): string => {
    const name = createHmac('sha256', secret).update(digest).digest('hex');
    return digest.startsWith('opt_') ? `opt_${name.slice(0, 32)}` : name;
  };
  return {
    has: (digest) => gone.has(digest),
    size: () => gone.size,
    all: () => [...gone],
    add: (digests) => {
      for (const digest of digests) gone.add(digest);
    },
    nameOf,
    rename: (text) => (gone.size === 0 ? text : text.replaceAll(digestShape, (digest) => (gone.has(digest) ? nameOf(digest) : digest))),
    isIn: (text) => gone.size > 0 && digestsIn(text).some((digest) => gone.has(digest)),
    isInBytes: (bytes) => gone.size > 0 && longRunsOfHex(bytes).some((digest) => gone.has(digest)),
  };
}

/** Everything in the bytes of a file that may be a digest, whatever stands beside it. */
export function longRunsOfHex(bytes: string): readonly string[] {
  return (bytes.match(longShape) ?? []).flatMap(windowsOf);
}

function windowsOf(run: string): readonly string[] {
  if (run.startsWith('opt_')) return [run];
  return Array.from({ length: run.length - digestLength + 1 }, (_, at) => run.slice(at, at + digestLength));
}

/** Everything in a text that has the form of a digest. */
export function digestsIn(text: string): readonly string[] {
  return text.match(digestShape) ?? [];
}
