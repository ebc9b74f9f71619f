/** Servers that speak S3 and do not lock: each way of not locking is refused, and by name. */
import { expect, it, onTestFinished } from 'vitest';

import type { OpenLockStore } from '../../../agents/adapters/object-lock/lock-store.ts';
import { openS3Store } from '../../../agents/adapters/object-lock/s3-store.ts';
import type { LockMode } from '../../../agents/customer-data-graph/record/anchor-interface.ts';
import { type CarelessServer, type Carelessness, startCarelessS3 } from '../../fixtures/careless-s3.ts';

const until = '2031-01-01T00:00:00.000Z';
const object = (mode: LockMode) => ({ key: 'checkpoints/1', bytes: Buffer.from('one'), mode, until });

async function open(carelessness: Carelessness): Promise<OpenLockStore & { readonly server: CarelessServer }> {
  const server = await startCarelessS3(carelessness);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = await openS3Store({
    bucket: 'records',
    prefix: 'shop',
    region: 'us-east-1',
    endpoint: server.endpoint,
    pathStyle: true,
    credentials,
  });
  onTestFinished(async () => {
    store.close();
    await server.close();
  });
  return { ...store, server };
}

it('refuses a server that takes the object and forgets the lock', async () => {
  const store = await open({ echoesLocks: false, hasVersions: true });
  await expect(store.put(object('governance'))).rejects.toMatchObject({
    code: 'ANCHOR_NOT_LOCKED',
    message: 's3:records/shop, checkpoints/1: no lock was read back: the server took the object and ignored the lock',
  });
});

it('refuses a server without versions, whose locks are on nothing', async () => {
  const store = await open({ echoesLocks: true, hasVersions: false });
  await expect(store.put(object('governance'))).rejects.toMatchObject({ code: 'ANCHOR_NOT_LOCKED' });
});

it('refuses a server that echoes locks and keeps none, as soon as it is tried', async () => {
  const store = await open({ echoesLocks: true, hasVersions: true });
  await expect(store.prove('governance', Date.UTC(2030, 0))).rejects.toMatchObject({
    code: 'ANCHOR_NOT_LOCKED',
    message: 's3:records/shop says that it locks in governance mode, but an object was deleted',
  });
  await expect(store.prove('compliance', Date.UTC(2030, 0))).rejects.toMatchObject({
    message: 's3:records/shop says that it locks in compliance mode, but an object was shortened and deleted',
  });
});

it.each([
  ['date', 'the lock ends 2001-01-01T00:00:00.000Z, 2031-01-01T00:00:00.000Z was asked for'],
  ['mode', 'the lock has mode governance, compliance was asked for'],
  ['body', 'the bytes read back have SHA-256'],
] as const)('refuses an answer with another %s', async (tampers, message) => {
  const store = await open({ echoesLocks: true, hasVersions: true, tampers });
  await expect(store.put(object('compliance'))).rejects.toMatchObject({
    code: 'ANCHOR_NOT_LOCKED',
    message: expect.stringContaining(message),
  });
});

it('believes neither a hold nor a longer lock that the server only said yes to', async () => {
  const store = await open({ echoesLocks: true, hasVersions: true });
  const { version } = await store.put(object('governance'));
  await expect(store.hold('checkpoints/1', version, true)).rejects.toMatchObject({ code: 'ANCHOR_NOT_LOCKED' });
  await expect(store.extend('checkpoints/1', version, '2032-01-01T00:00:00Z')).rejects.toMatchObject({ code: 'ANCHOR_NOT_LOCKED' });
  await expect(store.extend('checkpoints/1', version, '2030-01-01T00:00:00Z')).rejects.toMatchObject({
    message: expect.stringContaining('is earlier, and a lock only gets longer'),
  });
});

it('asks for the lock in the request that writes, with the SHA-256 of the bytes, and for no overwrite', async () => {
  const { put, server } = await open({ echoesLocks: true, hasVersions: true });
  await put({ ...object('compliance'), until: '2031-01-01T00:00:00.001Z' });
  const written = server.requests.filter(({ method }) => method === 'PUT');
  expect(written).toHaveLength(1);
  expect(written[0]?.url).toMatch(/^\/records\/shop\/checkpoints\/1(\?|$)/);
  expect(written[0]?.headers).toMatchObject({
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': '2031-01-01T00:00:01Z',
    'x-amz-checksum-sha256': 'dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=',
    'x-amz-sdk-checksum-algorithm': 'SHA256',
    'if-none-match': '*',
  });
});

it('says that nobody answered, and where', async () => {
  const { server, put } = await open({ echoesLocks: true, hasVersions: true });
  await server.close();
  await expect(put(object('governance'))).rejects.toMatchObject({
    code: 'ANCHOR_UNREACHABLE',
    message: expect.stringContaining('s3:records/shop: no answer (ECONNREFUSED)'),
  });
});

it('refuses what is no time', async () => {
  const { put } = await open({ echoesLocks: true, hasVersions: true });
  await expect(put({ ...object('governance'), until: 'tomorrow' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
});
