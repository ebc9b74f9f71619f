/**
 * The real services, where somebody names a bucket of theirs: `LIVE_S3_BUCKET` (with the credentials of the AWS chain, `AWS_REGION` and,
 * for another service, `LIVE_S3_ENDPOINT`), `LIVE_AZURE_CONTAINER` with `AZURE_STORAGE_CONNECTION_STRING`, `LIVE_GCS_BUCKET` with
 * `GOOGLE_APPLICATION_CREDENTIALS`. Leaves objects behind that are locked for a minute or two.
 */
import { describe, expect, it } from 'vitest';

import { openAzureStore } from '../../../agents/adapters/object-lock/azure-store.ts';
import { openGcsStore } from '../../../agents/adapters/object-lock/gcs-store.ts';
import type { OpenLockStore } from '../../../agents/adapters/object-lock/lock-store.ts';
import { openS3Store } from '../../../agents/adapters/object-lock/s3-store.ts';

const { env } = process;
const prefix = 'live-test';
const services: Readonly<Record<string, readonly [string | undefined, (name: string) => Promise<OpenLockStore>]>> = {
  S3: [
    env['LIVE_S3_BUCKET'],
    (bucket) => {
      const endpoint = env['LIVE_S3_ENDPOINT'];
      return openS3Store({ bucket, prefix, region: env['AWS_REGION'] ?? 'us-east-1', endpoint, pathStyle: endpoint !== undefined });
    },
  ],
  Azure: [
    env['LIVE_AZURE_CONTAINER'],
    (container) => openAzureStore({ container, prefix, connectionString: env['AZURE_STORAGE_CONNECTION_STRING'] ?? '' }),
  ],
  Google: [env['LIVE_GCS_BUCKET'], (bucket) => openGcsStore({ bucket, prefix })],
};

describe.each(Object.entries(services))('%s, live', (_, [name, open]) => {
  it.skipIf(name === undefined)('locks, stands the trial, extends and holds', async () => {
    const store = await open(name ?? '');
    const object = { key: `try-${Date.now()}`, bytes: Buffer.from('live'), mode: 'governance' } as const;
    const put = await store.put({ ...object, until: new Date(Date.now() + 60_000).toISOString() });
    await store.prove('governance', Date.now());
    await store.extend(object.key, put.version, new Date(Date.now() + 120_000).toISOString());
    expect(await store.hold(object.key, put.version, true)).toMatchObject({ isHeld: true });
    expect(await store.hold(object.key, put.version, false)).toMatchObject({ isHeld: false });
    expect(Buffer.from(await store.read(object.key, put.version)).toString()).toBe('live');
    store.close();
  });
});
