/**
 * Whom not to take in again: keyed hashes of the identities of erased persons, one file per erasure in registries/erasures, outside of the
 * state folder so that a copy of it that is put back is erased again. Who has the key and an identity can ask whether that identity was
 * erased, which is what the list is for; it is not in the ledger. Names nobody, and refuses files that are not as they were written.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, compareText, z } from '../../../skills/sdk/index.ts';
import { writeNewFile } from '../../adapters/files/write-new-file.ts';

const fileSchema = z.strictObject({
  format: z.literal('cohortium/suppression@1'),
  erasure: z.string(),
  /** Index of the record erasure.started. */
  record: z.int(),
  /** HMAC-SHA-256 of identities under the key of the keyring, sorted. */
  identities: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
});

export type Suppression = z.output<typeof fileSchema>;

export interface SuppressionList {
  /** Whether an identity belongs to somebody who was erased; answers which erasure. @param owner `kind:value` */
  readonly erasureOf: (owner: string) => string | undefined;
  readonly isEmpty: () => boolean;
  readonly all: () => readonly Suppression[];
  readonly add: (erasure: string, record: number, owners: readonly string[]) => void;
  /** Lets the identities of an erasure in again. */
  readonly lift: (erasure: string) => boolean;
}

/**
 * @param commit keyed hash of texts
 * @throws {CohortiumError} STORE_CORRUPT from its methods
 */
export function suppressionList(registries: string, commit: (...texts: readonly string[]) => string): SuppressionList {
  const folder = join(registries, 'erasures');
  let known: { readonly files: readonly Suppression[]; readonly byHash: ReadonlyMap<string, string> } | undefined;
  const read = () => {
    if (known) return known;
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
    const files = names.sort(compareText).map((name) => readOne(join(folder, name)));
    known = { files, byHash: new Map(files.flatMap(({ erasure, identities }) => identities.map((hash) => [hash, erasure] as const))) };
    return known;
  };
  const hashOf = (owner: string): string => commit('suppressed', owner);
  return {
    erasureOf: (owner) => (read().byHash.size === 0 ? undefined : read().byHash.get(hashOf(owner))),
    isEmpty: () => read().byHash.size === 0,
    all: () => read().files,
    add: (erasure, record, owners) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file: Suppression = { format: 'cohortium/suppression@1', erasure, record, identities: owners.map(hashOf).sort(compareText) };
      writeNewFile(join(folder, `${erasure}.json`), `${JSON.stringify(file)}\n`, 0o600);
      known = undefined;
    },
    lift: (erasure) => {
      const path = join(folder, `${erasure}.json`);
      if (!/^[0-9a-f]+$/.test(erasure) || !existsSync(path)) return false;
      rmSync(path);
      known = undefined;
      return true;
    },
  };
}

function readOne(path: string): Suppression {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    value = undefined;
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CohortiumError('STORE_CORRUPT', `${path} is no list of erased identities as it was written; restore it from a backup`);
}
