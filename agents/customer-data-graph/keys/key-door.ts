/**
 * Keys listed, replaced, put in escrow and recovered. A rotation is recorded before the new key signs anything, and a killed one goes on
 * when it is repeated. Refuses to recover what is not lost.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, compareText, isCohortiumError } from '../../../skills/sdk/index.ts';
import { identityIn } from '../../adapters/keys/age-file.ts';
import { openEscrow, sealEscrow } from '../../adapters/keys/escrow.ts';
import { type Keyring, nameOf } from '../../adapters/keys/keyring.ts';
import { type LostKeys, openLostKeys } from '../../adapters/keys/lost-keys.ts';
import { type VaultKeyFile, vaultKeyId } from '../../adapters/keys/vault-key-file.ts';
import { openKeptVault } from '../../adapters/vault/kept-vault.ts';
import { rewrapVault } from '../../adapters/vault/rewrap-vault.ts';
import { openVault, vaultPath } from '../../adapters/vault/vault.ts';
import { keyOfPersonHere, listPeople, personKeys } from '../govern/models/people.ts';
import type { DsseEnvelope } from '../record/attestation-interface.ts';
import type { Workspace } from '../workspace.ts';
import type { KeyDoor, KeyList, KeyListing, KeyReplacement, KeyRotation } from './key-interface.ts';
import { keyringOptions } from './keys-config.ts';

export function keyDoor(workspace: Workspace): KeyDoor {
  const { paths, clock } = workspace;
  const ledgerSize = (): number => workspace.ledger().checkpoints().at(-1)?.size ?? 0;

  const rotateSigning = async (role: 'checkpoint' | 'attestor'): Promise<KeyRotation> => {
    const keyring = workspace.keys();
    for (;;) {
      const after = ledgerSize() + 1; // the record that says so is the last one under the old key
      const handover = keyring.handOver(role, after);
      const { before, key, signatures } = handover;
      const [place] = await workspace
        .records()
        .write(
          [{ kind: 'key.rotated', stream: role, subject: null, body: { role, before, key, after, signatures } }],
          `key.rotated/${role}/${key}/${after}`,
        );
      if (ledgerSize() !== after) continue; // something else was written meanwhile
      keyring.complete(handover);
      keyring.publishPeople(personKeys(paths), false);
      return { role, before, key, index: place?.index ?? after - 1, rewrapped: null };
    }
  };

  const rotateVault = async (): Promise<KeyRotation> => {
    workspace.vault(); // made where there is none; finishes what a killed rotation left
    const { vaultKeys } = workspace.keys();
    const from = vaultKeys.current();
    const to = randomBytes(32);
    vaultKeys.announce(to);
    await workspace.refresh();
    const rewrapped = rewrapVault(paths.state, from, to);
    workspace.vault(); // opens with the new key, and forgets the old one
    const [before, key] = [vaultKeyId(from), vaultKeyId(to)];
    const [place] = await workspace
      .records()
      .write(
        [{ kind: 'key.rotated', stream: 'vault', subject: null, body: { role: 'vault', before, key, rewrapped } }],
        `key.rotated/vault/${key}`,
      );
    return { role: 'vault', before, key, index: place?.index ?? 0, rewrapped };
  };

  return {
    list: async () => listOf(workspace),
    rotate: async (role) => (role === 'vault' ? rotateVault() : rotateSigning(role)),
    escrow: async (to) => {
      if (!existsSync(vaultPath(paths.state))) workspace.vault();
      const { vaultKeys, origin, verifierKey } = workspace.keys();
      const vaultKey = vaultKeys.current();
      const text = await sealEscrow({ vaultKey, origin, checkpointKey: verifierKey }, to);
      return { text, recipients: to, key: vaultKeyId(vaultKey) };
    },
    recover: async (file, identity) => {
      const found = await openEscrow(file, identityIn(identity, 'the identity file'));
      const lost = lostKeysOf(workspace);
      const wasVaultOpen = opensVault(workspace, lost.vaultKeys);
      if (!wasVaultOpen) {
        if (existsSync(vaultPath(paths.state))) {
          // Throws when the escrow is of another vault, or older than the last rotation.
          openVault({ directory: paths.state, vaultKey: found.vaultKey, clock, readonly: true }).close();
        }
        lost.vaultKeys.make(found.vaultKey);
      }
      const known = { origin: found.origin, checkpoint: found.checkpointKey };
      const checkpoint = lost.replace('checkpoint', { ...known, key: found.checkpointKey }, lost.ledgerSize);
      await workspace.refresh(); // the ledger opens from here on
      const attestor = await replaceAttestor(workspace, lost, known);
      await workspace.refresh();
      if (wasVaultOpen && checkpoint === null && attestor === null) {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          'the vault opens with the key that is here, and no signing key is lost; there is nothing to recover',
        );
      }
      workspace.keys().publishPeople(personKeys(paths), false);
      return { key: vaultKeyId(found.vaultKey), checkpoint, attestor };
    },
  };
}

function lostKeysOf({ paths, config }: Workspace): LostKeys {
  return openLostKeys(join(paths.state, 'keys'), join(paths.registries, 'attestations'), {
    ...keyringOptions(config.keys),
    env: process.env,
    operatorDirectory: paths.directory,
  });
}

/**
 * The escrow does not hold the key of the service, and need not: every statement in the ledger names the key that signed it, under
 * checkpoints of a key that is known. A new key that was made before anybody noticed takes over from its first statement on.
 */
async function replaceAttestor(
  workspace: Workspace,
  lost: LostKeys,
  known: { readonly origin: string; readonly checkpoint: string },
): Promise<KeyReplacement | null> {
  const { origin } = workspace.keys();
  const here = lost.keyHere('attestor', origin);
  const signed = (await workspace.records().ofKind(['attestation'])).flatMap(({ index, body }) => {
    const envelope = body?.['envelope'] as DsseEnvelope | undefined; // undefined where it was erased
    return (envelope?.signatures ?? [])
      .filter(({ keyid }) => keyid.startsWith(`${nameOf('attestor', origin)}+`))
      .map(({ keyid }) => ({ keyid, index }));
  });
  const first = signed.find(({ keyid }) => keyid === here);
  const before = signed.findLast(({ keyid }) => keyid !== here);
  return lost.replace('attestor', { ...known, key: before?.keyid }, first?.index ?? lost.ledgerSize);
}

/** Whether the vault, if there is one, opens with what the key folder holds. */
function opensVault({ paths, clock }: Workspace, keys: VaultKeyFile): boolean {
  if (!existsSync(vaultPath(paths.state))) return keys.exists();
  try {
    openKeptVault({ directory: paths.state, keys, clock, readonly: true }).close();
    return true;
  } catch (error) {
    if (isCohortiumError(error) && (error.code === 'KEY_UNAVAILABLE' || error.code === 'VAULT_KEY_WRONG')) return false;
    throw error;
  }
}

function listOf(workspace: Workspace): KeyList {
  const keyring = workspace.keys();
  const { folder, verifierKeys, vaultKeys } = keyring;
  const files = readdirSync(folder.directory).sort(compareText);
  const attestors = keyring.attestorKeys;
  const signing = (role: 'checkpoint' | 'attestor', key: string, after: number): KeyListing => ({
    role,
    name: null,
    key,
    heldBy: keyring.heldBy(role),
    after,
    ...sealOf(folder, keyring.heldBy(role)),
  });
  const wrapper = vaultKeys.wrapper();
  return {
    folder: folder.directory,
    isDemonstration: keyring.isDemonstration,
    isSealed: folder.isProtected,
    keys: [
      signing('checkpoint', keyring.verifierKey, verifierKeys.at(-1)?.after ?? 0),
      signing('attestor', attestors.at(-1)?.key ?? '', attestors.at(-1)?.after ?? 0),
      ...(wrapper === null
        ? []
        : [{ role: 'vault' as const, name: null, key: null, heldBy: wrapper, after: null, ...sealOf(folder, wrapper) }]),
      { role: 'commitment', name: null, key: null, heldBy: commitment, after: null, ...sealOf(folder, commitment) },
      ...webhooks(folder, files),
      ...people(workspace),
    ],
    retired: [...retiredOf('checkpoint', verifierKeys), ...retiredOf('attestor', attestors)],
  };
}

const commitment = 'file:subject-commitment';

/** @param heldBy `file:<purpose>` or the name of a file; others stand in no file of this folder */
function sealOf(folder: Keyring['folder'], heldBy: string): { readonly isSealed?: true } {
  const purpose = /^file:(.+)$/.exec(heldBy)?.[1] ?? /^(.+)\.json$/.exec(heldBy)?.[1];
  return purpose !== undefined && folder.isSealed(purpose) ? { isSealed: true } : {};
}

function webhooks(folder: Keyring['folder'], files: readonly string[]): readonly KeyListing[] {
  return files.flatMap((file) => {
    const name = /^webhook-(.+)\.json$/.exec(file)?.[1];
    if (name === undefined) return [];
    const heldBy = `file:webhook-${name}`;
    return [{ role: 'webhook' as const, name, key: null, heldBy, after: null, ...sealOf(folder, heldBy) }];
  });
}

function people({ paths }: Workspace): readonly KeyListing[] {
  return listPeople(paths).map(({ id, key }) => {
    const state = keyOfPersonHere(paths, id);
    const heldBy = state === 'absent' ? 'elsewhere' : `file:person-${id}`;
    return { role: 'person', name: id, key, heldBy, after: null, ...(state === 'sealed' ? { isSealed: true as const } : {}) };
  });
}

function retiredOf(role: 'checkpoint' | 'attestor', keys: Keyring['verifierKeys']): KeyList['retired'] {
  return keys.slice(0, -1).map(({ key, after }, at) => ({ role, key, after, upTo: keys[at + 1]?.after ?? after }));
}
