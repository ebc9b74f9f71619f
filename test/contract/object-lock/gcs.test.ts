/**
 * What Google is asked for, request by request, on a server that gives back what it was told to. It shows the requests and the reading
 * of answers, and nothing of Google itself: no server that runs here enforces retention. `live.test.ts` asks the real one.
 */
import { expect, it, onTestFinished } from 'vitest';

import { openGcsStore } from '../../../agents/adapters/object-lock/gcs-store.ts';
import { startRecordingServer } from '../../fixtures/recording-server.ts';

const version = '1790000000000001';
const until = '2031-01-01T00:00:00.000Z';
const object = { key: 'checkpoints/1', bytes: Buffer.from('one'), mode: 'compliance', until } as const;
const json = { 'content-type': 'application/json' };

/** @param keeps which of the fields that lock the server remembers */
async function open(keeps: (field: string) => boolean) {
  let metadata: Record<string, unknown> | undefined;
  let bytes = '';
  const merge = (given: Record<string, unknown>): void => {
    const kept = Object.entries(given).filter(([field]) => !['retention', 'temporaryHold'].includes(field) || keeps(field));
    metadata = { name: 'record/checkpoints/1', bucket: 'records', generation: version, ...metadata, ...Object.fromEntries(kept) };
  };
  const server = await startRecordingServer(({ method, url, body }) => {
    if (method === 'POST') {
      const parts = body.toString().split(/\r?\n\r?\n/);
      merge(JSON.parse(parts[1]?.split(/\r?\n--/)[0] ?? '{}') as Record<string, unknown>); // the first part of a multipart upload
      bytes = parts[2]?.split(/\r?\n--/)[0] ?? '';
    }
    if (method === 'PATCH') merge(JSON.parse(body.toString()) as Record<string, unknown>); // a resource of the JSON API
    if (!metadata) return { status: 404, headers: json, body: JSON.stringify({ error: { code: 404, message: 'No such object' } }) };
    if (url.includes('alt=media')) return { status: 200, body: bytes };
    return { status: 200, headers: json, body: JSON.stringify(metadata) };
  });
  const store = await openGcsStore({ bucket: 'records', prefix: 'record', endpoint: server.url });
  onTestFinished(() => server.close());
  return { store, seen: server.seen };
}

const path = '/storage/v1/b/records/o/record%2Fcheckpoints%2F1';

it('writes the retention with the object, only where there is none, and reads back the generation', async () => {
  const { store, seen } = await open(() => true);
  expect(await store.put(object)).toEqual({
    mode: 'compliance',
    until,
    isHeld: false,
    version,
    sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
  });
  expect(seen.map(({ method, url }) => `${method} ${url.replace(/\?$/, '')}`)).toEqual([
    `GET ${path}`,
    'POST /upload/storage/v1/b/records/o?uploadType=multipart&name=record%2Fcheckpoints%2F1&ifGenerationMatch=0',
    `GET ${path}?generation=${version}`,
    `GET ${path}?alt=media&generation=${version}`,
  ]);
  expect(seen[1]?.body.toString()).toContain(
    `{"retention":{"mode":"Locked","retainUntilTime":"${until}"},"contentType":"application/octet-stream"}`,
  );
});

it('has an unlocked retention for governance', async () => {
  const { store, seen } = await open(() => true);
  await store.put({ ...object, mode: 'governance' });
  expect(seen[1]?.body.toString()).toContain('"mode":"Unlocked"');
});

it('extends the retention and sets the hold of the generation', async () => {
  const { store, seen } = await open(() => true);
  await store.put(object);
  const from = seen.length;
  expect(await store.extend(object.key, version, '2032-01-01T00:00:00Z')).toMatchObject({ until: '2032-01-01T00:00:00.000Z' });
  expect(await store.hold(object.key, version, true)).toMatchObject({ isHeld: true });
  const patches = seen.slice(from).filter(({ method }) => method === 'PATCH');
  expect(patches.map(({ url }) => url)).toEqual([`${path}?generation=${version}`, `${path}?generation=${version}`]);
  expect(patches.map(({ body }) => JSON.parse(body.toString()) as unknown)).toEqual([
    { retention: { mode: 'Locked', retainUntilTime: '2032-01-01T00:00:00.000Z' } },
    { temporaryHold: true },
  ]);
});

it('is not locked where the server remembers no retention', async () => {
  const { store } = await open(() => false);
  await expect(store.put(object)).rejects.toMatchObject({
    code: 'ANCHOR_NOT_LOCKED',
    message: 'gcs:records/record, checkpoints/1: no lock was read back: the server took the object and ignored the lock',
  });
});

it('does not believe a hold that is not there afterwards', async () => {
  const { store } = await open((field) => field === 'retention');
  await store.put(object);
  await expect(store.hold(object.key, version, true)).rejects.toMatchObject({ code: 'ANCHOR_NOT_LOCKED' });
});
