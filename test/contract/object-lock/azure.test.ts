/**
 * What Azure is asked for, request by request, on a server that gives back what it was told to. It shows the requests and the reading of
 * answers, and nothing of Azure itself: no server that runs here enforces immutability. `live.test.ts` asks the real one.
 */
import { expect, it, onTestFinished } from 'vitest';

import { openAzureStore } from '../../../agents/adapters/object-lock/azure-store.ts';
import { type SeenRequest, startRecordingServer } from '../../fixtures/recording-server.ts';

const version = '2030-05-01T00:00:00.0000000Z';
const until = '2031-01-01T00:00:00.000Z';
const object = { key: 'checkpoints/1', bytes: Buffer.from('one'), mode: 'compliance', until } as const;

/** @param keeps which of the immutability headers the server remembers */
async function open(keeps: (name: string) => boolean) {
  let blob: Record<string, string> | undefined;
  let body: Buffer = Buffer.alloc(0);
  const server = await startRecordingServer(({ method, url, headers, body: sent }) => {
    const isVersioned = url.includes('versionid=');
    if (method === 'PUT') {
      const told = Object.entries(headers).filter(([name]) => /^x-ms-(immutability|legal)/.test(name) && keeps(name));
      blob = {
        ...blob,
        'x-ms-version-id': version,
        etag: '"1"',
        ...Object.fromEntries(told.map(([name, value]) => [name, String(value)])),
      };
      if (!url.includes('comp=')) body = sent;
      return { status: url.includes('comp=') ? 200 : 201, headers: blob };
    }
    if (method === 'DELETE') return { status: 409, headers: { 'x-ms-error-code': 'BlobImmutableDueToPolicy' } };
    if (!blob || (!isVersioned && method !== 'HEAD')) return { status: 404, headers: { 'x-ms-error-code': 'BlobNotFound' } };
    if (method === 'HEAD') return { status: 200, headers: { ...blob, 'content-length': String(body.length) } };
    return { status: 206, headers: { ...blob, 'content-range': `bytes 0-${body.length - 1}/${body.length}` }, body };
  });
  const key = Buffer.from('not a key').toString('base64');
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=shop;AccountKey=${key};BlobEndpoint=${server.url}/shop;`;
  const store = await openAzureStore({ container: 'records', prefix: 'record', connectionString });
  onTestFinished(() => server.close());
  return { store, seen: server.seen };
}

const told = ({ method, url, headers }: SeenRequest) => ({
  request: `${method} ${decodeURIComponent(url)}`,
  ...Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(if-none-match|x-ms-(immutability|legal|blob-type|range).*)$/.test(name)),
  ),
});

it('writes under a locked policy with the blob, and reads back properties and bytes of the version', async () => {
  const { store, seen } = await open(() => true);
  expect(await store.put(object)).toEqual({
    mode: 'compliance',
    until,
    isHeld: false,
    version,
    sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
  });
  const path = '/shop/records/record/checkpoints/1';
  expect(seen.slice(0, 3).map(told)).toEqual([
    { request: `HEAD ${path}` },
    {
      request: `PUT ${path}`,
      'if-none-match': '*',
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-immutability-policy-until-date': 'Wed, 01 Jan 2031 00:00:00 GMT',
      'x-ms-immutability-policy-mode': 'Locked',
    },
    { request: `HEAD ${path}?versionid=${version}` },
  ]);
  expect(seen.at(-1) && told(seen.at(-1) as SeenRequest)).toMatchObject({ request: `GET ${path}?versionid=${version}` });
});

it('has an unlocked policy for governance', async () => {
  const { store, seen } = await open(() => true);
  await store.put({ ...object, mode: 'governance' });
  expect(seen[1]?.headers['x-ms-immutability-policy-mode']).toBe('Unlocked');
});

it('extends the policy and sets the hold of the version', async () => {
  const { store, seen } = await open(() => true);
  await store.put(object);
  const from = seen.length;
  expect(await store.extend(object.key, version, '2032-01-01T00:00:00Z')).toMatchObject({ until: '2032-01-01T00:00:00.000Z' });
  expect(await store.hold(object.key, version, true)).toMatchObject({ isHeld: true });
  const path = `/shop/records/record/checkpoints/1?versionid=${version}`;
  expect(
    seen
      .slice(from)
      .filter(({ method }) => method === 'PUT')
      .map(told),
  ).toEqual([
    {
      request: `PUT ${path}&comp=immutabilityPolicies`,
      'x-ms-immutability-policy-until-date': 'Thu, 01 Jan 2032 00:00:00 GMT',
      'x-ms-immutability-policy-mode': 'Locked',
    },
    { request: `PUT ${path}&comp=legalhold`, 'x-ms-legal-hold': 'true' },
  ]);
});

it.each([
  ['nothing', () => false, 'the server took the object and ignored the lock'],
  ['the mode without the date', (name: string) => name.endsWith('mode'), 'the server took the object and ignored the lock'],
  ['the date without the mode', (name: string) => name.endsWith('date'), 'the server took the object and ignored the lock'],
] as const)('is not locked where the server remembers %s', async (_, keeps, message) => {
  const { store } = await open(keeps);
  await expect(store.put(object)).rejects.toMatchObject({ code: 'ANCHOR_NOT_LOCKED', message: expect.stringContaining(message) });
});

it('does not believe a hold that is not there afterwards', async () => {
  const { store } = await open((name) => name !== 'x-ms-legal-hold');
  const { version: written } = await store.put(object);
  await expect(store.hold(object.key, written, true)).rejects.toMatchObject({ code: 'ANCHOR_NOT_LOCKED' });
});
