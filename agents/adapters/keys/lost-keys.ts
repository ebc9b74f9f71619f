/**
 * Signing keys that were lost: a new one takes over, and the list for who verifies says that the one before it is gone. Only the new key
 * signs for that. Makes no key in place of one that is here, or that never was, and lets none take over that was replaced.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { KeyReplacement } from '../../customer-data-graph/keys/key-interface.ts';
import { ledgerPath } from '../sqlite/ledger/tables.ts';
import { explainSqlite, openForReading } from '../sqlite/open-for-reading.ts';
import { handoverText, type KeyHistory, readKeyHistory, writeKeyHistory } from './key-history.ts';
import { keyringParts, type KeyringOptions, nameOf, type SigningRole } from './keyring.ts';
import type { VaultKeyFile } from './vault-key-file.ts';
import { verifierKeyOf } from './verifier-key.ts';

/** Milliseconds to wait for who writes to the ledger. */
const patience = 5000;

export interface LostKeys {
  readonly vaultKeys: VaultKeyFile;
  /** Leaves of the ledger under its newest checkpoint. */
  readonly ledgerSize: number;
  /** Verifier key of a role in this folder; makes none. */
  readonly keyHere: (role: SigningRole, origin: string) => string | undefined;
  /**
   * Publishes that a key was lost, and which one signs for more records than `after`.
   * @param known what the key was where the published list does not say; nothing where none is known
   * @returns null when nothing was lost
   * @throws {CohortiumError} KEY_UNAVAILABLE when the key here was replaced by one that is lost
   */
  readonly replace: (
    role: SigningRole,
    known: { readonly origin: string; readonly checkpoint: string; readonly key: string | undefined },
    after: number,
  ) => KeyReplacement | null;
}

/**
 * Opens a key folder that lacks keys.
 * @throws {CohortiumError} LEDGER_KEY_UNSAFE, KEY_UNAVAILABLE, STORE_*
 */
export function openLostKeys(directory: string, attestations: string, options: KeyringOptions): LostKeys {
  const { slots, vaultKeys } = keyringParts(directory, options);
  const history = (origin: string, checkpoint: string): KeyHistory =>
    readKeyHistory(attestations) ?? {
      format: 'cohortium/verifier-keys@1',
      origin,
      checkpoint: [{ key: checkpoint, after: 0, signatures: null }],
      attestor: [],
      people: [],
    };
  const keyHere: LostKeys['keyHere'] = (role, origin) =>
    slots[role].isHere() ? verifierKeyOf(nameOf(role, origin), slots[role].current().publicKey) : undefined;
  return {
    vaultKeys,
    ledgerSize: sizeOfLedger(ledgerPath(dirname(directory))),
    keyHere,
    replace: (role, known, after) => {
      const list = history(known.origin, known.checkpoint);
      const { origin } = list;
      const before = list[role].at(-1)?.key ?? known.key;
      const next = slots[role].next();
      const isNextPublished = next !== undefined && verifierKeyOf(nameOf(role, origin), next.publicKey) === before;
      // A rotation that was killed is finished at the next open.
      if (before === undefined || isNextPublished) return null;
      const here = keyHere(role, origin);
      if (list[role].some(({ key: known }, at) => known === here && at < list[role].length - 1)) {
        throw new CohortiumError(
          'KEY_UNAVAILABLE',
          `the ${role} key in ${directory} is ${here}, an older copy that was replaced; move its file away and recover again`,
        );
      }
      const signing = slots[role].current();
      const key = verifierKeyOf(nameOf(role, origin), signing.publicKey);
      if (key === before) return null;
      const itself = signing.sign(Buffer.from(handoverText(role, origin, after, before, key))).toString('base64');
      const earlier = list[role].length > 0 ? list[role] : [{ key: before, after: 0, signatures: null }];
      writeKeyHistory(attestations, { ...list, [role]: [...earlier, { key, after, signatures: { before: null, itself } }] });
      return { before, key, after };
    },
  };
}

function sizeOfLedger(path: string): number {
  if (!existsSync(path)) return 0;
  return explainSqlite(path, () => {
    const database = openForReading(path, patience);
    try {
      return database.prepare<[], number | null>('SELECT max(size) FROM checkpoint').pluck().get() ?? 0;
    } finally {
      database.close();
    }
  });
}
