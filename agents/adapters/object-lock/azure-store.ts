/**
 * Version-level immutability of Azure blobs. The container has to be made with it, and with versioning, through the resource manager;
 * nothing here makes containers. Governance is an unlocked policy, compliance a locked one.
 */
import type { LockMode } from '../../customer-data-graph/record/anchor-interface.ts';
import { modeOf } from './lock-check.ts';
import { lockStore, type LockService, type OpenLockStore } from './lock-store.ts';
import { optionalPackage } from './optional-package.ts';

export interface AzureOptions {
  readonly container: string;
  /** Before every key, without slashes at its ends; empty for none. */
  readonly prefix: string;
  /** As the portal shows it, with a key or a shared access signature. */
  readonly connectionString: string;
}

/** @throws {CohortiumError} PACKAGE_MISSING */
export async function openAzureStore({ container: name, prefix, connectionString }: AzureOptions): Promise<OpenLockStore> {
  const sdk = await optionalPackage('@azure/storage-blob', '12', () => import('@azure/storage-blob'));
  const account = sdk.BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 3 } });
  const container = account.getContainerClient(name);
  const folder = prefix === '' ? '' : `${prefix}/`;
  const blob = (key: string) => container.getBlockBlobClient(`${folder}${key}`);
  const policyOf = (mode: LockMode, expiriesOn: Date) =>
    ({ expiriesOn, policyMode: mode === 'governance' ? 'Unlocked' : 'Locked' }) as const;

  const service: LockService = {
    id: `azure:${name}${prefix === '' ? '' : `/${prefix}`}`,
    binds: {
      governance: 'everybody who may not change immutability policies of the container',
      compliance: 'everybody, the owner of the account too, until the day',
    },
    // The data plane does not say whether a container has version-level immutability; what is read back does.
    check: () => Promise.resolve(),
    current: async (key) => (await blob(key).getProperties()).versionId,
    write: async (key, bytes, mode, until) => {
      const { versionId } = await blob(key).upload(Buffer.from(bytes), bytes.byteLength, {
        conditions: { ifNoneMatch: '*' },
        immutabilityPolicy: policyOf(mode, until),
      });
      return versionId;
    },
    get: async (key, version) => {
      const versioned = blob(key).withVersion(version);
      const found = await versioned.getProperties();
      return {
        mode: modeOf(found.immutabilityPolicyMode),
        until: found.immutabilityPolicyExpiresOn,
        isHeld: found.legalHold === true,
        version: found.versionId,
        bytes: found.contentLength === 0 ? new Uint8Array() : await versioned.downloadToBuffer(),
      };
    },
    retain: (key, version, mode, until) => blob(key).withVersion(version).setImmutabilityPolicy(policyOf(mode, until)),
    setHold: (key, version, isHeld) => blob(key).withVersion(version).setLegalHold(isHeld),
    deleteVersion: (key, version) => blob(key).withVersion(version).delete(),
    list: async (below) => {
      const listed: { readonly key: string; readonly version: string }[] = [];
      for await (const item of container.listBlobsFlat({ prefix: `${folder}${below}`, includeVersions: true })) {
        listed.push({ key: item.name.slice(folder.length), version: item.versionId ?? '' });
      }
      return listed;
    },
    close: () => {},
  };
  return lockStore(service);
}
