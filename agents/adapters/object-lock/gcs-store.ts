/**
 * Object retention of Google Cloud Storage. The bucket has to be made with `enableObjectRetention` and versioning; nothing here makes
 * buckets. Governance is an unlocked retention, compliance a locked one; a version is a generation, a legal hold a temporary hold.
 */
import type { LockMode } from '../../customer-data-graph/record/anchor-interface.ts';
import { modeOf } from './lock-check.ts';
import { lockStore, type LockService, type OpenLockStore } from './lock-store.ts';
import { optionalPackage } from './optional-package.ts';

export interface GcsOptions {
  readonly bucket: string;
  /** Before every key, without slashes at its ends; empty for none. */
  readonly prefix: string;
  /** Of a service account; Google's own chain (environment, metadata server) when absent. */
  readonly keyFile?: string | undefined;
  /** Of a server other than Google's; it is called without credentials. */
  readonly endpoint?: string | undefined;
}

/** @throws {CohortiumError} PACKAGE_MISSING */
export async function openGcsStore({ bucket: name, prefix, keyFile, endpoint }: GcsOptions): Promise<OpenLockStore> {
  const { Storage } = await optionalPackage('@google-cloud/storage', '8', () => import('@google-cloud/storage'));
  const storage = new Storage({
    retryOptions: { maxRetries: 2 },
    ...(keyFile === undefined ? {} : { keyFilename: keyFile }),
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint, projectId: 'local' }),
  });
  const bucket = storage.bucket(name);
  const folder = prefix === '' ? '' : `${prefix}/`;
  const file = (key: string, version?: string) => bucket.file(`${folder}${key}`, version === undefined ? {} : { generation: version });
  const retentionOf = (mode: LockMode, until: Date) => ({
    retention: { mode: mode === 'governance' ? 'Unlocked' : 'Locked', retainUntilTime: until.toISOString() },
  });

  const service: LockService = {
    id: `gcs:${name}${prefix === '' ? '' : `/${prefix}`}`,
    binds: {
      governance: 'everybody without storage.objects.overrideUnlockedRetention',
      compliance: 'everybody, the owner of the project too, until the day',
    },
    // Who may write objects may seldom read the bucket; what is read back decides.
    check: () => Promise.resolve(),
    current: async (key) => generationOf((await file(key).getMetadata())[0]),
    write: async (key, bytes, mode, until) => {
      const written = file(key);
      await written.save(Buffer.from(bytes), {
        resumable: false,
        // The client would delete what it finds changed; we read back and say so.
        validation: false,
        preconditionOpts: { ifGenerationMatch: 0 },
        contentType: 'application/octet-stream',
        metadata: retentionOf(mode, until),
      });
      return generationOf(written.metadata);
    },
    get: async (key, version) => {
      const [found] = await file(key, version).getMetadata();
      const [bytes] = await file(key, version).download();
      const until = found.retention?.retainUntilTime;
      return {
        mode: modeOf(found.retention?.mode),
        until: until === undefined ? undefined : new Date(until),
        isHeld: found.temporaryHold === true,
        version: generationOf(found),
        bytes,
      };
    },
    retain: (key, version, mode, until) => file(key, version).setMetadata(retentionOf(mode, until)),
    setHold: (key, version, isHeld) => file(key, version).setMetadata({ temporaryHold: isHeld }),
    deleteVersion: (key, version) => file(key, version).delete(),
    list: async (below) => {
      const [files] = await bucket.getFiles({ prefix: `${folder}${below}`, versions: true });
      return files.map((found) => ({ key: found.name.slice(folder.length), version: generationOf(found.metadata) ?? '' }));
    },
    close: () => {},
  };
  return lockStore(service);
}

function generationOf({ generation }: { readonly generation?: string | number | undefined }): string | undefined {
  return generation === undefined ? undefined : String(generation);
}
