/**
 * The agent's keys by role: what signs ledger checkpoints, what signs statements of the service, what wraps the vault, what idempotency
 * keys are committed to with, and one secret per webhook subscriber. Made at random on first use. Refuses a key that others can read,
 * replaces one only by a rotation that both keys sign, and makes no checkpoint key for a ledger that another one signed.
 */
import { createHash, createHmac, createSecretKey } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { canonicalJson, CohortiumError } from '../../../skills/sdk/index.ts';
import type { CheckpointKeySetting, KeyProtection, VaultKeySetting } from '../../customer-data-graph/keys/keys-config.ts';
import type { Attestor } from '../../customer-data-graph/record/key-interface.ts';
import { writeNewFile } from '../files/write-new-file.ts';
import { ledgerPath } from '../sqlite/ledger/tables.ts';
import { folderKeyOf } from './folder-key.ts';
import { type KeyFolder, openKeyFolder } from './key-folder.ts';
import {
  handoverText,
  keyForSize,
  type KeyHistory,
  type PersonKeyEntry,
  readKeyHistory,
  type VerifierKeyEntry,
  writeKeyHistory,
} from './key-history.ts';
import { type SigningKey, type SigningSlot, signingSlot } from './signing-key.ts';
import { vaultKeyFile, type VaultKeyFile } from './vault-key-file.ts';
import { verifierKeyOf } from './verifier-key.ts';

export interface KeyringOptions {
  /** Derives the keys instead of drawing them, for demonstrations only: whoever knows the seed can sign. */
  readonly demonstrationSeed?: string;
  readonly protect?: KeyProtection;
  readonly vault?: VaultKeySetting;
  readonly checkpoint?: CheckpointKeySetting;
  /** Where passphrases and PINs are; nothing when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Folder that a relative path of the configuration starts in. */
  readonly operatorDirectory?: string;
  /** Folder of verifier-keys.json; without it no key can be replaced. */
  readonly attestations?: string;
}

export type SigningRole = 'checkpoint' | 'attestor';

/** What both keys signed, for the record and for who verifies. */
export interface KeyHandover {
  readonly role: SigningRole;
  readonly before: string;
  readonly key: string;
  readonly after: number;
  readonly signatures: { readonly before: string | null; readonly itself: string };
}

export interface Keyring {
  readonly folder: KeyFolder;
  /** Name of the checkpoint keys and first line of every checkpoint. */
  readonly origin: string;
  /** Public half of the key that signs now, as C2SP signed notes write it; also in `ledger.vkey`. Hand it to whoever verifies. */
  readonly verifierKey: string;
  /** All keys that ever signed checkpoints, the first one first. */
  readonly verifierKeys: readonly VerifierKeyEntry[];
  /** The verifier key of a checkpoint of this many records. */
  readonly verifierKeyFor: (size: number) => string;
  /** True when the keys were derived from a seed and prove nothing to others. */
  readonly isDemonstration: boolean;
  /** Ed25519 signature by the checkpoint key, 64 bytes. */
  readonly sign: (message: Uint8Array) => Buffer;
  /** Keyed commitment to texts, 64 hex digits; without the key it cannot be computed, so it cannot be guessed at. */
  readonly commit: (...texts: readonly string[]) => string;
  /**
   * Secret shared with a webhook subscriber, made at first use.
   * @param subscriber kebab-case id
   * @returns `whsec_` and base64 of 32 bytes
   */
  readonly webhookSecret: (subscriber: string) => string;
  /** Signs statements for the service; its public half is in `attestor.vkey`. */
  readonly attestor: () => Attestor;
  readonly vaultKeys: VaultKeyFile;
  /** Where the key of a role is: a file, a token. */
  readonly heldBy: (role: SigningRole) => string;
  /** Makes the key that takes over, and has both sign that it does. @param after records that are still under the old key */
  readonly handOver: (role: SigningRole, after: number) => KeyHandover;
  /** Publishes a handover and puts its key in place. */
  readonly complete: (handover: KeyHandover) => void;
  /** All keys that ever signed statements of the service, the first one first. */
  readonly attestorKeys: readonly VerifierKeyEntry[];
  /**
   * Publishes the keys of persons in verifier-keys.json.
   * @param isFirst makes the file where there is none yet
   */
  readonly publishPeople: (people: readonly PersonKeyEntry[], isFirst: boolean) => void;
}

/** What a keyring is made of, before any key is made. */
export interface KeyringParts {
  readonly folder: KeyFolder;
  readonly slots: Readonly<Record<SigningRole, SigningSlot>>;
  readonly vaultKeys: VaultKeyFile;
}

/**
 * Opens the keyring of a folder, or makes it. Finishes a rotation that was published.
 * @param directory folder of the key files in the state folder, made with mode 0700
 * @throws {CohortiumError} LEDGER_KEY_UNSAFE when others can enter the folder or read a key file, or one is not a key file
 * @throws {CohortiumError} KEY_UNAVAILABLE when a passphrase, an identity, a token or a service is absent or wrong, or there is a ledger
 *   and the key that signed it is gone
 */
export function openKeyring(directory: string, options: KeyringOptions = {}): Keyring {
  const { demonstrationSeed, attestations } = options;
  if (demonstrationSeed === undefined) refuseLost(directory); // from a seed the same key comes back
  const { folder, slots, vaultKeys } = keyringParts(directory, options);
  let history = attestations === undefined ? undefined : readKeyHistory(attestations);
  const subjectKey = createSecretKey(folder.secret('subject-commitment').key); // once: a commitment stands before every append

  let checkpoint = opened(slots.checkpoint, 'checkpoint');
  const origin = history?.origin ?? originOf(checkpoint.publicKey);
  let verifierKey = verifierKeyOf(origin, checkpoint.publicKey);
  publish(directory, 'ledger.vkey', verifierKey);
  let attesting: { readonly key: SigningKey; readonly verifierKey: string } | undefined;

  function opened(slot: SigningSlot, role: SigningRole): SigningKey {
    const published = history?.[role].at(-1)?.key;
    const next = slot.next();
    // Killed after the new key was published, and before it was put in place.
    if (next && history && published === verifierKeyOf(nameOf(role, history.origin), next.publicKey)) slot.promote();
    return slot.current();
  }

  const attest = (): { readonly key: SigningKey; readonly verifierKey: string } => {
    if (!attesting) {
      const key = opened(slots.attestor, 'attestor');
      attesting = { key, verifierKey: verifierKeyOf(nameOf('attestor', origin), key.publicKey) };
      publish(directory, 'attestor.vkey', attesting.verifierKey);
    }
    return attesting;
  };

  const current = (role: SigningRole): { readonly key: SigningKey; readonly verifierKey: string } =>
    role === 'checkpoint' ? { key: checkpoint, verifierKey } : attest();

  const keys = (): readonly VerifierKeyEntry[] => history?.checkpoint ?? [{ key: verifierKey, after: 0, signatures: null }];

  const historyNow = (): KeyHistory =>
    history ?? {
      format: 'cohortium/verifier-keys@1',
      origin,
      checkpoint: [{ key: verifierKey, after: 0, signatures: null }],
      attestor: [],
      people: [],
    };

  const put = (changed: KeyHistory): void => {
    if (attestations === undefined)
      throw new CohortiumError('ARGUMENT_INVALID', 'keys cannot be replaced without a place to publish them in');
    writeKeyHistory(attestations, changed);
    history = changed;
  };

  return {
    folder,
    origin,
    get verifierKey() {
      return verifierKey;
    },
    get verifierKeys() {
      return keys();
    },
    verifierKeyFor: (size) => keyForSize(keys(), size) ?? verifierKey,
    get isDemonstration() {
      return checkpoint.isDemonstration;
    },
    sign: (message) => {
      const published = history?.checkpoint.at(-1)?.key;
      if (published === undefined || published === verifierKey) return checkpoint.sign(message);
      throw lostKey(directory, 'checkpoint', published);
    },
    commit: (...texts) => createHmac('sha256', subjectKey).update(canonicalJson(texts)).digest('hex'),
    webhookSecret: (subscriber) => `whsec_${folder.secret(`webhook-${subscriber}`).key.toString('base64')}`,
    attestor: () => {
      const { verifierKey: keyId } = attest();
      return { keyId, identity: 'service:cohortium', sign: async (message) => attest().key.sign(message) };
    },
    vaultKeys,
    heldBy: (role) => current(role).key.heldBy,
    handOver: (role, after) => {
      const before = current(role);
      const published = history?.[role].at(-1)?.key;
      if (published !== undefined && published !== before.verifierKey) throw lostKey(directory, role, published);
      const next = slots[role].makeNext();
      const key = verifierKeyOf(nameOf(role, origin), next.publicKey);
      const text = Buffer.from(handoverText(role, origin, after, before.verifierKey, key));
      const signatures = { before: before.key.sign(text).toString('base64'), itself: next.sign(text).toString('base64') };
      return { role, before: before.verifierKey, key, after, signatures };
    },
    complete: ({ role, before, key, after, signatures }) => {
      const known = historyNow();
      const list = known[role].length > 0 ? known[role] : [{ key: before, after: 0, signatures: null }];
      // Whoever is given the list checks receipts with it too.
      const attestor = known.attestor.length > 0 ? known.attestor : [{ key: attest().verifierKey, after: 0, signatures: null }];
      put({ ...known, attestor, [role]: [...list, { key, after, signatures }] });
      slots[role].promote();
      if (role === 'attestor') {
        attesting = undefined;
        attest();
        return;
      }
      checkpoint = slots.checkpoint.current();
      verifierKey = key;
      publish(directory, 'ledger.vkey', key);
    },
    get attestorKeys() {
      const known = history?.attestor ?? [];
      return known.length > 0 ? known : [{ key: attest().verifierKey, after: 0, signatures: null }];
    },
    publishPeople: (people, isFirst) => {
      if (history === undefined && !isFirst) return;
      const known = historyNow();
      const attestor = known.attestor.length > 0 ? known.attestor : [{ key: attest().verifierKey, after: 0, signatures: null }];
      put({ ...known, attestor, people: [...people] });
    },
  };
}

/** Opens the folder and makes no signing key. */
export function keyringParts(directory: string, options: KeyringOptions): KeyringParts {
  const { demonstrationSeed, protect } = options;
  const env = options.env ?? {};
  const place = { env, operatorDirectory: options.operatorDirectory ?? directory };
  const folder = openKeyFolder(directory, {
    ...(demonstrationSeed === undefined ? {} : { demonstrationSeed }),
    ...(protect ? { folderKey: () => folderKeyOf(directory, protect, place) } : {}),
  });
  const demonstrationKey =
    demonstrationSeed === undefined
      ? undefined
      : createHmac('sha256', `cohortium demonstration ${demonstrationSeed}`).update('vault key').digest();
  return {
    folder,
    slots: {
      checkpoint: signingSlot(folder, checkpointPurpose, options.checkpoint ?? { by: 'file' }, env),
      attestor: signingSlot(folder, 'service-attestor', { by: 'file' }, env),
    },
    vaultKeys: vaultKeyFile(folder, options.vault ?? { by: 'file' }, env, demonstrationKey),
  };
}

const checkpointPurpose = 'ledger-signing';

/** Before the folder is made: a new key beside an old ledger would make every checkpoint look forged. */
function refuseLost(directory: string): void {
  if (!existsSync(ledgerPath(dirname(directory)))) return;
  if ([`${checkpointPurpose}.json`, `${checkpointPurpose}.token.json`].some((name) => existsSync(join(directory, name)))) return;
  throw new CohortiumError(
    'KEY_UNAVAILABLE',
    `${directory} has no ${checkpointPurpose}.json, the key that signed the ledger; put back a copy of the folder, or run 'cohortium keys recover --from <escrow> --identity <file>'`,
  );
}

function lostKey(directory: string, role: SigningRole, published: string): CohortiumError {
  return new CohortiumError(
    'KEY_UNAVAILABLE',
    `the ${role} key in ${directory} is not ${published}; restore it, or run 'cohortium keys recover --from <escrow> --identity <file>'`,
  );
}

function originOf(publicKey: Buffer): string {
  return `cohortium.local/ledger/${createHash('sha256').update(publicKey).digest('hex').slice(0, 16)}`;
}

/** Name of the keys of a role, which stays when they change. */
export function nameOf(role: SigningRole, origin: string): string {
  return role === 'checkpoint' ? origin : origin.replace('/ledger/', '/attestor/');
}

/** The public half beside the private one, for people to copy. */
function publish(directory: string, name: string, verifierKey: string): void {
  const path = join(directory, name);
  const text = `${verifierKey}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  rmSync(path, { force: true });
  writeNewFile(path, text, 0o644);
}
