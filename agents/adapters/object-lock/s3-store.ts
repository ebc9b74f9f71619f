/**
 * Object Lock of S3 and of what speaks its API: AWS, Wasabi, Ceph. The bucket has to be made with object lock; nothing here makes or
 * changes buckets. An object is written with its lock in the same request and read back by its version.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { LockMode } from '../../customer-data-graph/record/anchor-interface.ts';
import { refusalOf } from './call.ts';
import { modeOf, sha256Of } from './lock-check.ts';
import { lockStore, type LockService, type OpenLockStore } from './lock-store.ts';
import { optionalPackage } from './optional-package.ts';

export interface S3Options {
  readonly bucket: string;
  /** Before every key, without slashes at its ends; empty for none. */
  readonly prefix: string;
  readonly region: string;
  /** Of a service other than AWS, such as `https://s3.eu-central-1.wasabisys.com`. */
  readonly endpoint?: string | undefined;
  /** Bucket in the path and not in the host name, as Ceph has it by default. */
  readonly pathStyle: boolean;
  /** The SDK's own chain (environment, profile, role) when absent. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** @throws {CohortiumError} PACKAGE_MISSING */
export async function openS3Store(options: S3Options): Promise<OpenLockStore> {
  const sdk = await optionalPackage('@aws-sdk/client-s3', '3', () => import('@aws-sdk/client-s3'));
  const { bucket: Bucket, prefix, region, endpoint, pathStyle, credentials } = options;
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials ? { credentials } : {}),
    // The SHA-256 that we give is checked by the service; a second checksum is refused by older ones.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
  });
  const folder = prefix === '' ? '' : `${prefix}/`;
  const at = (key: string) => ({ Bucket, Key: `${folder}${key}` });
  const wordOf = (mode: LockMode): 'GOVERNANCE' | 'COMPLIANCE' => (mode === 'governance' ? 'GOVERNANCE' : 'COMPLIANCE');
  const operator = endpoint === undefined ? '' : `; who runs the storage behind ${endpoint} can remove objects underneath it`;

  const service: LockService = {
    id: `s3:${Bucket}${prefix === '' ? '' : `/${prefix}`}`,
    binds: {
      governance: `users of the API without s3:BypassGovernanceRetention${operator}`,
      compliance: `every user of the API, the owner of the account too, until the day${operator}`,
    },
    check: async () => {
      // A bucket without object lock takes the headers on some servers, and forgets them.
      try {
        const { ObjectLockConfiguration } = await client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket }));
        if (ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled') return;
      } catch (error) {
        // Who may not read the configuration may still write; what is read back decides.
        if (refusalOf(error).status === 403) return;
        if (refusalOf(error).code !== 'ObjectLockConfigurationNotFoundError') throw error;
      }
      throw new CohortiumError('ANCHOR_NOT_LOCKED', `the bucket ${Bucket} was made without object lock`);
    },
    current: async (key) => (await client.send(new sdk.HeadObjectCommand(at(key)))).VersionId,
    write: async (key, bytes, mode, until) => {
      const put = new sdk.PutObjectCommand({
        ...at(key),
        Body: bytes,
        ContentType: 'application/octet-stream',
        // AWS refuses an upload with a lock whose checksum is not named too.
        ChecksumAlgorithm: 'SHA256',
        ChecksumSHA256: Buffer.from(sha256Of(bytes), 'hex').toString('base64'),
        ObjectLockMode: wordOf(mode),
        ObjectLockRetainUntilDate: until,
        // A key is written once. Where the server does not know this, versions keep what was there.
        IfNoneMatch: '*',
      });
      const { VersionId } = await client.send(put);
      return VersionId === 'null' ? undefined : VersionId;
    },
    get: async (key, version) => {
      const found = await client.send(new sdk.GetObjectCommand({ ...at(key), VersionId: version }));
      return {
        mode: modeOf(found.ObjectLockMode),
        until: found.ObjectLockRetainUntilDate,
        isHeld: found.ObjectLockLegalHoldStatus?.toUpperCase() === 'ON',
        version: found.VersionId,
        bytes: (await found.Body?.transformToByteArray()) ?? new Uint8Array(),
      };
    },
    retain: (key, version, mode, until) =>
      client.send(
        new sdk.PutObjectRetentionCommand({
          ...at(key),
          VersionId: version,
          Retention: { Mode: wordOf(mode), RetainUntilDate: until },
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
    setHold: (key, version, isHeld) =>
      client.send(
        new sdk.PutObjectLegalHoldCommand({
          ...at(key),
          VersionId: version,
          LegalHold: { Status: isHeld ? 'ON' : 'OFF' },
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
    deleteVersion: (key, version) => client.send(new sdk.DeleteObjectCommand({ ...at(key), VersionId: version })),
    list: async (below) => {
      const listed: { readonly key: string; readonly version: string }[] = [];
      let next: { readonly KeyMarker: string | undefined; readonly VersionIdMarker: string | undefined } | undefined;
      do {
        const page = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, Prefix: `${folder}${below}`, ...next }));
        for (const { Key = '', VersionId = '' } of page.Versions ?? []) {
          listed.push({ key: Key.slice(folder.length), version: VersionId });
        }
        next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
      } while (next);
      return listed;
    },
    close: () => client.destroy(),
  };
  return lockStore(service);
}
