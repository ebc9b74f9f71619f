/** The object store that cohortium.yaml names, with secrets from the environment and from nowhere else. */
import { join } from 'node:path';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { openAzureStore } from '../../../adapters/object-lock/azure-store.ts';
import { openGcsStore } from '../../../adapters/object-lock/gcs-store.ts';
import type { OpenLockStore } from '../../../adapters/object-lock/lock-store.ts';
import { openS3Store } from '../../../adapters/object-lock/s3-store.ts';
import type { LockConfig } from './anchor-config.ts';

/**
 * @param directory that relative paths start in
 * @throws {CohortiumError} CONFIG_INVALID when a variable is not set; PACKAGE_MISSING
 */
export async function openStore(
  config: LockConfig,
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<OpenLockStore> {
  const secret = (name: string): string => {
    const value = env[name];
    if (value) return value;
    throw new CohortiumError('CONFIG_INVALID', `the environment variable ${name}, which anchors: objectLock names, is not set`);
  };
  const { prefix } = config;
  if (config.kind === 'azure') {
    return openAzureStore({ container: config.container, prefix, connectionString: secret(config.connectionEnv) });
  }
  if (config.kind === 'gcs') {
    const keyFile = config.keyFile === undefined ? undefined : join(directory, config.keyFile);
    return openGcsStore({ bucket: config.bucket, prefix, keyFile, endpoint: config.endpoint });
  }
  const { bucket, region, endpoint, pathStyle, keyIdEnv, secretEnv } = config;
  const credentials =
    keyIdEnv === undefined || secretEnv === undefined ? undefined : { accessKeyId: secret(keyIdEnv), secretAccessKey: secret(secretEnv) };
  return openS3Store({ bucket, prefix, region, endpoint, pathStyle, credentials });
}
